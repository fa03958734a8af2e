using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Alerting;

/// <summary>Holds the rules against what the backend itself has found, within one transaction: certificates and calibrations that end, clocks
/// that are off.</summary>
/// <remarks>As with <see cref="SilenceWatch"/>, what is found is kept as a value and only where it can move a rule: a restart tells nothing
/// twice. What is there no more is taken back.</remarks>
/// <param name="tables">What is kept.</param>
/// <param name="step">Steps the rules.</param>
/// <param name="rules">All rules.</param>
/// <param name="moved">Gateways that are at another site now, and at which: people are told why.</param>
internal sealed class FindingWatch(AlertTables tables, SubjectStep step, RulesByMeasurand rules, IReadOnlyDictionary<GatewayName, string> moved)
{
    /// <summary>Does so.</summary>
    /// <param name="findings">What one look has found.</param>
    /// <param name="now">The backend's time.</param>
    public void Take(Findings findings, DateTimeOffset now)
    {
        var known = tables.Found(findings.Measurand).ToDictionary(row => row.Subject);
        foreach (var row in known.Values.Where(row => findings.IsGone(row.Subject)))
        {
            if (rules.Watching(row.Subject) is { Count: > 0 } watching
                && watching.Exists(rule => tables.Alert(rule.Id, row.Id, StateKind.Now).Phase != AlertPhase.Normal))
            {
                step.TakeBack(row, watching, row.NewestNs, moved.GetValueOrDefault(row.Subject.Owner));
            }
        }

        foreach (var (subject, value) in findings.All)
        {
            Take(known.GetValueOrDefault(subject), subject, new AlertSample(now, value));
        }
    }

    // Nothing is kept of what has never moved a rule: a thousand channels that were calibrated in time are no rows.
    private void Take(SubjectRow? row, AlertSubject subject, AlertSample value)
    {
        var watching = rules.Watching(subject);
        if (watching.Exists(rule => SilenceWatch.Moves(
            rule.Threshold, row is null ? AlertState.Initial : tables.Alert(rule.Id, row.Id, StateKind.Now), value)))
        {
            var key = Point.KeyNs(value.At.ToUnixTimeMilliseconds(), 0);
            step.Take(row ?? tables.Subject(subject, ""), watching, [new NewValue(key, value, IsRevision: false)]);
        }
    }
}
