using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Tls;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Commands;

/// <summary>Messages of the wire as lines for a person.</summary>
internal static class MessageText
{
    /// <summary>Describes a message.</summary>
    /// <param name="kind">What it is: a word of <see cref="MessageKinds"/>.</param>
    /// <param name="payload">The bytes, hostile.</param>
    /// <returns>The lines, or what is wrong.</returns>
    public static (IEnumerable<string> Lines, string? Malformed) Describe(string kind, ReadOnlySpan<byte> payload) => kind switch
    {
        "batch" => BatchCodec.Decode(payload) is { Batch: { } batch }
            ? (BatchText.Of(batch), null)
            : ([], BatchCodec.Decode(payload).Malformed),
        "state" => Lines(StateCodec.Decode(payload), Of),
        "health" => Lines(HealthCodec.Decode(payload), Of),
        "meta" => Lines(MetaCodec.Decode(payload), Of),
        "event" => Lines(EventCodec.Decode(payload), Of),
        "receipt" or "time-answer" => Lines(AckCodec.Decode(payload), Of),
        "replay" => Lines(
            ReplayCodec.Decode(payload), command => [$"replay: send epoch {command.Epoch}, numbers {Text(command.Range)}, again"]),
        "time" => Lines(TimeCodec.Decode(payload), question => [$"time: asks for the time, nonce {question.Nonce}"]),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of message."),
    };

    /// <summary>A time of the wire.</summary>
    /// <param name="ms">UTC, ms since 1970.</param>
    public static string Time(long ms) =>
        ms >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : Line($"{ms} ms since 1970");

    /// <summary>A clock.</summary>
    /// <param name="clock">The clock, or null where nobody vouches for the time.</param>
    public static string Text(ClockStamp? clock) => clock is { } stamp
        ? Line($"{stamp.Source.ToString().ToLowerInvariant()}, within {stamp.ErrorMs} ms")
        : "not known";

    /// <summary>A range of numbers.</summary>
    /// <param name="range">The range.</param>
    public static string Text(SequenceRange range) =>
        range.First == range.Last ? Line($"{range.First}") : Line($"{range.First}-{range.Last}");

    private static (IEnumerable<string> Lines, string? Malformed) Lines<T>(Decoded<T> decoded, Func<T, IEnumerable<string>> describe)
        where T : class => decoded.IsGood ? (describe(decoded.Value), null) : ([], decoded.Malformed);

    private static IEnumerable<string> Of(StateMessage state)
    {
        yield return state.On ? "state: on" : $"state: off, {state.Reason ?? "no reason said"}";
        yield return $"  hardware {state.Hardware ?? "not said"}, software {state.Software ?? "not said"}, epoch {state.Epoch ?? "none yet"}";
        foreach (var held in state.Inventory)
        {
            yield return Of(held);
        }
    }

    private static IEnumerable<string> Of(HealthMessage health)
    {
        yield return Line($"health at {Time(health.TimeMs)}, clock {Text(health.Clock)}, up {health.UptimeSeconds} s");
        yield return Line(
            $"  buffer: {health.Unsettled} records unsettled ({health.UnsettledBytes} B), oldest {(health.OldestUnsettledMs is { } oldest ? Time(oldest) : "none")}, {health.BufferBytes} of {health.BufferBytesMax} B{(health.BufferFault is { } fault ? $", fault: {fault}" : "")}");
        yield return health.Lost.Count == 0
            ? "  lost: none"
            : $"  lost: {string.Join(", ", health.Lost.OrderBy(loss => loss.Key).Select(loss => Line($"{loss.Value} {loss.Key.Token}")))}";
        yield return Line($"  sent {health.BytesSent} B over {health.Connects} connections");
        foreach (var device in health.Devices)
        {
            yield return Line(
                $"  device {device.Device} on {device.Bus}: {device.Polls} polls, {device.Failed} failed, {device.Spared} spared, {device.Missed} missed");
        }

        foreach (var bus in health.Buses)
        {
            var heard = bus.Modbus is { } modbus ? Line($", {modbus.Requests} requests, {modbus.Echoes} echoes, {modbus.Resyncs} resyncs") : "";
            yield return Line($"  bus {bus.Bus}: {bus.Resets} resets, {bus.PowerCycles} power cycles{heard}");
        }

        yield return Line(
            $"  disk free {Known(health.DiskFreeBytes, "B")}, memory {Known(health.ResidentBytes, "B")}, processor {Known(health.ProcessorCelsius, "°C")}, undervoltage {(health.Undervoltage is { } low ? (low ? "yes" : "no") : "not known")}");
        if (health.AgainstBackend is { } compared)
        {
            yield return Line(
                $"  clock: {Math.Abs(compared.OffMs)} ms {(compared.OffMs < 0 ? "behind" : "ahead of")} the backend's, within {compared.ErrorMs} ms, by an answer {compared.AgeSeconds} s ago");
        }

        if (health.CertificateDays is { } days)
        {
            yield return Line($"  certificate: {CertificateText.Days(days)} left");
        }

        foreach (var held in health.Inventory)
        {
            yield return Of(held);
        }
    }

