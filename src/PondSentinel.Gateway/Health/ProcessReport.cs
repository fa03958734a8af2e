using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Health;

/// <summary>Tells when a process begins, and that somebody asked it to stop, as events of type <c>audit</c>.</summary>
/// <remarks>A process that was killed, or whose machine lost its power, tells nothing. The next one does: where it runs in the
/// same boot the program ended, in another the machine was off. Whoever keeps account of what was not measured needs both.
/// </remarks>
/// <param name="sink">Where events go.</param>
/// <param name="clock">The clock.</param>
internal sealed class ProcessReport(RecordSink sink, GatewayClock clock)
{
    /// <summary>Tells that the process has begun.</summary>
    public void Started()
    {
        var now = clock.Now();
        sink.AppendEvent("audit", device: null, now, EventJson.Of(refused: 0, json =>
        {
            json.WriteString("what", "start");
            json.WriteString("boot", now.Boot.ToString("N"));
        }));
    }

    /// <summary>Tells that the process ends because somebody asked it to.</summary>
    public void Stopped() => sink.AppendEvent(
        "audit", device: null, clock.Now(), EventJson.Of(refused: 0, json => json.WriteString("what", "stop")));
}
