using Microsoft.Data.Sqlite;

namespace PondSentinel.Simulator.Demo;

/// <summary>Counts in the backend's own files what became of a gateway's records: the only ones whose word counts.</summary>
internal static class StoreCount
{
    // Standings up to 15 are losses, beyond are refusals: Ingest/Standing.cs.
    private const int LossMax = 15;

    /// <summary>Counts.</summary>
    /// <param name="folder">The backend's folder; nobody writes there any more.</param>
    /// <param name="epoch">The gateway's epoch.</param>
    /// <returns>Records in the store, and records known to be lost.</returns>
    public static (long Stored, long Lost) Of(string folder, string epoch) =>
        (
            Ask(Path.Combine(folder, "store.db"), "SELECT count(DISTINCT seq) FROM point WHERE ep = $epoch", epoch),
            Ask(
                Path.Combine(folder, "state.db"),
                $"SELECT coalesce(sum(x.last - x.first + 1), 0) FROM ingest_exception x JOIN ingest_epoch e ON e.id = x.epoch WHERE e.epoch = $epoch AND x.standing <= {LossMax}",
                epoch));

    private static long Ask(string file, string question, string epoch)
    {
        var connect = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        using var connection = new SqliteConnection(connect.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The question is one of the two above; what varies is a parameter.
        command.CommandText = question;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$epoch", epoch);
        return (long)command.ExecuteScalar()!;
    }
}
