using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Calibration;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>What is known of the calibrations of a gateway's channels.</summary>
/// <param name="Accepted">The record that came last of those that were accepted.</param>
/// <param name="FirstDueMs">When channels are due that never were calibrated: UTC ms since 1970.</param>
internal sealed record GatewayCalibrations(
    IReadOnlyDictionary<(string Device, string Channel), CalibrationRecord> Accepted,
    IReadOnlyDictionary<(string Device, string Channel), long> FirstDueMs);

/// <summary>When channels were last calibrated and when they are to be, by the records that ingest keeps of every gateway.</summary>
/// <remarks>Read once of a gateway and again after each of its calibrations. Ingest enters a record before it tells of it, so what is
/// read holds it; where that transaction is lost the record comes again, and is read again. Thread-safe.</remarks>
internal sealed class CalibrationDates
{
    private readonly ConcurrentDictionary<string, GatewayCalibrations> byGateway = new(StringComparer.Ordinal);

    /// <summary>Takes note of an event: after one about calibrations they are read again.</summary>
    /// <param name="transaction">The transaction that settles it.</param>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="message">The event.</param>
    public void Note(SqliteTransaction transaction, string gateway, EventMessage message)
    {
        if (new FirstCalibrations(transaction).Note(gateway, message))
        {
            byGateway.TryRemove(gateway, out _);
        }
    }

    /// <summary>When a channel was last calibrated with success; null where no record says so, or one that no calendar has.</summary>
    /// <param name="transaction">The engine's transaction.</param>
    /// <param name="subject">The channel.</param>
    public DateTimeOffset? Of(SqliteTransaction transaction, AlertSubject subject) =>
        Of(transaction, subject.Gateway).Accepted.GetValueOrDefault((subject.Device, subject.Channel)) is { } record
            && record.TimeMs >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && record.TimeMs <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(record.TimeMs)
            : null;

    /// <summary>What is known of a gateway's channels.</summary>
    /// <param name="transaction">The engine's transaction.</param>
    /// <param name="gateway">The gateway.</param>
    public GatewayCalibrations Of(SqliteTransaction transaction, string gateway)
    {
        if (!byGateway.TryGetValue(gateway, out var known))
        {
            byGateway[gateway] = known = new GatewayCalibrations(
                new CalibrationTable(transaction).LastAccepted(gateway), new FirstCalibrations(transaction).DueMs(gateway));
        }

        return known;
    }
}
