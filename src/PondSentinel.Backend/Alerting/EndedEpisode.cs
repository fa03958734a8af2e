namespace PondSentinel.Backend.Alerting;

/// <summary>An episode that is over.</summary>
/// <param name="Rule">Its rule.</param>
/// <param name="Subject">Its channel.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Cleared">When it was over.</param>
/// <param name="Peak">The worst value.</param>
internal sealed record EndedEpisode(
    string Rule, AlertSubject Subject, DateTimeOffset Since, DateTimeOffset Cleared, double Peak)
{
    /// <summary>The rule that an alarm of a gateway is, which stands in no configuration; null where it is none, or where what the gateway
    /// said is no longer kept.</summary>
    public AlertRule? Alarm { get; init; }
}
