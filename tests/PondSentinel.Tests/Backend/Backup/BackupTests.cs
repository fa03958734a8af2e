using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.Tests.Backend.Backup;

public sealed class BackupTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string root = Directory.CreateTempSubdirectory("pond-backup").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(root, "backend");

    private string Target => Path.Combine(root, "backup");

    private string Elsewhere => Path.Combine(root, "elsewhere");

    [Fact]
    public async Task What_is_put_back_is_what_was_there_to_the_value()
    {
        await FillAsync(Folder, 300);
        var before = (Store: Rows(Path.Combine(Folder, BackendHost.StoreFile)), State: Rows(Path.Combine(Folder, BackendHost.StateFile)));

        BackupMaker.Make(Folder, null, Target, withArchive: false);
        BackupReturn.Restore(Target, Elsewhere, replace: false, Now);

        Assert.Equal(before.Store, Rows(Path.Combine(Elsewhere, BackendHost.StoreFile)));
        Assert.True(before.Store.Count > 300);
        // The state knows beside it that it was restored.
        Assert.Equal([], before.State.Except(Rows(Path.Combine(Elsewhere, BackendHost.StateFile)), StringComparer.Ordinal));
        Assert.Equal("{\"point\":1}\n", await File.ReadAllTextAsync(Path.Combine(Elsewhere, "dead-letters", "2026-07-01.jsonl"), Cancelled));
    }

    /// <summary>Whoever writes meanwhile is not held up, and what is not committed is not in it.</summary>
    [Fact]
    public async Task Backup_of_a_backend_that_writes_has_what_was_committed()
    {
        await FillAsync(Folder, 10);
        List<string> committed;
        using (var writer = SqliteFile.Open(Path.Combine(Folder, BackendHost.StoreFile)))
        {
            // Committed, and as long as somebody has the file open still in SQLite's log beside it.
            using (var done = writer.BeginTransaction())
            {
                done.Execute("UPDATE point SET value = 17 WHERE seq = 3");
                done.Commit();
            }

            committed = Rows(Path.Combine(Folder, BackendHost.StoreFile));
            using var open = writer.BeginTransaction();
            open.Execute("DELETE FROM point");
            BackupMaker.Make(Folder, null, Target, withArchive: false);
            open.Commit();
        }

        BackupReturn.Restore(Target, Elsewhere, replace: false, Now);
        Assert.Equal(committed, Rows(Path.Combine(Elsewhere, BackendHost.StoreFile)));
    }

    [Fact]
    public async Task Restored_state_asks_gateways_for_what_it_lacks()
    {
        await FillAsync(Folder, 1);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        var (generation, _) = BackupReturn.Restore(Target, Elsewhere, replace: false, Now);
        Assert.True(generation > new StateDatabase(Path.Combine(Folder, BackendHost.StateFile)).CreatedMs);
    }

    [Theory]
    [InlineData(BackendHost.StateFile)]
    [InlineData(BackendHost.StoreFile)]
    [InlineData("dead-letters/2026-07-01.jsonl")]
    public async Task Backup_that_was_changed_is_refused_and_touches_nothing(string file)
    {
        await FillAsync(Folder, 10);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Target, file), Cancelled);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(Target, file), bytes, Cancelled);

        var refused = Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: false, Now));
        Assert.Equal($"{Path.Combine(Target, file)} is not what was backed up: its check sum is another. Take another backup.", refused.Message);
        Assert.False(Directory.Exists(Elsewhere));
    }

    [Fact]
    public async Task Backup_that_was_never_finished_is_none()
    {
        await FillAsync(Folder, 1);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        File.Delete(Path.Combine(Target, BackupSums.FileName));
        Assert.Equal(
            $"{Target} is no finished backup: it has no SHA256SUMS. Take another one.",
            Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: false, Now)).Message);
    }

    [Fact]
    public void Backup_that_is_not_there_is_said_not_to_be() => Assert.Equal(
        $"There is no folder {Target}. Name the one that pond-backend backup made.",
        Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: false, Now)).Message);

    [Theory]
    [InlineData("../state.db")]
    [InlineData("/etc/passwd")]
    public async Task Backup_reaches_nothing_outside_of_itself(string file)
    {
        await FillAsync(Folder, 1);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        await File.AppendAllTextAsync(Path.Combine(Target, BackupSums.FileName), $"{new string('0', 64)}  {file}\n", Cancelled);
        Assert.EndsWith(
            "no check sum and file. Take another backup.",
            Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: false, Now)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_is_replaced_only_where_somebody_says_so_and_then_moved_aside()
    {
        await FillAsync(Folder, 5);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        await FillAsync(Folder, 9);
        var newer = Rows(Path.Combine(Folder, BackendHost.StoreFile));

        Assert.Contains("--replace", Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Folder, replace: false, Now)).Message, StringComparison.Ordinal);
        Assert.Equal(newer, Rows(Path.Combine(Folder, BackendHost.StoreFile)));

        var (_, aside) = BackupReturn.Restore(Target, Folder, replace: true, Now);
        Assert.Equal(newer, Rows(Path.Combine(aside!, BackendHost.StoreFile)));
        Assert.True(Rows(Path.Combine(Folder, BackendHost.StoreFile)).Count < newer.Count);
    }

    [Fact]
    public async Task Backup_within_the_folder_itself_is_none()
    {
        await FillAsync(Folder, 1);
        Assert.StartsWith(
            $"{Path.Combine(Folder, "backup")} lies in what is backed up",
            Assert.Throws<IOException>(() => BackupMaker.Make(Folder, null, Path.Combine(Folder, "backup"), withArchive: false)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_put_back_under_a_backend_that_runs()
    {
        await FillAsync(Folder, 1);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        using var running = FolderClaim.Take(Elsewhere);
        Assert.StartsWith(
            "Another pond-backend uses the folder",
            Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: true, Now)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_verbs_work_from_the_command_line_and_keep_the_configuration()
    {
        await FillAsync(Folder, 3);
        Directory.CreateDirectory(Path.Combine(Folder, "archive"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "archive", "2026-07-01.jsonl"), "raw\n", Cancelled);
        var configuration = Path.Combine(root, "backend.toml");
        await File.WriteAllTextAsync(configuration, $"[backend]\nid = \"b1\"\nfolder = \"{Folder}\"\n", Cancelled);

        Assert.Equal(0, await BackendCommandLine.InvokeAsync(["backup", Target, "--config", configuration]));
        Assert.Equal(await File.ReadAllTextAsync(configuration, Cancelled), await File.ReadAllTextAsync(Path.Combine(Target, "backend.toml"), Cancelled));
        Assert.False(Directory.Exists(Path.Combine(Target, "archive")));
        Assert.Equal(1, await BackendCommandLine.InvokeAsync(["backup", Target, "--config", configuration]));
        Assert.Equal(0, await BackendCommandLine.InvokeAsync(["backup", Target + "-all", "--config", configuration, "--archive"]));
        Assert.True(File.Exists(Path.Combine(Target + "-all", "archive", "2026-07-01.jsonl")));
        Assert.Equal(1, await BackendCommandLine.InvokeAsync(["restore", Target, "--config", configuration]));
        Assert.Equal(0, await BackendCommandLine.InvokeAsync(["restore", Target, "--config", configuration, "--folder", Elsewhere]));
        Assert.False(File.Exists(Path.Combine(Elsewhere, "backend.toml")));
        Assert.Equal(2, await BackendCommandLine.InvokeAsync(["copy-store", "--config", configuration]));
    }

    private static async Task FillAsync(string folder, int points)
    {
        var state = new StateDatabase(Path.Combine(folder, BackendHost.StateFile));
        using (var connection = state.Connect())
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            transaction.Commit();
        }

        await using var store = new EmbeddedStore(Path.Combine(folder, BackendHost.StoreFile));
        Assert.Empty(await store.WriteAsync(
            [.. Enumerable.Range(0, points).Select(i => MeasurementStoreContract.PointOf(i, Math.Sin(i)) with { Station = $"s{i % 3}" })], Cancelled));
        Directory.CreateDirectory(Path.Combine(folder, "dead-letters"));
        await File.WriteAllTextAsync(Path.Combine(folder, "dead-letters", "2026-07-01.jsonl"), "{\"point\":1}\n", Cancelled);
    }

    // Every row of every table, as text to the last digit.
    private static List<string> Rows(string path)
    {
        using var connection = SqliteFile.Open(path);
        using var transaction = connection.BeginTransaction(deferred: true);
        return
        [
            .. transaction.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", reader => reader.GetString(0))
                .SelectMany(table => transaction.Query($"SELECT * FROM {table}", reader => Text(table, reader))).Order(StringComparer.Ordinal),
        ];
    }

    private static string Text(string table, SqliteDataReader reader)
    {
        var cells = new object[reader.FieldCount];
        reader.GetValues(cells);
        return $"{table}: {string.Join('|', cells.Select(cell => cell is double number ? number.ToString("R", CultureInfo.InvariantCulture) : Convert.ToString(cell, CultureInfo.InvariantCulture)))}";
    }
}
