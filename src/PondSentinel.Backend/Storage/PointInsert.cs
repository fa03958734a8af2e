using Microsoft.Data.Sqlite;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Storage;

/// <summary>The statement that puts points into the embedded store, prepared once for a whole transaction.</summary>
internal sealed class PointInsert : IDisposable
{
    // An original that comes late, or again, must not undo a verdict that was passed on it.
    private const string Sql = """
        INSERT INTO point VALUES ($series, $time, $value, $raw, $lo, $hi, $qc, $seq, $ep, $clk, $cal, $why, $revision)
        ON CONFLICT(series, time_ns) DO UPDATE SET
          value = excluded.value, raw = excluded.raw, lo = excluded.lo, hi = excluded.hi, qc = excluded.qc,
          seq = excluded.seq, ep = excluded.ep, clk = excluded.clk, cal = excluded.cal, why = excluded.why,
          revision = excluded.revision
        WHERE excluded.revision >= revision
        """;

    private static readonly string[] Names =
        ["$series", "$time", "$value", "$raw", "$lo", "$hi", "$qc", "$seq", "$ep", "$clk", "$cal", "$why", "$revision"];

    private readonly SqliteCommand command;

    private PointInsert(SqliteCommand command) => this.command = command;

    /// <summary>Prepares it.</summary>
    public static PointInsert Prepare(SqliteTransaction transaction)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Sql;
        foreach (var name in Names)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return new PointInsert(command);
    }

    /// <summary>Puts a point in.</summary>
    public void Run(long series, Point point)
    {
        ReadOnlySpan<object?> values =
        [
            series, point.TimeNs, point.Value.Value, point.Value.Raw, point.Value.Low, point.Value.High,
            (long)point.Value.Flag, point.Sequence, point.Epoch, point.Clock.Token,
            point.Value.Calibration ?? "", PointText.OfWhy(point.Value.Why), point.IsRevision ? 1L : 0L,
        ];
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public void Dispose() => command.Dispose();
}
