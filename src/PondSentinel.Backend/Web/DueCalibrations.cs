using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Calibration;

namespace PondSentinel.Backend.Web;

/// <summary>Which calibrations are due, by what the newest accepted one of each channel says: whoever drives out takes the solutions
/// along.</summary>
/// <remarks>Read again once a minute at most. Thread-safe.</remarks>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
internal sealed class DueCalibrations(Func<SqliteConnection> open, TimeProvider time)
{
    /// <summary>How long before it is due a calibration is told of.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(14);

    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private IReadOnlyList<(string Gateway, CalibrationRecord Record)> known = [];
    private DateTimeOffset? readAt;

    /// <summary>Gateway and newest accepted record of each channel whose next calibration is due by then, the one that is due first first.
    /// Where the database cannot be read it is what was read last: ingest says what is wrong with it.</summary>
    public IReadOnlyList<(string Gateway, CalibrationRecord Record)> Soon
    {
        get
        {
            var now = time.GetUtcNow();
            lock (gate)
            {
                if (readAt is null || now - readAt >= ReadEvery)
                {
                    (known, readAt) = (Read(), now);
                }

                var before = (now + Ahead).ToUnixTimeMilliseconds();
                return [.. known.Where(due => due.Record.DueMs < before)];
            }
        }
    }

    private IReadOnlyList<(string Gateway, CalibrationRecord Record)> Read()
    {
        try
        {
            using var connection = open();
            using var transaction = connection.BeginTransaction(deferred: true);
            return [.. new CalibrationTable(transaction).Newest().Where(newest => newest.Record.DueMs is not null).OrderBy(newest => newest.Record.DueMs)];
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return known;
        }
    }
}
