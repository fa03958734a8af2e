using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Backup;

/// <summary>Which files belong to a gateway, and where each of them goes. Both follow from its configuration alone: no backup says where
/// anything is written.</summary>
/// <param name="path">The configuration.</param>
/// <param name="configuration">Its settings.</param>
internal sealed class BackupPlaces(string path, GatewayConfiguration configuration)
{
    /// <summary>Name of the configuration in a backup.</summary>
    public const string ConfigurationName = "gateway.toml";

    /// <summary>What the names of own profiles and of the buffer's files begin with.</summary>
    public const string ProfilesFolder = "profiles/", BufferFolder = "buffer/";

    private const int NameLengthMax = 128;
    private const string CalibrationsFolder = "calibrations/", StateFolder = "state/";

    private string Calibrations => CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id);

    private IReadOnlyDictionary<string, string?> Tls => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["tls/ca"] = configuration.Uplink?.Tls?.Authority,
        ["tls/certificate"] = configuration.Uplink?.Tls?.Certificate,
        ["tls/key"] = configuration.Uplink?.Tls?.Key,
        ["tls/crl"] = configuration.Uplink?.Tls?.RevocationList,
    };

    /// <summary>All files that there are now.</summary>
    /// <param name="withBuffer">Whether the buffer is among them.</param>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read one.</exception>
    public IReadOnlyList<BackupMember> There(bool withBuffer)
    {
        List<string> names = [ConfigurationName, .. Tls.Keys.Where(name => Tls[name] is not null)];
        names.AddRange(In(configuration.Profiles, ProfilesFolder));
        names.AddRange(In(Calibrations, CalibrationsFolder));
        names.AddRange(In(configuration.StateFolder, StateFolder));
        names.AddRange(withBuffer ? In(configuration.Buffer.Folder, BufferFolder) : []);
        return [.. names.Select(Of).OfType<BackupMember>()];
    }

    /// <summary>What a name in a backup means.</summary>
    /// <param name="name">The name, hostile until shown otherwise.</param>
    /// <returns>The file; null where none of this gateway is called so.</returns>
    public BackupMember? Of(string name)
    {
        if (name == ConfigurationName)
        {
            return new BackupMember(BackupPart.Configuration, name, Path.GetFullPath(path));
        }

        if (Tls.TryGetValue(name, out var file))
        {
            return file is null ? null : new BackupMember(BackupPart.Tls, name, Path.GetFullPath(file));
        }

        var begin = name.IndexOf('/', StringComparison.Ordinal) + 1;
        var (folder, part) = name[..begin] switch
        {
            ProfilesFolder => (configuration.Profiles, BackupPart.Profile),
            CalibrationsFolder => (Calibrations, BackupPart.Calibration),
            StateFolder => (configuration.StateFolder, BackupPart.State),
            BufferFolder => (configuration.Buffer.Folder, BackupPart.Buffer),
            _ => ((string?)null, default),
        };
        return folder is not null && name[begin..] is var plain && IsPlain(plain) && IsOf(part, plain)
            ? new BackupMember(part, name, Path.Combine(Path.GetFullPath(folder), plain))
            : null;
    }

    private bool IsOf(BackupPart part, string name) => part switch
    {
        BackupPart.Profile => name.EndsWith(".toml", StringComparison.Ordinal),
        BackupPart.Calibration => CalibrationFile.IsRecord(name) || BrokenOffFile.IsOne(name) || name is CalibrationTold.Name or CalibrationRunFile.Name,
        BackupPart.State => name == $"maintenance-{configuration.Id}.json" || name == $"data-usage-{configuration.Id}.json"
            || (name.StartsWith($"device-{configuration.Id}-", StringComparison.Ordinal) && name.EndsWith(".state", StringComparison.Ordinal)),
        _ => true,
    };

    // Neither another folder nor anything that a shell or a person would take for something else.
    private static bool IsPlain(string name) => name.Length is > 0 and <= NameLengthMax && name[0] != '.'
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');

    private IEnumerable<string> In(string? folder, string prefix) => folder is null || !Directory.Exists(folder)
        ? []
        : Directory.GetFiles(folder).Where(file => new FileInfo(file).LinkTarget is null)
            .Select(file => $"{prefix}{Path.GetFileName(file)}").Where(name => Of(name) is not null).Order(StringComparer.Ordinal);
}
