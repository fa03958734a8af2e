using PondSentinel.Backend.Backup;
using PondSentinel.SystemTests.Buffering;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Backup;

/// <summary>The real program, as cron and as people at the machine run it.</summary>
public sealed class BackupProcessTests : IDisposable
{
    // nobody, on all machines that have the user.
    private const string User = "65534";

    private readonly string root = Directory.CreateTempSubdirectory("pond-backup-").FullName;

    private static string Program => Built.Program("PondSentinel.Backend", "pond-backend");

    private string Folder => Path.Combine(root, "backend");

    private string Target => Path.Combine(root, "backup");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("fsync", 2)]
    [InlineData("/rename", 3)]
    public async Task Night_after_one_in_which_the_backup_was_killed_has_a_backup(string call, int which)
    {
        MarkedFolder.Fill(Folder, "first");
        string[] line = ["dotnet", Program, "backup", Target, "--folder", Folder, "--replace"];
        await Command.RunAsync(line[0], line[1..]);
        MarkedFolder.Mark(Folder, "second");

        var killed = Strace.Killing(call, which).Concat(line).ToList();
        var (code, output, _) = await Command.TryAsync(killed[0], killed.Skip(1));
        Assert.True(code == 137, $"It was not killed: {code} {output}");

        await Command.RunAsync(line[0], line[1..]);
        Assert.Equal("second", MarkedFolder.Restored(Target));
        Assert.Equal([Folder, Target], Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
    }

    /// <summary>One that root began in the folder of the nightly ones must not end those.</summary>
    [Fact]
    public async Task Night_of_the_service_after_root_was_killed_in_a_backup_has_a_backup()
    {
        await Command.RunAsync("chmod", "755", root);
        MarkedFolder.Fill(Folder, "first");
        await Command.RunAsync("chown", "--recursive", $"{User}:{User}", root);
        string[] line = ["dotnet", Program, "backup", Target, "--folder", Folder, "--replace"];

        // All is copied, and the sums are about to get their name.
        var killed = Strace.Killing("/rename", 1).Concat(line).ToList();
        var (code, output, _) = await Command.TryAsync(killed[0], killed.Skip(1));
        Assert.True(code == 137, $"It was not killed: {code} {output}");
        Assert.True(Directory.Exists(Path.Combine(Target + ".partial", "dead-letters")));

        await Command.RunAsync("setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", .. line]);
        Assert.Equal("first", MarkedFolder.Restored(Target));
        Assert.Equal([Folder, Target], Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal));
    }

    /// <summary>A backup that root has made can be read by nobody else: root puts it back, and the backend is not root.</summary>
    [Fact]
    public async Task What_root_puts_back_is_of_who_has_the_folder()
    {
        await Command.RunAsync("chmod", "755", root);
        MarkedFolder.Fill(Folder, "first");
        BackupMaker.Make(Folder, null, Target, withArchive: false);
        await Command.RunAsync("chown", "--recursive", $"{User}:{User}", Folder);

        await Command.RunAsync("dotnet", Program, "restore", Target, "--folder", Folder, "--replace");

        Assert.Equal("", await Command.RunAsync("find", Folder, "!", "-user", User, "-o", "!", "-group", User));
        Assert.Equal("600\n", await Command.RunAsync("stat", "-c", "%a", Path.Combine(Folder, "state.db")));
        await Command.RunAsync("setpriv", $"--reuid={User}", $"--regid={User}", "--clear-groups", "dotnet", Program, "restored", "--folder", Folder);
        Assert.Equal(("first", true), MarkedFolder.StateOf(Folder));
    }
}
