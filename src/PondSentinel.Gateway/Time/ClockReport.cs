using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Hands changes of the clock on: anchors to the buffer, whose records wait for them; trust and steps as events of
/// type <c>clock</c> and lines in the journal, at most <see cref="HourlyAllowance.PerHour"/> an hour.</summary>
/// <param name="buffer">The buffer.</param>
/// <param name="sink">Where events go.</param>
/// <param name="log">The journal.</param>
internal sealed class ClockReport(IRecordLog buffer, RecordSink sink, ILogger log)
{
    private readonly Lock gate = new();
    private readonly HourlyAllowance allowance = new();
    private ClockSource? trusted;

    /// <summary>Takes note of a change.</summary>
    /// <param name="change">The change.</param>
    public void Note(ClockChange change)
    {
        lock (gate)
        {
            switch (change)
            {
                case ClockChange.Anchored(var anchor, var shiftMs):
                    NoteAnchor(anchor, shiftMs);
                    break;
                case ClockChange.Stepped(var byMs, var after):
                    log.LogWarning("clock: somebody set the wall clock by {ByMs} ms; it is not believed for {Seconds} s", byMs, GatewayClock.Settling.TotalSeconds);
                    Tell(after, json =>
                    {
                        json.WriteString("what", "step");
                        json.WriteNumber("by_ms", byMs);
                    });
                    break;
                case ClockChange.Lost(var last, var after):
                    trusted = null;
                    log.LogWarning("clock: {Source} vouches for the time no more; it goes on by the quartz, and its error grows", last.Token);
                    Tell(after, json =>
                    {
                        json.WriteString("what", "lost");
                        json.WriteString("src", last.Token);
                    });
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(change), change, "Not a defined change.");
            }
        }
    }

    private void NoteAnchor(ClockAnchor anchor, long? shiftMs)
    {
        buffer.Trust(anchor);
        var source = anchor.Stamp.Source;
        if (trusted == source && Math.Abs(shiftMs ?? 0) < GatewayClock.StepMsMin)
        {
            return;
        }

        trusted = source;
        log.LogInformation("clock: {Source} vouches for the time within {ErrorMs} ms", source.Token, anchor.Stamp.ErrorMs);
        Tell(new ClockReading(anchor.Boot, anchor.BootTime, anchor.WallMs, anchor.Stamp), json =>
        {
            json.WriteString("what", "trust");
            json.WriteString("src", source.Token);
            json.WriteNumber("err_ms", anchor.Stamp.ErrorMs);
            if (shiftMs is { } byMs)
            {
                json.WriteNumber("by_ms", byMs);
            }
        });
    }

    private void Tell(ClockReading clock, Action<Utf8JsonWriter> write)
    {
        var refused = allowance.TakeRefused(clock.BootTime);
        if (refused == 0 && !allowance.TryTake(clock.BootTime))
        {
            return;
        }

        sink.AppendEvent("clock", device: null, clock, EventJson.Of(refused, write));
    }
}
