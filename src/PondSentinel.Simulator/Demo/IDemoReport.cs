using PondSentinel.Backend.Alerting;
using PondSentinel.Simulator.Devices;

namespace PondSentinel.Simulator.Demo;

/// <summary>Tells whoever started the demo what goes on. Thread-safe; returns at once.</summary>
internal interface IDemoReport
{
    /// <summary>Everything runs.</summary>
    /// <param name="running">What, and where.</param>
    void Started(DemoRunning running);

    /// <summary>Something happens at the site.</summary>
    /// <param name="at">Simulated time.</param>
    /// <param name="what">What.</param>
    void Happens(TimeSpan at, StoryEvent what);

    /// <summary>What the probes sense.</summary>
    /// <param name="at">Simulated time.</param>
    /// <param name="above">Above the pond.</param>
    /// <param name="below">Below the pond.</param>
    /// <param name="pm10">PM10, µg/m³.</param>
    void Senses(TimeSpan at, ProbeWater above, ProbeWater below, double pm10);

    /// <summary>An alert has stepped from one phase to another.</summary>
    /// <param name="at">Simulated time of the value that made the step.</param>
    /// <param name="transition">The step.</param>
    void Changes(TimeSpan at, AlertTransition transition);

    /// <summary>Somebody was told.</summary>
    /// <param name="at">Simulated time now.</param>
    /// <param name="notice">What.</param>
    void Notifies(TimeSpan at, AlertNotice notice);

    /// <summary>A program complains.</summary>
    /// <param name="source">Which.</param>
    /// <param name="text">What it says.</param>
    void Complains(string source, string text);

    /// <summary>It is over.</summary>
    /// <param name="summary">What came of it.</param>
    void Ended(DemoSummary summary);
}

/// <summary>A running demo.</summary>
/// <param name="Options">What was chosen.</param>
/// <param name="Folder">Where everything is kept.</param>
/// <param name="Page">Address of the page.</param>
/// <param name="BrokerPort">Port of the broker.</param>
/// <param name="Webhook">Where notices go.</param>
/// <param name="At">Simulated time now.</param>
internal sealed record DemoRunning(
    DemoOptions Options, DemoFolder Folder, Uri? Page, int BrokerPort, Uri Webhook, TimeSpan At);

/// <summary>What came of a demo.</summary>
/// <param name="At">Simulated time at the end.</param>
/// <param name="Measured">Records of this run that are durable at the gateway.</param>
/// <param name="Fates">What became of them.</param>
/// <param name="Announced">Alerts that were announced in this run.</param>
/// <param name="Over">Alerts that were reported to be over in this run.</param>
/// <param name="Kept">The folder that keeps everything; null where it is removed.</param>
internal sealed record DemoSummary(
    TimeSpan At, long Measured, RecordFates Fates, int Announced, int Over, string? Kept)
{
    /// <summary>Records that will never be in the store.</summary>
    public long Lost => Fates.Lost.Values.Sum();

    /// <summary>Records that are in the gateway's buffer, neither stored nor lost.</summary>
    public long Waiting => Math.Max(0, Measured - Fates.Stored - Lost);
}
