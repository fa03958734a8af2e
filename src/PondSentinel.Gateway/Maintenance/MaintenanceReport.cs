using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>How a maintenance ended.</summary>
internal enum MaintenanceEnd
{
    /// <summary>Somebody said so.</summary>
    Off,

    /// <summary>Its time was over.</summary>
    Time,

    /// <summary>The device or station is no longer in the settings.</summary>
    Config,
}

/// <summary>Tells when a maintenance begins and ends: events of type <c>maint</c> and lines in the journal.</summary>
/// <remarks>Of one device or station <see cref="HourlyAllowance.PerHour"/> events an hour, and then one with the count of the rest;
/// the journal has all. Not thread-safe.</remarks>
/// <param name="sink">Where events go.</param>
/// <param name="log">The journal.</param>
internal sealed class MaintenanceReport(RecordSink sink, ILogger log)
{
    private readonly Dictionary<MaintenanceTarget, HourlyAllowance> allowances = [];

    /// <summary>Tells of a beginning, or of a new end of one that goes on.</summary>
    /// <param name="period">What begins.</param>
    /// <param name="now">When.</param>
    public void Begun(MaintenancePeriod period, ClockReading now)
    {
        log.LogInformation(
            "maintenance of {Of} by {Who} (user {Uid}) for {Minutes:0} min: {Reason}",
            period.Of,
            period.Who,
            period.Uid,
            period.Length.TotalMinutes,
            period.Reason);
        Tell(period.Of, now, "begin", json =>
        {
            json.WriteString("reason", period.Reason);
            json.WriteString("who", period.Who);
            json.WriteNumber("uid", period.Uid);
            json.WriteNumber("for_s", (long)period.Length.TotalSeconds);
        });
    }

    /// <summary>Tells of an end.</summary>
    /// <param name="period">What ended.</param>
    /// <param name="cause">How.</param>
    /// <param name="by">Who ended it, where somebody did.</param>
    /// <param name="now">When.</param>
    public void Ended(MaintenancePeriod period, MaintenanceEnd cause, (string Who, uint Uid)? by, ClockReading now)
    {
        var lasted = period.Length - period.Left(now.BootTime);
        var token = cause switch
        {
            MaintenanceEnd.Off => "off",
            MaintenanceEnd.Time => "time",
            MaintenanceEnd.Config => "config",
            _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Not a defined end."),
        };
        log.LogInformation("maintenance of {Of} is over ({Cause}) after {Minutes:0} min", period.Of, token, lasted.TotalMinutes);
        Tell(period.Of, now, "end", json =>
        {
            json.WriteString("why", token);
            if (by is var (who, uid))
            {
                json.WriteString("who", who);
                json.WriteNumber("uid", uid);
            }

            json.WriteNumber("lasted_s", (long)lasted.TotalSeconds);
        });
    }

    private void Tell(MaintenanceTarget of, ClockReading now, string what, Action<Utf8JsonWriter> write)
    {
        if (!allowances.TryGetValue(of, out var allowance))
        {
            allowances[of] = allowance = new HourlyAllowance();
        }

        var refused = allowance.TakeRefused(now.BootTime);
        if (refused == 0 && !allowance.TryTake(now.BootTime))
        {
            return;
        }

        sink.AppendEvent("maint", of.IsStation ? null : of.Name, now, EventJson.Of(refused, json =>
        {
            json.WriteString("what", what);
            json.WriteString("of", of.Kind);
            json.WriteString("name", of.Name);
            write(json);
        }));
    }
}
