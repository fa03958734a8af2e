using PondSentinel.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Holds the rules about certificates against those of this machine and of its gateways, within one transaction.</summary>
/// <remarks>As with <see cref="SilenceWatch"/>, what is noticed is kept as a value and only where it can move a rule: a restart tells nothing
/// twice. What nobody shows any more, because its file is not named, or its gateway was taken down or has none, is taken back.</remarks>
internal sealed class CertificateWarnings(AlertTables tables, SubjectStep step, IReadOnlyList<AlertRule> rules)
{
    /// <summary>Does so.</summary>
    /// <param name="files">The certificates of this machine; null: nobody has said which there are.</param>
    /// <param name="shown">How many days gateways have left, as they said since the start; null: it has none.</param>
    /// <param name="retired">Gateways that were taken down.</param>
    /// <param name="now">The backend's time.</param>
    public void Step(
        CertificateFiles? files, IReadOnlyDictionary<GatewayName, int?> shown, IReadOnlySet<GatewayName> retired, DateTimeOffset now)
    {
        foreach (var row in tables.Found(Measurand.CertificateDays))
        {
            var gateway = new GatewayName(row.Subject.Site, row.Subject.Gateway);
            var isGone = files?.IsOurs(row.Subject) == true
                ? !files.Subjects.Values.Contains(row.Subject)
                : retired.Contains(gateway) || (shown.TryGetValue(gateway, out var days) && days is null);
            if (isGone && Watching(row.Subject) is { Count: > 0 } watching
                && watching.Exists(rule => tables.Alert(rule.Id, row.Id, StateKind.Now).Phase != AlertPhase.Normal))
            {
                step.TakeBack(row, watching, row.NewestNs);
            }
        }

        foreach (var end in files?.Ends ?? [])
        {
            Take(files!.Subjects[end.File], Math.Floor((end.At - now).TotalDays), now);
        }

        foreach (var (gateway, days) in shown)
        {
            if (days is { } left && !retired.Contains(gateway))
            {
                Take(AlertSubject.CertificateOf(gateway), left, now);
            }
        }
    }

    private void Take(AlertSubject subject, double days, DateTimeOffset now)
    {
        var watching = Watching(subject);
        if (watching.Count == 0)
        {
            return;
        }

        var (row, value) = (tables.Subject(subject, ""), new AlertSample(now, days));
        if (watching.Exists(rule => SilenceWatch.Moves(rule.Threshold, tables.Alert(rule.Id, row.Id, StateKind.Now), value)))
        {
            step.Take(row, watching, [new NewValue(Point.KeyNs(now.ToUnixTimeMilliseconds(), 0), value, IsRevision: false)]);
        }
    }

    private List<AlertRule> Watching(AlertSubject subject) => [.. rules.Where(rule => rule.AppliesTo(subject))];
}
