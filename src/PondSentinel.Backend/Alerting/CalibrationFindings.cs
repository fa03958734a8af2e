using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>How many days are left until channels are to be calibrated, by what their gateways have told.</summary>
/// <remarks>A channel counts while its gateway describes it. Its date is that of the record which came last and was accepted, where that is of
/// the instrument that is there now; of one that never was calibrated it is what the gateway says. One that nobody has to calibrate has none.
/// </remarks>
internal static class CalibrationFindings
{
    private const double MsPerDay = 86_400_000;

    /// <summary>Looks.</summary>
    /// <param name="heard">Gateways that were ever heard.</param>
    /// <param name="retired">Gateways that were taken down, or are at another site now.</param>
    /// <param name="devices">What gateways have.</param>
    /// <param name="due">When the channels of a gateway are due.</param>
    /// <param name="now">The backend's time.</param>
    public static Findings Of(
        IReadOnlyList<HeardGateway> heard,
        IReadOnlySet<GatewayName> retired,
        DescribedDevices devices,
        Func<string, GatewayCalibrations> due,
        DateTimeOffset now)
    {
        List<Finding> all = [];
        foreach (var gateway in heard.Select(each => each.Gateway))
        {
            if (retired.Contains(gateway) || devices.Of(gateway) is not { } described)
            {
                continue;
            }

            var calibrations = due(gateway.Gateway);
            all.AddRange(
                from device in described.Values
                from channel in device.Channels.DistinctBy(channel => channel.Id, StringComparer.Ordinal)
                let at = DueMs(calibrations, device, channel)
                where at is not null
                select new Finding(SubjectOf(gateway, device, channel), Math.Floor((at.Value - now.ToUnixTimeMilliseconds()) / MsPerDay)));
        }

        var found = all.Select(finding => finding.Subject).ToHashSet();
        return new Findings(
            Measurand.CalibrationDays,
            all,
            subject => subject.Owner is var gateway
                && (retired.Contains(gateway) || (devices.Of(gateway) is not null && !found.Contains(subject))));
    }

    private static AlertSubject SubjectOf(GatewayName gateway, MetaDevice device, MetaChannel channel) =>
        new(gateway.Site, device.Station, gateway.Gateway, device.Id, channel.Id, Measurand.CalibrationDays);

    // As decimals, because a date may be one that no calendar has.
    private static double? DueMs(GatewayCalibrations calibrations, MetaDevice device, MetaChannel channel) =>
        calibrations.Accepted.GetValueOrDefault((device.Id, channel.Id)) is { } record
        && channel.Measurand is { } measurand && record.IsOf(measurand, device.Model, device.Serial)
            ? record.DueMs
            : calibrations.FirstDueMs.TryGetValue((device.Id, channel.Id), out var first) ? first : null;
}
