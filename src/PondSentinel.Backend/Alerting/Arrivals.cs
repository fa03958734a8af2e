using PondSentinel.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>A value that has come.</summary>
/// <param name="TimeNs">Its time key.</param>
/// <param name="Sample">The value.</param>
/// <param name="IsRevision">Whether it is in place of one that came before.</param>
internal readonly record struct NewValue(long TimeNs, AlertSample Sample, bool IsRevision);

/// <summary>Gives the values that one transaction brings to the channels that rules watch: a channel's own, and to those of rules that
/// look at several also those of the others.</summary>
internal sealed class Arrivals
{
    private static readonly TimeSpan CoveredMax = TimeSpan.FromDays(366);

    private const long NsPerMs = 1_000_000;

    private readonly RewindWindow window;
    private readonly AlertTables tables;
    private readonly RulesByMeasurand rules;
    private readonly List<(AlertSubject Subject, List<Point> Points)> channels = [];

    /// <summary>Sorts points by channel.</summary>
    /// <param name="tables">What is kept.</param>
    /// <param name="rules">All rules.</param>
    /// <param name="window">How long values are kept.</param>
    /// <param name="points">The points.</param>
    /// <param name="aheadMs">Points of a later time are left out, UTC ms since 1970.</param>
    public Arrivals(AlertTables tables, RulesByMeasurand rules, RewindWindow window, IReadOnlyList<Point> points, long aheadMs)
    {
        (this.tables, this.rules, this.window) = (tables, rules, window);
        Dictionary<AlertSubject, int> places = [];
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            if (point.TimeMs > aheadMs || !rules.Concern(point.Measurand))
            {
                continue;
            }

            var subject = AlertSubject.Of(point);
            if (!places.TryGetValue(subject, out var place))
            {
                place = channels.Count;
                places.Add(subject, place);
                channels.Add((subject, new List<Point>(1)));
            }

            channels[place].Points.Add(point);
        }
    }

    /// <summary>What each channel gets, and the rules that it is kept for.</summary>
    public IEnumerable<(SubjectRow Row, IReadOnlyList<AlertRule> Rules, IReadOnlyList<NewValue> Values)> Rows()
    {
        foreach (var (subject, brought) in channels)
        {
            var watching = rules.Watching(subject);
            if (watching.Count > 0)
            {
                yield return (tables.Subject(subject, ""), watching, brought.ConvertAll(ValueOf));
            }
        }

        foreach (var rule in rules.Joint)
        {
            foreach (var (row, values) in Joint(rule))
            {
                yield return (row, [rule], values);
            }
        }
    }

    private static NewValue ValueOf(Point point) => new(
        point.TimeNs,
        new AlertSample(
            DateTimeOffset.FromUnixTimeMilliseconds(point.TimeMs),
            point.Value.Value,
            point.Value.Flag,
            point.Value.Why,
            point.Value.Low,
            point.Value.High,
            TimeSpan.FromMilliseconds(Math.Clamp(point.CoveredMs ?? 0, 0, (long)CoveredMax.TotalMilliseconds)),
            Complete: AverageChannel.Parts(point.Channel).Average is null ? null : point.Value.Count),
        point.IsRevision);

    // Longer than late values are taken in order, and than what is compared may be old.
    private long SilentNs(AlertRule rule)
    {
        var within = rule.Joint!.Conditions.Select(condition => condition.Within).Append(rule.Joint.Against?.Within ?? TimeSpan.Zero).Max();
        return Math.Max(window.LatenessNs, (long)within.TotalMilliseconds * NsPerMs);
    }

    // What comes of the others before the watched channel itself has ever come is of no use to it.
    private IEnumerable<(SubjectRow Row, List<NewValue> Values)> Joint(AlertRule rule)
    {
        var concerned = channels.Where(channel => channel.Subject.Measurand == rule.Measurand
            || rule.InputMeasurands.Contains(channel.Subject.Measurand))
            .Select(channel => (channel.Subject, Values: channel.Points.ConvertAll(ValueOf))).ToList();
        if (concerned.Count == 0)
        {
            yield break;
        }

        foreach (var (subject, _) in concerned.Where(channel => rule.AppliesTo(channel.Subject)))
        {
            tables.Subject(subject, rule.Id);
        }

        foreach (var kept in tables.Joint(rule.Id).Where(rule.Watches))
        {
            var row = kept;
            List<NewValue> values = [];
            foreach (var (subject, brought) in concerned)
            {
                if (subject == row.Subject)
                {
                    values.AddRange(brought);
                }
                else if (rule.InputsOf(row.Subject, subject) is not 0 and var inputs)
                {
                    var newestNs = brought.Max(value => value.TimeNs);
                    (var isKept, row) = tables.Samples.AddSource(row, subject, newestNs, Math.Max(newestNs, row.NewestNs) - SilentNs(rule));
                    var origin = new SampleOrigin(subject.Source, inputs);
                    values.AddRange(isKept ? brought.Select(value => value with { Sample = value.Sample with { Origin = origin } }) : []);
                }
            }

            if (values.Count > 0)
            {
                yield return (row, values);
            }
        }
    }
}
