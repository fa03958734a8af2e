using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>What a configuration says, setting by setting and apart from how it is laid out: to hold one against another.</summary>
/// <remarks>An own profile counts as a setting of its own, <c>profile ID</c>, whose value is a digest of its text: what it says is as much
/// a part of how a device is read as the device's section.</remarks>
public sealed class SettingsList
{
    private readonly Dictionary<string, string> values;

    private SettingsList(IReadOnlyList<TomlSetting> all)
    {
        All = all;
        values = all.ToDictionary(setting => setting.Path, setting => setting.Value, StringComparer.Ordinal);
    }

    /// <summary>A configuration without a setting.</summary>
    public static SettingsList Empty { get; } = new([]);

    /// <summary>The settings, in the file's order.</summary>
    public IReadOnlyList<TomlSetting> All { get; }

    /// <summary>The settings of a file.</summary>
    /// <param name="settings">What stands in it.</param>
    /// <param name="profiles">Digests of the own profiles, by id.</param>
    public static SettingsList Of(IEnumerable<TomlSetting> settings, IReadOnlyDictionary<string, string> profiles) => new(
    [
        // A file with a mistake may have a name twice.
        .. settings.Concat(profiles.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new TomlSetting($"profile {pair.Key}", pair.Value)))
            .DistinctBy(setting => setting.Path, StringComparer.Ordinal),
    ]);

    /// <summary>What a setting says; null where it is left out.</summary>
    /// <param name="path">The setting.</param>
    public string? Of(string path) => values.GetValueOrDefault(path);

    /// <summary>These settings, but for some of which others have the say.</summary>
    /// <param name="isOfOthers">Whether a setting is one of them.</param>
    /// <param name="others">What they say.</param>
    public SettingsList With(Func<string, bool> isOfOthers, SettingsList others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new SettingsList(
        [
            .. All.Where(setting => !isOfOthers(setting.Path)),
            .. others.All.Where(setting => isOfOthers(setting.Path)),
        ]);
    }

    /// <summary>The section of the top that a setting belongs to: <c>uplink</c>, <c>device pond-ph</c>.</summary>
    /// <param name="path">The setting.</param>
    public static string GroupOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.IndexOf('.', StringComparison.Ordinal) is var end and >= 0 ? path[..end] : path;
    }
}
