using PondSentinel.Backend;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.SystemTests.Backup;

/// <summary>A backend's folder whose state and files bear a mark, by which it is known which of several they are.</summary>
internal static class MarkedFolder
{
    private const string DeadLetters = "dead-letters";
    private const string Day = "2026-07-01.jsonl";

    /// <summary>Makes one.</summary>
    public static void Fill(string folder, string mark)
    {
        using (var connection = StateIn(folder).Connect())
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            transaction.Execute("CREATE TABLE mark(text TEXT NOT NULL) STRICT");
            transaction.Execute("INSERT INTO mark VALUES ('')");
            transaction.Commit();
        }

        SqliteFile.Open(Path.Combine(folder, BackendHost.StoreFile)).Dispose();
        Mark(folder, mark);
    }

    /// <summary>Gives it another mark.</summary>
    public static void Mark(string folder, string mark)
    {
        using var connection = StateIn(folder).Connect();
        using var transaction = connection.BeginTransaction();
        transaction.Execute("UPDATE mark SET text = $mark", ("$mark", mark));
        transaction.Commit();
        Directory.CreateDirectory(Path.Combine(folder, DeadLetters));
        File.WriteAllText(Path.Combine(folder, DeadLetters, Day), mark);
    }

    /// <summary>Which it is, and whether its state knows that it was restored; nothing where it has no state.</summary>
    public static (string? Mark, bool IsRestored) StateOf(string folder)
    {
        var state = ReadState(folder);
        Assert.True(state == default || state.Mark == File.ReadAllText(Path.Combine(folder, DeadLetters, Day)), $"{folder} has files of another than {state}");
        return state;
    }

    /// <summary>The same of whatever states were moved aside in it; files may not have followed yet.</summary>
    public static IEnumerable<(string? Mark, bool IsRestored)> Aside(string folder) =>
        Directory.EnumerateDirectories(folder, "before-restore-*").Select(ReadState);

    /// <summary>Which one a backup makes.</summary>
    public static string? Restored(string backup)
    {
        var folder = Directory.CreateTempSubdirectory("pond-restored-").FullName;
        try
        {
            BackupReturn.Restore(backup, folder, replace: false, DateTimeOffset.UnixEpoch);
            return StateOf(folder).Mark;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string? Mark, bool IsRestored) ReadState(string folder)
    {
        if (!File.Exists(Path.Combine(folder, BackendHost.StateFile)))
        {
            return default;
        }

        using var connection = StateIn(folder).Connect();
        using var transaction = connection.BeginTransaction();
        return (
            transaction.Query("SELECT text FROM mark", reader => reader.GetString(0)).Single(),
            transaction.Query("SELECT count(*) FROM ingest_generation", reader => reader.GetInt64(0)).Single() > 0);
    }

    private static StateDatabase StateIn(string folder) => new(Path.Combine(folder, BackendHost.StateFile));
}
