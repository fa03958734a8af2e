using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Retention;

/// <summary>Notes which means have to be made, in the transaction that settles the records.</summary>
/// <param name="grid">The calendar.</param>
internal sealed class MeanMarks(DayGrid grid) : IIngestObserver
{
    /// <summary>Times further than this from 1970, ns, have no means: 250 years, so that what is computed with them has room.</summary>
    public const long TimeNsMax = 7_900_000_000_000_000_000;

    private const long HourMs = 3_600_000;

    /// <summary>Creates the tables.</summary>
    /// <param name="connection">The state database, before ingest starts.</param>
    public static void Open(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        new RetentionTables(transaction).Create();
        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        foreach (var series in points.GroupBy(SeriesKey.Of, point => point.TimeNs))
        {
            Mark(transaction, series.Key, series);
        }
    }

    /// <summary>Notes that the means of points have to be made: they came, or were computed anew.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="series">Their series.</param>
    /// <param name="timesNs">Their keys in time.</param>
    public void Mark(SqliteTransaction transaction, SeriesKey series, IEnumerable<long> timesNs)
    {
        var tables = new RetentionTables(transaction);
        foreach (var hour in timesNs.Where(time => time is > -TimeNsMax and < TimeNsMax).Select(time => HourOf(Point.MsOf(time))).Distinct())
        {
            tables.Mark(series, hour);
        }
    }

    /// <inheritdoc/>
    public void Committed()
    {
    }

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state)
    {
    }

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
    {
    }

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
    {
    }

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
    }

    private long HourOf(long timeMs) => (Slots.Floor(timeMs + grid.OffsetMs, HourMs) * HourMs) - grid.OffsetMs;
}
