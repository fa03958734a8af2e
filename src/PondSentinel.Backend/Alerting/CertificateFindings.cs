using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>How many days certificates have left: those of this machine, and those of gateways by their own word.</summary>
internal static class CertificateFindings
{
    /// <summary>Looks.</summary>
    /// <param name="files">The certificates of this machine; null: nobody has said which there are.</param>
    /// <param name="shown">How many days gateways have left, as they said since the start; null: it has none.</param>
    /// <param name="retired">Gateways that were taken down, or are at another site now.</param>
    /// <param name="now">The backend's time.</param>
    public static Findings Of(
        CertificateFiles? files, IReadOnlyDictionary<GatewayName, int?> shown, IReadOnlySet<GatewayName> retired, DateTimeOffset now) => new(
        Measurand.CertificateDays,
        [
            .. (files?.Ends ?? []).Select(end => new Finding(files!.Subjects[end.File], Math.Floor((end.At - now).TotalDays))),
            .. from told in shown
               where told.Value is not null && !retired.Contains(told.Key)
               select new Finding(AlertSubject.CertificateOf(told.Key), told.Value!.Value),
        ],
        subject => files?.IsOurs(subject) == true
            ? !files.Subjects.Values.Contains(subject)
            : subject.Owner is var gateway
                && (retired.Contains(gateway) || (shown.TryGetValue(gateway, out var days) && days is null)));
}
