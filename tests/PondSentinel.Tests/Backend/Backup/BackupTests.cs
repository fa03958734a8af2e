using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
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

    /// <summary>A night that broke off, by whatever, must not be the last of its weekday.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("SHA256SUMS.partial,state.db", false)]
    [InlineData("SHA256SUMS,state.db", false)]
    [InlineData("SHA256SUMS.partial,state.db", true)]
    public async Task What_a_run_has_left_that_broke_off_is_taken_away(string left, bool isHeld)
    {
        await FillAsync(Folder, 3);
        Directory.CreateDirectory(Target + ".partial");
        await File.WriteAllTextAsync(Target + ".lock", "", Cancelled);
        foreach (var name in left.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            await File.WriteAllTextAsync(Path.Combine(Target + ".partial", name), "half", Cancelled);
        }

        using (isHeld ? new FileStream(Target + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None) : Stream.Null)
        {
            if (isHeld)
            {
                Assert.Equal(
                    $"Another pond-backend makes a backup at {Target}. Wait for it, or name another target.",
                    Assert.Throws<IOException>(() => BackupMaker.Make(Folder, null, Target, withArchive: false)).Message);
                Assert.True(File.Exists(Path.Combine(Target + ".partial", "state.db")));
                return;
            }

            BackupMaker.Make(Folder, null, Target, withArchive: false);
        }

        Assert.Equal([Folder, Target], Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
        BackupReturn.Restore(Target, Elsewhere, replace: false, Now);
    }

    [Fact]
    public async Task Folder_of_somebody_is_never_deleted_whatever_its_name()
    {
        await FillAsync(Folder, 1);
        foreach (var foreign in new[] { Target, Target + ".partial", Target + ".old" })
        {
            if (foreign.EndsWith(".old", StringComparison.Ordinal))
            {
                BackupMaker.Make(Folder, null, Target, withArchive: false);
            }

            Directory.CreateDirectory(foreign);
            await File.WriteAllTextAsync(Path.Combine(foreign, "mine"), "", Cancelled);

            Assert.Equal(
                $"{foreign} is there already and is no backup. Name another, or remove it.",
                Assert.Throws<IOException>(() => BackupMaker.Make(Folder, null, Target, withArchive: false, replace: true)).Message);
            Assert.True(File.Exists(Path.Combine(foreign, "mine")));
            Directory.Delete(foreign, recursive: true);
        }
    }

    /// <summary>As most folders of what was downloaded have it.</summary>
    [Fact]
    public async Task Sums_alone_make_no_backup_of_a_folder_of_somebody()
    {
        await FillAsync(Folder, 1);
        Directory.CreateDirectory(Target);
        foreach (var name in new[] { "debian.iso", BackupSums.FileName })
        {
            await File.WriteAllTextAsync(Path.Combine(Target, name), "mine", Cancelled);
        }

        Assert.Equal(
            $"{Target} is there already and is no backup. Name another, or remove it.",
            Assert.Throws<IOException>(() => BackupMaker.Make(Folder, null, Target, withArchive: false, replace: true)).Message);
        Assert.Equal(2, Directory.EnumerateFiles(Target).Count());
    }

    [Fact]
    public async Task Backup_replaces_the_one_before_it_once_it_is_whole()
    {
        await FillAsync(Folder, 5);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        await FillAsync(Folder, 9);
        Assert.EndsWith(
            "is there already. Name another, remove it, or say --replace.",
            Assert.Throws<IOException>(() => BackupMaker.Make(Folder, null, Target, withArchive: false)).Message,
            StringComparison.Ordinal);

        // One that cannot be made leaves the one before, and nothing of itself.
        Assert.ThrowsAny<IOException>(() => BackupMaker.Make(Folder, Path.Combine(root, "no-such.toml"), Target, withArchive: false, replace: true));
        Assert.Equal([Folder, Target], Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
        Assert.Equal(5, StoredIn(Target));

        BackupMaker.Make(Folder, null, Target, withArchive: false, replace: true);
        Assert.Equal([Folder, Target], Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
        Assert.Equal(9, StoredIn(Target));
    }

    /// <summary>As on a disk of its own.</summary>
    [Fact]
    public async Task What_the_file_system_keeps_for_itself_is_neither_backed_up_nor_in_the_way()
    {
        await FillAsync(Folder, 3);
        foreach (var folder in new[] { Folder, Elsewhere })
        {
            Directory.CreateDirectory(Path.Combine(folder, "lost+found"));
            await File.WriteAllTextAsync(Path.Combine(folder, "lost+found", "#12"), "", Cancelled);
        }

        BackupMaker.Make(Folder, null, Target, withArchive: false);
        BackupReturn.Restore(Target, Elsewhere, replace: false, Now);

        Assert.False(Directory.Exists(Path.Combine(Target, "lost+found")));
        Assert.True(File.Exists(Path.Combine(Elsewhere, "lost+found", "#12")));
    }

    [Fact]
    public async Task Restore_that_cannot_be_done_leaves_what_was_there()
    {
        await FillAsync(Folder, 5);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        await FillAsync(Elsewhere, 7);
        var before = Directory.EnumerateFileSystemEntries(Elsewhere, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();

        // Of another version: it is found out when the state is told that it was restored.
        using (var state = new StateDatabase(Path.Combine(Target, BackendHost.StateFile)).Connect())
        using (var transaction = state.BeginTransaction())
        {
            transaction.Execute("PRAGMA user_version = 99");
            transaction.Commit();
        }

        File.Delete(Path.Combine(Target, BackupSums.FileName));
        BackupSums.Write(Target, [BackendHost.StateFile, BackendHost.StoreFile]);

        Assert.Contains("has form 99", Assert.Throws<IOException>(() => BackupReturn.Restore(Target, Elsewhere, replace: true, Now)).Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(Elsewhere, "*", SearchOption.AllDirectories).Where(entry => !entry.EndsWith(FolderClaim.FileName, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(7, StoredIn(Elsewhere));
    }

    [Fact]
    public async Task Folder_that_a_restore_has_left_without_a_state_starts_no_backend_and_can_be_restored()
    {
        await FillAsync(Folder, 5);
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        Directory.CreateDirectory(Path.Combine(Elsewhere, "restoring"));
        await File.WriteAllTextAsync(Path.Combine(Elsewhere, "restoring", BackendHost.StateFile), "half", Cancelled);

        var refused = await Assert.ThrowsAsync<IOException>(() => BackendHost.RunAsync(
            new BackendConfiguration { Id = "b1", Folder = Elsewhere }, new BackendHostOptions { Loggers = NullLoggerFactory.Instance }, Cancelled));
        Assert.StartsWith($"A restore into {Elsewhere} broke off. Do it again: pond-backend restore BACKUP --replace.", refused.Message, StringComparison.Ordinal);

        BackupReturn.Restore(Target, Elsewhere, replace: false, Now);
        Assert.Equal(5, StoredIn(Elsewhere));
        Assert.False(Directory.Exists(Path.Combine(Elsewhere, "restoring")));
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
        Assert.Equal(0, await BackendCommandLine.InvokeAsync(["backup", Target, "--config", configuration, "--replace"]));
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

    private static int StoredIn(string folder) =>
        Rows(Path.Combine(folder, BackendHost.StoreFile)).Count(row => row.StartsWith("point:", StringComparison.Ordinal));

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
