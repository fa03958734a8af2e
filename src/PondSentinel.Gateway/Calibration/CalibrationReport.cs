using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Tells of calibrations: every record, every file that cannot be read, what was broken off and cannot be kept, and what is due or overdue, each once, as an event of
/// type <c>cal</c>.</summary>
/// <remarks>An event is noted as told after it is durable, so a power cut may have one told twice, never none. What is due needs a
/// trusted clock. Not thread-safe.</remarks>
/// <param name="book">The calibrations.</param>
/// <param name="told">What has been told.</param>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="time">For waiting.</param>
/// <param name="log">The journal.</param>
internal sealed class CalibrationReport(
    CalibrationBook book, CalibrationTold told, RecordSink sink, GatewayClock clock, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(10);

    // A commit takes a second or two; a card that takes longer is failing.
    private static readonly TimeSpan DurableWithin = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, HourlyAllowance> allowances = new(StringComparer.Ordinal);

    // Told, and not yet on the card: neither told again nor noted.
    private readonly List<(string Line, Task Durable)> waiting = [];
    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Tells until it is told to stop.</summary>
    /// <param name="cancellationToken">Tells it. Ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        void Note(CalibrationRecord record) => changes.Writer.TryWrite(true);
        book.Added += Note;
        try
        {
            while (true)
            {
                await TellAsync(cancellationToken);
                using var look = new CancellationTokenSource(LookInterval, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(look.Token, cancellationToken);
                await ((Task)changes.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                changes.Reader.TryRead(out _);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            book.Added -= Note;
        }
    }

    /// <summary>Tells what has not been told.</summary>
    /// <param name="cancellationToken">Gives up waiting for the card: what was not noted is told again.</param>
    internal async Task TellAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now();
        List<Telling> all = [.. Records(), .. Damaged(), .. Unsettled(), .. Due(now)];
        foreach (var telling in all.Where(telling => !told.Has(telling.Line) && !waiting.Exists(each => each.Line == telling.Line)))
        {
            if (telling.Device is { } device && !MayTell(device, now))
            {
                continue;
            }

            waiting.Add((telling.Line, sink.AppendEvent("cal", telling.Device, now, telling.Body).Durable));
            telling.Say();
        }

        // An event that never gets to the card is accounted for as lost; it is not told again. What takes its time is noted later.
        await Task.WhenAll(waiting.Select(each => each.Durable)).WaitAsync(DurableWithin, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        List<string> done = [.. waiting.Where(each => each.Durable.IsCompleted).Select(each => each.Line), .. FirstSeen(now)];
        waiting.RemoveAll(each => each.Durable.IsCompleted);
        if (done.Count == 0)
        {
            return;
        }

        var lines = all.Select(telling => telling.Line).ToHashSet(StringComparer.Ordinal);
        if (told.Note(done, line => lines.Contains(line) || IsOfUse(line, now)) is { } failure)
        {
            log.LogWarning("what was told of calibrations cannot be noted, so a restart tells it again: {Why}", failure);
        }
    }

    // Without a clock nobody knows what is due, and what was is not forgotten.
    private bool IsOfUse(string line, ClockReading now) =>
        (now.Trust is null && (line.StartsWith("due ", StringComparison.Ordinal) || line.StartsWith("overdue ", StringComparison.Ordinal)))
        || (CalibrationTold.ChannelSeen(line) is { } seen && book.Channels.Any(channel => channel.Name == seen));

    // Channels that are to be calibrated and never were count from here on.
    private IEnumerable<string> FirstSeen(ClockReading now) => now.Trust is null
        ? []
        : book.Channels.Where(channel => channel is { Kind: not null, Interval: not null } && told.FirstSeenMs(channel.Name) is null)
            .Select(channel => CalibrationTold.SeenLine(channel.Name, now.WallMs));

    private static string LineOf(CalibrationRecord record) => $"record {record.Id}";

    private static string LineOf(DamagedCalibration damaged) => $"damaged {Uri.EscapeDataString(damaged.File)}";

    private static string LineOf(CalibrationDue due) => $"{TokenOf(due.State)} {due.Channel.Name} {due.Record?.Id ?? "never"}";

    private static string TokenOf(DueState state) => state == DueState.Overdue ? "overdue" : "due";

    // What is too much waits for the next hour: it is told, not counted.
    private bool MayTell(string device, ClockReading now)
    {
        if (!allowances.TryGetValue(device, out var allowance))
        {
            allowances.Add(device, allowance = new HourlyAllowance());
        }

        allowance.TakeRefused(now.BootTime);
        return allowance.TryTake(now.BootTime);
    }

    private IEnumerable<Telling> Records() => book.Records.Select(stored => new Telling(
        LineOf(stored.Record),
        stored.Record.Device,
        EventJson.Of(0, json =>
        {
            json.WriteString("what", "record");
            json.WritePropertyName("record");
            json.WriteRawValue(CalibrationCodec.Encode(stored.Record));
        }),
        () => log.LogInformation(
            "{Device}.{Channel}: calibration {Id} by {By} {Outcome}",
            stored.Record.Device, stored.Record.Channel, stored.Record.Id, stored.Record.By,
            stored.Record.IsAccepted ? "accepted" : $"refused: {string.Join("; ", stored.Record.Reasons)}")));

    private IEnumerable<Telling> Damaged() => book.Damaged.Select(file => new Telling(
        LineOf(file),
        file.Place?.Device,
        EventJson.Of(0, json =>
        {
            json.WriteString("what", "damaged");
            json.WriteString("file", EventJson.Cut(file.File));
            json.WriteString("detail", EventJson.Cut(file.Why));
        }),
        () => log.LogError("{Damaged}", file.ToString())));

    private IEnumerable<Telling> Unsettled() => book.Unsettled.Select(each => new Telling(
        $"unsettled {each.Record.Id}",
        each.Record.Device,
        EventJson.Of(0, json =>
        {
            json.WriteString("what", "unsettled");
            json.WriteString("channel", each.Record.Channel);
            json.WriteString("id", each.Record.Id);
            json.WriteString("detail", EventJson.Cut(each.Why));
        }),
        () => log.LogError("{Unsettled}", each.ToString())));

    private IEnumerable<Telling> Due(ClockReading now)
    {
        if (now.Trust is null)
        {
            yield break;
        }

        var records = book.Records;
        foreach (var due in book.Channels.Select(channel => CalibrationDue.Of(channel, records, told.FirstSeenMs(channel.Name), now.WallMs)))
        {
            if (due is not { State: not DueState.Good, DueMs: { } dueMs })
            {
                continue;
            }

            var date = DateTimeOffset.FromUnixTimeMilliseconds(dueMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            yield return new Telling(
                LineOf(due),
                due.Channel.Device,
                EventJson.Of(0, json =>
                {
                    json.WriteString("what", TokenOf(due.State));
                    json.WriteString("channel", due.Channel.Id);
                    if (due.Record is { } record)
                    {
                        json.WriteString("id", record.Id);
                    }

                    json.WriteNumber("due", dueMs);
                }),
                () => log.LogWarning(
                    "{Channel}: its {Calibration} is {State}: the date is {Due}",
                    due.Channel.Name, due.Record is { } record ? $"calibration {record.Id}" : "first calibration", TokenOf(due.State), date));
        }
    }

    // What is to be told: how it is noted, of which device, as an event, and to the journal.
    private sealed record Telling(string Line, string? Device, byte[] Body, Action Say);
}
