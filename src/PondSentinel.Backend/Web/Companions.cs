using PondSentinel.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>Which channels are looked at together: those that a rule compares, such as dust with the wind and the station upwind, and what
/// is measured above and below on the same water.</summary>
/// <remarks>Reckoned anew only where channels, stations or descriptions are others than before. Thread-safe.</remarks>
/// <param name="rules">The rules.</param>
internal sealed class Companions(IReadOnlyList<AlertRule> rules)
{
    /// <summary>Most for one channel.</summary>
    public const int Most = 4;

    private readonly Lock gate = new();
    private readonly List<AlertRule> joint = [.. rules.Where(rule => rule.Joint is not null)];
    private List<AlertSubject> channels = [];
    private List<MetaMessage> descriptions = [];
    private Dictionary<AlertSubject, IReadOnlyList<LiveValue>> known = [];

    /// <summary>The companions of every channel that has any, those of rules first.</summary>
    /// <param name="values">The newest value of each channel.</param>
    /// <param name="meta">What the gateways have said.</param>
    public IReadOnlyDictionary<AlertSubject, IReadOnlyList<LiveValue>> Of(IReadOnlyList<LiveValue> values, IEnumerable<MetaMessage?> meta)
    {
        List<AlertSubject> now = [.. values.Select(SubjectOf)];
        List<MetaMessage> said = [.. meta.OfType<MetaMessage>()];
        lock (gate)
        {
            if (!now.SequenceEqual(channels) || !said.SequenceEqual(descriptions, ReferenceEqualityComparer.Instance))
            {
                (channels, descriptions, known) = (now, said, Reckon([.. now.Zip(values)], said));
            }

            return known;
        }
    }

    /// <summary>A channel as rules know it.</summary>
    /// <param name="value">Its newest value.</param>
    public static AlertSubject SubjectOf(LiveValue value) => new(
        value.Name.Gateway.Site, value.Station, value.Name.Gateway.Gateway, value.Name.Device, value.Name.Channel, value.Measurand);

    private Dictionary<AlertSubject, IReadOnlyList<LiveValue>> Reckon(List<(AlertSubject Subject, LiveValue Value)> all, List<MetaMessage> said)
    {
        var byMeasurand = all.ToLookup(each => each.Subject.Measurand);
        var above = said.SelectMany(message => message.Stations.SelectMany(station => station.UpstreamOf.Select(below => (station.Id, below)))).ToHashSet();
        Dictionary<AlertSubject, IReadOnlyList<LiveValue>> found = [];
        foreach (var (subject, _) in all)
        {
            var own = joint.Where(rule => rule.AppliesTo(subject))
                .SelectMany(rule => rule.InputMeasurands.Distinct().SelectMany(input => byMeasurand[input]).Where(other => rule.InputsOf(subject, other.Subject) != 0))
                .Concat(byMeasurand[subject.Measurand].Where(other => other.Subject.Site == subject.Site
                    && (above.Contains((other.Subject.Station, subject.Station)) || above.Contains((subject.Station, other.Subject.Station)))))
                .Select(other => other.Value).Distinct().Take(Most).ToList();
            if (own.Count > 0)
            {
                found[subject] = own;
            }
        }

        return found;
    }
}
