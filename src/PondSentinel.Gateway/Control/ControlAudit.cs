using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Control;

/// <summary>Keeps account of who changed what: an event of type <c>audit</c> and a line in the journal for each change that was
/// asked for, done or refused. Thread-safe.</summary>
/// <remarks>Events as the wire allows, <see cref="HourlyAllowance.PerHour"/> an hour of those that were done and as many of those
/// that were refused, and then one with the count of the rest, with the next of its kind; the journal has every one.</remarks>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class ControlAudit(RecordSink sink, GatewayClock clock, ILogger log)
{
    private readonly Lock gate = new();

    // What is refused costs nothing to ask for: it must not use up the room of what is done.
    private readonly HourlyAllowance done = new();
    private readonly HourlyAllowance refusals = new();

    /// <summary>Takes note of a change.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="device">The device it concerns, where it concerns one.</param>
    /// <param name="refusal">Why it was not done; null where it was.</param>
    public void Note(ControlRequest request, string? device, string? refusal)
    {
        if (refusal is null)
        {
            log.LogInformation("control: user {Uid}: {Verb}: done", request.Uid, request.Verb);
        }
        else
        {
            log.LogWarning("control: user {Uid}: {Verb}: refused: {Refusal}", request.Uid, request.Verb, refusal);
        }

        lock (gate)
        {
            var now = clock.Now();
            var allowance = refusal is null ? done : refusals;
            var refused = allowance.TakeRefused(now.BootTime);
            if (refused == 0 && !allowance.TryTake(now.BootTime))
            {
                return;
            }

            sink.AppendEvent("audit", device, now, EventJson.Of(refused, json =>
            {
                json.WriteString("what", "control");
                json.WriteString("verb", request.Verb);
                json.WriteNumber("uid", request.Uid);
                json.WriteBoolean("done", refusal is null);
                if (refusal is not null)
                {
                    json.WriteString("refusal", EventJson.Cut(refusal));
                }
            }));
        }
    }
}