    private static IEnumerable<string> Of(MetaMessage meta)
    {
        yield return $"meta {meta.Schema} of {meta.Gateway}";
        foreach (var station in meta.Stations)
        {
            yield return Line(
                $"  station {station.Id}: {station.Label ?? "no label"}, {(station is { Latitude: { } north, Longitude: { } east } ? Line($"{north} N {east} E") : "no place")}{(station.UpstreamOf.Count > 0 ? $", upstream of {string.Join(", ", station.UpstreamOf)}" : "")}");
        }

        foreach (var device in meta.Devices)
        {
            yield return Line(
                $"  device {device.Id} at {device.Station}: {device.Model}, serial {device.Serial ?? "not said"}, {device.Grade}, every {device.IntervalMs} ms{(device.VerifiedOnHardware ? "" : ", driver not tried on the real thing")}");
            foreach (var channel in device.Channels)
            {
                yield return
                    $"    {channel.Id}: {channel.Label ?? "no label"}, {channel.Measurand?.WireName ?? "a measurand that this version does not know"}, {channel.Method ?? "method not said"}";
            }
        }
    }

    private static IEnumerable<string> Of(EventMessage message)
    {
        yield return Line(
            $"event {message.Number} of {message.Gateway}, epoch {message.Epoch}: {message.Type}{(message.Device is { } device ? $" of {device}" : "")}");
        yield return $"  at {Time(message.TimeMs)}, clock {Text(message.Clock)}";
        yield return $"  {message.Body.GetRawText()}";
    }

    private static IEnumerable<string> Of(Ack ack)
    {
        if (ack.Time is { } answer)
        {
            yield return $"time: it is {Time(answer.NowMs)}, nonce {answer.Nonce}";
        }

        if (ack.Receipt is not { } receipt)
        {
            yield break;
        }

        yield return Line($"receipt {receipt.Number} by {receipt.By}, generation {receipt.Generation} ({Time(receipt.Generation)})");
        yield return Line($"  epoch {receipt.Epoch}: settled up to {receipt.UpTo}{Gaps(receipt.Gaps)}");
        foreach (var refused in receipt.Rejected)
        {
            yield return $"  refused {Text(refused.Range)}: {refused.Cause}";
        }

        if (receipt.Events is { } events)
        {
            yield return Line($"  events: settled up to {events.UpTo}{Gaps(events.Gaps)}");
        }
    }

    private static string Gaps(IReadOnlyList<SequenceRange> gaps) =>
        gaps.Count == 0 ? "" : $" but for {string.Join(", ", gaps.Select(Text))}";

    private static string Of(HeldEpoch held) => Line($"  holds epoch {held.Epoch}: {held.FirstHeld}-{held.Last}");

    private static string Known<T>(T? value, string unit)
        where T : struct => value is { } known ? Line($"{known} {unit}") : "not known";

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
