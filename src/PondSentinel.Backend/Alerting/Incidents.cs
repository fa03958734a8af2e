using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Tells of an alarm of a gateway and of the backend's rules for the same channel as of one incident: one page in all.</summary>
/// <remarks>
/// <para>An episode that shares time with one of the other kind (a rule's with a gateway's), on the same channel, the same side, in the same
/// unit and of the same statistic, is of its incident, which keeps the id that people know. It goes on while any of its episodes does; what is told of it is told
/// under that id, and only what people do not know yet.</para>
/// <para>What is graver than what was told is told by itself: it is another page by rights. Graver is the higher severity, and a limit beyond
/// the worst that was told.</para>
/// <para>What people are kept from hearing of, by a silence of its rule or by what explains it, is no page: what is beside it is told by itself,
/// and is over by itself.</para>
/// <para>Rules and their episodes know nothing of it: each stands, and is kept, for itself.</para>
/// </remarks>
internal sealed class Incidents(SqliteTransaction transaction, AlertTables tables, INotificationOutbox outbox)
{
    /// <summary>The incident that an episode is told under; its own id where it stands alone.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="episode">The episode's id.</param>
    public static string IdOf(SqliteTransaction transaction, string episode) => transaction.Query(
        "SELECT incident FROM alert_incident_episode WHERE episode = $episode", reader => reader.GetString(0), ("$episode", episode)) is [var id] ? id : episode;

    /// <summary>What people are to be told of an episode.</summary>
    /// <param name="row">Its channel.</param>
    /// <param name="episode">The episode, as it now is.</param>
    /// <param name="notice">What they would be told if it stood alone.</param>
    /// <returns>The notice, under the incident's id where it is of one; null where they know it.</returns>
    public AlertNotice? Pass(SubjectRow row, Episode episode, AlertNotice notice)
    {
        if (Of(episode.Id) is not { } incident)
        {
            // What people know to go on by its own id goes on by it, and is over by it.
            if (episode.Standing == EpisodeStanding.Firing || notice.Phase is not (NoticeKind.Firing or NoticeKind.Past) || Beside(row, episode, notice) is not var (other, beside))
            {
                return notice;
            }

            incident = beside;
            Save(incident);
            Add(other, incident.Id);
            Add(episode.Id, incident.Id);
        }

        return notice.Phase switch
        {
            NoticeKind.Firing => incident.IsOpen && notice.Severity <= incident.Last.Severity ? null : Told(incident, notice, isOpen: true),
            NoticeKind.Past => incident.Last.Phase == NoticeKind.Withdrawn ? Told(incident, notice, isOpen: false) : null,
            _ when !incident.IsOpen || GoesOn(incident.Id, episode.Id) => null,

            // That a rule takes its own back does not make the gateway's alarm a false one.
            NoticeKind.Withdrawn when WasMore(incident.Id, episode.Id) => Told(incident, notice with { Phase = NoticeKind.Cleared, Cause = null }, isOpen: false),
            _ => Told(incident, notice, isOpen: false),
        };
    }

    private AlertNotice Told(Incident incident, AlertNotice notice, bool isOpen)
    {
        var told = notice.InIncident(incident.Id, incident.Number + 1, incident.Last);
        Save(new Incident(incident.Id, isOpen, incident.Number + 1, told));
        return told;
    }

    private (string Episode, Incident Incident)? Beside(SubjectRow row, Episode episode, AlertNotice notice)
    {
        foreach (var other in tables.EpisodesBeside(row, episode.Since, episode.Cleared))
        {
            if (other.Id != episode.Id && other.LastNotice is { } known
                && (known.Side, known.Unit, known.Statistic) == (notice.Side, notice.Unit, notice.Statistic))
            {
                var incident = Of(other.Id) ?? new Incident(other.Id, other.Standing == EpisodeStanding.Firing, other.Notices, known);
                if (!IsGraver(notice, incident.Last) && !outbox.HoldsApart(transaction, incident.Id, notice))
                {
                    return (other.Id, incident);
                }
            }
        }

        return null;
    }

    // Who knows of a mild exceedance that goes on does not know of a leak.
    private static bool IsGraver(AlertNotice notice, AlertNotice known) => notice.Severity > known.Severity
        || (notice.Side == LimitSide.Above.Word ? notice.Limit > known.Peak : notice.Limit < known.Peak);

    private bool GoesOn(string incident, string episode) => HasOther(incident, episode, $"= {(int)EpisodeStanding.Firing}");

    private bool WasMore(string incident, string episode) => HasOther(incident, episode, $"<> {(int)EpisodeStanding.Withdrawn}");

    private bool HasOther(string incident, string episode, string standing) => transaction.Query(
        $"""
        SELECT 1 FROM alert_incident_episode m JOIN alert_episode e ON e.id = m.episode
        WHERE m.incident = $incident AND m.episode <> $episode AND e.standing {standing} LIMIT 1
        """,
        _ => true,
        ("$incident", incident), ("$episode", episode)).Count > 0;

    private Incident? Of(string episode) => transaction.Query(
        "SELECT id, is_open, number, last FROM alert_incident WHERE id = (SELECT incident FROM alert_incident_episode WHERE episode = $episode)",
        reader => AlertNotice.Read(reader.GetString(3), out _) is { } last
            ? new Incident(reader.GetString(0), reader.GetInt64(1) != 0, reader.GetInt32(2), last)
            : null, // Of what cannot be read nobody knows how grave it is: what comes now is told by itself.
        ("$episode", episode)) is [var incident] ? incident : null;

    private void Save(Incident incident) => transaction.Execute(
        "INSERT OR REPLACE INTO alert_incident VALUES ($id, $open, $number, $last)",
        ("$id", incident.Id), ("$open", incident.IsOpen ? 1 : 0), ("$number", incident.Number), ("$last", incident.Last.ToJson()));

    private void Add(string episode, string incident) => transaction.Execute(
        "INSERT OR IGNORE INTO alert_incident_episode VALUES ($episode, $incident)", ("$episode", episode), ("$incident", incident));

    /// <param name="Id">The id that people know it by: that of the episode that was told first.</param>
    /// <param name="IsOpen">Whether they know it to go on.</param>
    /// <param name="Number">How many notices of it there were.</param>
    /// <param name="Last">The last of them.</param>
    private sealed record Incident(string Id, bool IsOpen, int Number, AlertNotice Last);
}
