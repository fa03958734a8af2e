using System.Globalization;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Samples;

/// <summary><c>sample-add</c>: takes in a value that was measured by hand or in a laboratory, beside a probe's.</summary>
/// <remarks>An event of type <c>sample</c>, as durable as any, and never thinned. Unlike other events each is told, however many
/// there are.</remarks>
/// <param name="channelsNow">The channels as they are now, by what people call them.</param>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="time">For the patience with the card.</param>
internal sealed class SampleAdd(
    Func<IReadOnlyDictionary<string, SampledChannel>> channelsNow, RecordSink sink, GatewayClock clock, TimeProvider time) : IControlVerb
{
    // 2000-01-01: nobody enters what is older beside a probe.
    private const long EarliestMs = 946_684_800_000;

    // As far as clocks of people and machines are apart.
    private const long AheadMsMax = 120_000;

    // A commit takes a second or two; a card that takes longer is failing.
    private static readonly TimeSpan DurableWithin = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "sample-add";

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var reference = request.Text("channel", 65);
        var channels = channelsNow();
        if (!channels.TryGetValue(reference, out var channel))
        {
            throw new ControlRefusedException(
                $"there is no channel {reference}; {Findings.Meant(reference, [.. channels.Keys])}");
        }

        var now = clock.Now();
        var sample = new GrabSample
        {
            Station = channel.Station,
            Channel = channel.Channel,
            Measurand = channel.Measurand,
            Value = request.Number("x"),
            TakenMs = Taken(request, now),
            Who = request.Text("who", GrabSample.NameLengthMax),
            Method = request.OptionalText("method", GrabSample.NameLengthMax),
            Laboratory = request.OptionalText("lab", GrabSample.NameLengthMax),
            Note = request.OptionalText("note", GrabSample.NoteLengthMax),
        };
        var ticket = sink.AppendEvent(GrabSample.EventType, channel.Device, now, EventJson.Of(refused: 0, json =>
        {
            GrabSampleCodec.Write(json, sample);
            json.WriteNumber("uid", request.Uid);
        }));
        var isDurable = await IsDurableAsync(ticket.Durable, cancellationToken);
        return new ControlAnswer(json =>
        {
            json.WriteString("channel", reference);
            json.WriteNumber("x", sample.Value);
            json.WriteString("m", channel.Measurand.WireName);
            json.WriteString("unit", channel.Measurand.Unit);
            json.WriteNumber("taken_ms", sample.TakenMs);
            json.WriteBoolean("durable", isDurable);
            if (Doubt(sample.Value, channel) is { } doubt)
            {
                json.WriteString("doubt", doubt);
            }
        })
        {
            Device = channel.Device,
        };
    }

    // The band is the probe's: a laboratory measures beyond it, and is right. Or somebody wrote in another unit.
    private static string? Doubt(double value, SampledChannel channel) => channel.Possible is { } possible && !possible.Contains(value)
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{value} is outside of what {channel.Reference} can show, {possible.Low} to {possible.High} by fail in its settings; where that is a mistake of the unit, which is {channel.Measurand.Unit}, enter it again with a note")
        : null;

    private static long Taken(ControlRequest request, ClockReading now)
    {
        var taken = request.OptionalInteger("taken_ms", long.MinValue, long.MaxValue) ?? throw new ControlRefusedException("taken_ms is missing");
        if (taken < EarliestMs)
        {
            throw new ControlRefusedException("the sample would have been taken before the year 2000; check --taken");
        }

        // Where nobody vouches for the clock, nobody here knows what is ahead.
        return now.Trust is not null && taken > now.WallMs + AheadMsMax
            ? throw new ControlRefusedException("the sample would have been taken in the future; check --taken, which is UTC")
            : taken;
    }

    private async Task<bool> IsDurableAsync(Task durable, CancellationToken cancellationToken)
    {
        try
        {
            await durable.WaitAsync(DurableWithin, time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return false;
        }
    }
}
