using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>When channels were last calibrated, by the records that ingest keeps of every gateway.</summary>
/// <remarks>Read once of a gateway and again after each of its calibrations. Ingest enters a record before it tells of it, so what is
/// read holds it; where that transaction is lost the record comes again, and is read again. Thread-safe.</remarks>
internal sealed class CalibrationDates
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<(string Device, string Channel), DateTimeOffset>> byGateway =
        new(StringComparer.Ordinal);

    /// <summary>Takes note of an event: after a calibration the records are read again.</summary>
    /// <param name="gateway">Its gateway.</param>
    /// <param name="message">The event.</param>
    public void Note(string gateway, EventMessage message)
    {
        if (CalibrationTable.Holds(message))
        {
            byGateway.TryRemove(gateway, out _);
        }
    }

    /// <summary>When a channel was last calibrated with success; null where no record says so.</summary>
    /// <param name="transaction">The engine's transaction.</param>
    /// <param name="subject">The channel.</param>
    public DateTimeOffset? Of(SqliteTransaction transaction, AlertSubject subject)
    {
        if (!byGateway.TryGetValue(subject.Gateway, out var dates))
        {
            byGateway[subject.Gateway] = dates = new CalibrationTable(transaction).LastAccepted(subject.Gateway);
        }

        return dates.TryGetValue((subject.Device, subject.Channel), out var at) ? at : null;
    }
}
