using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>A setting that differs.</summary>
/// <param name="Path">Which.</param>
/// <param name="Old">What it said; null where it was left out.</param>
/// <param name="New">What it says; null where it is left out.</param>
public readonly record struct SettingChange(string Path, string? Old, string? New)
{
    private const string NotShown = "(not shown)";

    // What opens a door is neither printed nor journalled.
    private static readonly HashSet<string> Secrets = new(StringComparer.Ordinal) { "password" };

    /// <summary>The section of the top that it belongs to.</summary>
    public string Group => SettingsList.GroupOf(Path);

    /// <summary>What it said, for people; never a secret.</summary>
    public string? OldShown => Shown(Old);

    /// <summary>What it says, for people; never a secret.</summary>
    public string? NewShown => Shown(New);

    /// <summary>For people: a line for what is no more, and one for what is new.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            if (OldShown is { } old)
            {
                yield return $"- {Path} = {old}";
            }

            if (NewShown is { } now)
            {
                yield return $"+ {Path} = {now}";
            }
        }
    }

    private string? Shown(string? value) =>
        value is not null && Secrets.Contains(Path[(Path.LastIndexOf('.') + 1)..]) ? NotShown : value;
}

/// <summary>What differs between two configurations, setting by setting.</summary>
public static class SettingsDifference
{
    /// <summary>What differs: what is changed or new in the order of the new one, then what is no more in the order of the old.</summary>
    /// <param name="old">The old settings.</param>
    /// <param name="now">The new ones.</param>
    public static IReadOnlyList<SettingChange> Of(SettingsList old, SettingsList now)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(now);
        IEnumerable<TomlSetting> gone = old.All.Where(setting => now.Of(setting.Path) is null);
        return
        [
            .. now.All.Where(setting => old.Of(setting.Path) != setting.Value)
                .Select(setting => new SettingChange(setting.Path, old.Of(setting.Path), setting.Value)),
            .. gone.Select(setting => new SettingChange(setting.Path, setting.Value, null)),
        ];
    }
}
