namespace PondSentinel.Backend.Alerting;

/// <summary>What the engine need not keep for ever: which episodes people knew as one, and what gateways said of alarms that are over.
/// Episodes stay.</summary>
internal static class AlertPruning
{
    /// <summary>Statements that each delete a few rows, children before what they hang on: of before <c>$old</c>, ms since 1970, at most
    /// <c>$most</c>.</summary>
    public static IReadOnlyList<string> Steps { get; } =
    [
        $"""
        DELETE FROM alert_incident_episode WHERE episode IN (
          SELECT m.episode FROM alert_incident_episode m JOIN alert_incident i ON i.id = m.incident WHERE i.is_open = 0
            AND NOT EXISTS (
              SELECT 1 FROM alert_incident_episode o JOIN alert_episode e ON e.id = o.episode
              WHERE o.incident = i.id AND (e.cleared_ms IS NULL OR e.cleared_ms > $old OR e.standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting})))
          LIMIT $most)
        """,
        """
        DELETE FROM alert_incident WHERE id IN (
          SELECT i.id FROM alert_incident i WHERE i.is_open = 0
            AND NOT EXISTS (SELECT 1 FROM alert_incident_episode m WHERE m.incident = i.id) LIMIT $most)
        """,

        // Its channel, its episodes and where it stands are kept: where it is told of again it goes on from there.
        $"""
        DELETE FROM alert_gateway_alarm WHERE subject IN (
          SELECT g.subject FROM alert_gateway_alarm g WHERE g.heard_ms <= $old
            AND NOT EXISTS (SELECT 1 FROM alert_standing s WHERE s.subject = g.subject AND s.kind = {(int)StateKind.Now} AND s.stirs)
            AND NOT EXISTS (
              SELECT 1 FROM alert_episode e WHERE e.subject = g.subject AND e.standing IN ({(int)EpisodeStanding.Firing}, {(int)EpisodeStanding.Waiting}))
          LIMIT $most)
        """,
    ];
}
