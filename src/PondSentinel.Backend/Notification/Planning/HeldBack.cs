using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>What keeps a channel from hearing of an alarm: a silence, or another alarm that explains it.</summary>
/// <remarks>Of one moment: what was asked once is not asked again.</remarks>
/// <param name="alarms">The alarms.</param>
/// <param name="silences">The silences in force, the one that ends first first.</param>
/// <param name="policy">The channel's policy.</param>
/// <param name="now">The time.</param>
internal sealed class HeldBack(AlarmTable alarms, List<Silence> silences, ChannelPolicy policy, DateTimeOffset now)
{
    private readonly Dictionary<(string Rule, string Site, string? Station, string? Gateway), List<Alarm>> quieters = [];

    /// <summary>The silence that covers it and ends last; null for none.</summary>
    public Silence? Silence(Alarm alarm) => silences.FindLast(silence => silence.Covers(alarm));

    /// <summary>The first other alarm that explains it; null for none. One that this channel does not hear of itself explains nothing to
    /// it, nor one that waits for the daily digest what is graver: nobody would hear of either until then.</summary>
    public Alarm? Quieter(Alarm alarm)
    {
        if (!policy.Quiet.TryGetValue(alarm.Rule, out var quiet))
        {
            return null;
        }

        var station = quiet.At == QuietPlace.Station ? alarm.Station : null;
        var gateway = quiet.At == QuietPlace.Gateway ? alarm.Gateway : null;
        var place = (alarm.Rule, alarm.Site, station, gateway);
        if (!quieters.TryGetValue(place, out var known))
        {
            known = alarms.ActiveOf(quiet.While, alarm.Site, station, gateway)
                .FindAll(other => other.ExplainsOthers(now) && policy.Wants(other.Site, other.Severity) && Silence(other) is null);
            quieters.Add(place, known);
        }

        return known.Find(other => other.Id != alarm.Id
            && !(policy.DigestAt is not null && other.Severity == Severity.Info && alarm.Severity > Severity.Info));
    }
}
