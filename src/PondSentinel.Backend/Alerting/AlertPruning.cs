using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>What the engine need not keep for ever: which episodes people knew as one, and what gateways said of alarms that are over.
/// Episodes stay.</summary>
internal static class AlertPruning
{
    /// <summary>What goes where it is of before <c>$old</c>, ms since 1970; children before what they hang on.</summary>
    public static IReadOnlyList<PrunedRows> Steps { get; } =
    [
        new("alert_incident_episode", "episode", $"""
            EXISTS (SELECT 1 FROM alert_incident i WHERE i.id = x.incident AND i.is_open = 0)
            AND NOT EXISTS (
              SELECT 1 FROM alert_incident_episode o JOIN alert_episode e ON e.id = o.episode
              WHERE o.incident = x.incident AND (e.cleared_ms IS NULL OR e.cleared_ms > $old OR e.standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting})))
            """),
        new("alert_incident", "id", "x.is_open = 0 AND NOT EXISTS (SELECT 1 FROM alert_incident_episode m WHERE m.incident = x.id)"),

        // Its channel, its episodes and where it stands are kept: where it is told of again it goes on from there.
        new("alert_gateway_alarm", "subject", $"""
            x.heard_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM alert_standing s WHERE s.subject = x.subject AND s.kind = {(int)StateKind.Now} AND s.stirs)
            AND NOT EXISTS (
              SELECT 1 FROM alert_episode e WHERE e.subject = x.subject AND e.standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting}))
            """),
    ];
}
