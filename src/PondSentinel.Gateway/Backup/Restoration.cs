using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Backup;

/// <summary>Puts what is in a backup in its places on this machine. All is checked before anything is touched.</summary>
/// <remarks>Each file is written beside its place, made durable, and put there; the configuration last, so that a machine whose power goes in
/// the middle has none and is restored again. What stands there already is left alone unless its owner says otherwise.</remarks>
internal sealed class Restoration
{
    /// <summary>Where a package keeps what a gateway remembers.</summary>
    public const string UsualState = "/var/lib/pondsentinel";

    private readonly BackupArchive archive;
    private readonly string path;
    private readonly GatewayConfiguration configuration;

    /// <summary>Checks a backup against a machine.</summary>
    /// <param name="archive">The backup.</param>
    /// <param name="path">Where its configuration goes.</param>
    /// <param name="anywhere">Whether it may write outside of the configuration's folder and <see cref="UsualState"/>.</param>
    /// <exception cref="BackupRefusedException">It is not to be restored here.</exception>
    public Restoration(BackupArchive archive, string path, bool anywhere)
    {
        (this.archive, this.path) = (archive, Path.GetFullPath(path));
        configuration = Settings();
        var places = new BackupPlaces(path, configuration);
        Files =
        [
            .. archive.Manifest.Entries.Select(entry => places.Of(entry.Name)
                ?? throw BackupRefusedException.Foreign($"{entry.Name} is none of the files of gateway {configuration.Id}")),
        ];
        string[] roots = [Path.GetDirectoryName(this.path) ?? "/", UsualState];
        if (!anywhere && Files.FirstOrDefault(file => !roots.Any(root => IsBelow(file.Path, root))) is { } outside)
        {
            throw new BackupRefusedException(
                $"it would write {outside.Path}, which is neither below {roots[0]} nor below {UsualState}; where you trust it add --anywhere");
        }

        if (Files.Select(file => Path.GetDirectoryName(file.Path)!).Distinct(StringComparer.Ordinal).FirstOrDefault(folder => new DirectoryInfo(folder).LinkTarget is not null) is { } link)
        {
            throw new BackupRefusedException($"{link} is a link: put a folder in its place");
        }
    }

    /// <summary>What is written, and where.</summary>
    public IReadOnlyList<BackupMember> Files { get; }

    /// <summary>What stands there already and would be replaced.</summary>
    public IReadOnlyList<BackupMember> Replaced => [.. Files.Where(file => Path.Exists(file.Path))];

    /// <summary>Restores it.</summary>
    /// <param name="replace">Whether what stands there already is replaced.</param>
    /// <param name="begun">Told before the first change.</param>
    /// <exception cref="BackupRefusedException">Something stands there, or a gateway runs.</exception>
    /// <exception cref="IOException">A folder does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public void Restore(bool replace, Action begun)
    {
        if (!replace && Replaced is { Count: > 0 } there)
        {
            throw new BackupRefusedException(
                $"{there[0].Path}{(there.Count > 1 ? FormattableString.Invariant($" and {there.Count - 1} more are") : " is")} there already, and nothing is overwritten; to replace them add --replace");
        }

        var buffer = configuration.Buffer.Folder;
        if (Files.Any(file => file.Part == BackupPart.Buffer) && Directory.Exists(buffer) && Directory.EnumerateFileSystemEntries(buffer).Any())
        {
            throw new BackupRefusedException($"{buffer} holds a buffer, and two of them cannot be made one: move it away first");
        }

        using var claim = Claim(buffer);
        using var present = GatewayConfigurationFile.Load(path).Configuration is { } other && other.Buffer.Folder != buffer ? Claim(other.Buffer.Folder) : null;
        begun();
        foreach (var file in Files.Where(file => file.Part != BackupPart.Configuration))
        {
            Write(file);
        }

        Make(Path.GetDirectoryName(path)!);
        new ConfigurationPlace(path).Replace(archive.Text(BackupPlaces.ConfigurationName)!);
    }

    private GatewayConfiguration Settings()
    {
        if (archive.Text(BackupPlaces.ConfigurationName) is not { } text)
        {
            throw BackupRefusedException.Foreign("it has no configuration");
        }

        var profiles = archive.Manifest.Entries.Where(entry => entry.Name.StartsWith(BackupPlaces.ProfilesFolder, StringComparison.Ordinal)
                && entry.Name.EndsWith(".toml", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name[BackupPlaces.ProfilesFolder.Length..], entry => archive.Text(entry.Name) ?? "", StringComparer.Ordinal);
        var loaded = GatewayConfigurationFile.Read(BackupPlaces.ConfigurationName, text, SensorCatalogue.Models, profiles);
        return loaded.Configuration is not { } settings
            ? throw new BackupRefusedException($"its configuration cannot be used: {string.Join("; ", loaded.Problems.Take(3))}; restore it with the pond-gateway that made it, or unpack it with tar and mend that")
            : settings.Id != archive.Manifest.Gateway
                ? throw BackupRefusedException.Foreign($"its manifest is of {archive.Manifest.Gateway} and its configuration of {settings.Id}")
                : settings;
    }

    private static bool IsBelow(string file, string folder) =>
        file.StartsWith(folder.EndsWith('/') ? folder : $"{folder}/", StringComparison.Ordinal);

    // A gateway that runs would go on by what it remembers, and write that over what is restored.
    private static IDisposable? Claim(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        try
        {
            return LinuxCard.ToRead(folder).Claim();
        }
        catch (IOException e) when (LinuxCard.IsInUse(e))
        {
            throw new BackupRefusedException($"pond-gateway runs with {folder}: stop it first, systemctl stop pond-gateway");
        }
    }

    private void Write(BackupMember file)
    {
        var folder = Path.GetDirectoryName(file.Path)!;
        Make(folder);
        var beside = $"{file.Path}.restore";

        // Not what somebody put in the way: a link would lead elsewhere.
        File.Delete(beside);
        using (var written = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
        {
            FolderOwner.Give(beside);
            FileRights.MakeShared(beside);
            archive.Write(file.Name, written);
            written.Flush(flushToDisk: true);
        }

        File.Move(beside, file.Path, overwrite: true);
        LinuxCard.ToRead(folder).SyncFolder();
    }

    // From the top, so that each belongs to whoever has the one above.
    private static void Make(string folder)
    {
        if (!Directory.Exists(folder))
        {
            Make(Path.GetDirectoryName(folder) ?? "/");
            Directory.CreateDirectory(folder);
            FolderOwner.Give(folder);
        }
    }
}
