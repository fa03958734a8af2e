using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Host;

namespace PondSentinel.Gateway.Applying;

/// <summary>What a running gateway does to go by other settings.</summary>
/// <remarks>A device is left alone where all that it goes by is the same: its section, that of its bus, its own profile, and what it
/// needs of other channels. Who the gateway is, its buffer, its clock, its control socket and its page stay until a restart.</remarks>
internal sealed record ReloadPlan
{
    private static readonly HashSet<string> GroupsLeft = new(StringComparer.Ordinal) { "buffer", "clock", "control", "status_page" };
    private static readonly HashSet<string> PathsLeft = new(StringComparer.Ordinal) { "gateway.id", "gateway.site" };

    /// <summary>What the gateway goes by afterwards.</summary>
    public required LoadedConfiguration Wanted { get; init; }

    /// <summary>What changes.</summary>
    public required IReadOnlyList<SettingChange> Changes { get; init; }

    /// <summary>What only a restart changes.</summary>
    public required IReadOnlyList<SettingChange> Left { get; init; }

    /// <summary>Devices that come.</summary>
    public required IReadOnlyList<string> Added { get; init; }

    /// <summary>Devices that are there, and go by other settings: taken apart and put together anew.</summary>
    public required IReadOnlyList<string> Changed { get; init; }

    /// <summary>Devices that go.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>Buses whose line is closed, because it is no more or is set otherwise.</summary>
    public required IReadOnlyList<string> Closed { get; init; }

    /// <summary>Alarms and relays that are set otherwise, come or go, as <c>alarm pond-leak</c>.</summary>
    public IEnumerable<string> Alarms => Changes.Select(change => change.Group).Distinct(StringComparer.Ordinal)
        .Where(group => group.StartsWith("alarm ", StringComparison.Ordinal) || group.StartsWith("relay ", StringComparison.Ordinal));

    /// <summary>Whether the way to the broker is another.</summary>
    public bool IsUplinkChanged => Changes.Any(change => change.Group == "uplink");

    /// <summary>Whether a setting is one that only a restart changes.</summary>
    /// <param name="path">The setting.</param>
    public static bool IsLeft(string path) => GroupsLeft.Contains(SettingsList.GroupOf(path).Split(' ')[0]) || PathsLeft.Contains(path);

    /// <summary>Makes the plan.</summary>
    /// <param name="running">What the gateway goes by.</param>
    /// <param name="wanted">What is wanted; without a mistake.</param>
    public static ReloadPlan Of(LoadedConfiguration running, LoadedConfiguration wanted)
    {
        var (old, now) = (running.Configuration!, WithWhatStays(running.Configuration!, wanted.Configuration!));
        var all = SettingsDifference.Of(running.Settings, wanted.Settings);
        IReadOnlyList<SettingChange> changes = [.. all.Where(change => !IsLeft(change.Path))];
        var groups = changes.Select(change => change.Group).ToHashSet(StringComparer.Ordinal);
        var before = old.Devices.ToDictionary(device => device.Id, StringComparer.Ordinal);
        var after = now.Devices.Select(device => device.Id).ToHashSet(StringComparer.Ordinal);
        return new ReloadPlan
        {
            Wanted = wanted with { Configuration = now, Settings = wanted.Settings.With(IsLeft, running.Settings) },
            Changes = changes,
            Left = [.. all.Where(change => IsLeft(change.Path))],
            Added = [.. now.Devices.Select(device => device.Id).Where(id => !before.ContainsKey(id))],
            Changed = [.. now.Devices.Where(device => before.TryGetValue(device.Id, out var was) && IsChanged(was, device, groups)).Select(device => device.Id)],
            Removed = [.. before.Keys.Where(id => !after.Contains(id))],
            Closed = [.. old.Buses.Select(bus => bus.Id).Where(bus => groups.Contains($"bus {bus}"))],
        };
    }

    private static bool IsChanged(DeviceOptions was, DeviceOptions now, HashSet<string> groups) =>
        groups.Contains($"device {now.Id}") || groups.Contains($"derived {now.Id}")
        || groups.Contains($"bus {now.Bus}") || groups.Contains($"profile {now.Model}")
        || !Needs(was).SequenceEqual(Needs(now));

    // What another channel measures may change without a word in the section of who needs it.
    private static IEnumerable<NeededChannel> Needs(DeviceOptions device) => device.Settings?.Needs ?? [];

    private static GatewayConfiguration WithWhatStays(GatewayConfiguration old, GatewayConfiguration now) => now with
    {
        Id = old.Id,
        Site = old.Site,
        Buffer = old.Buffer,
        Clock = old.Clock,
        Control = old.Control,
        StatusPage = old.StatusPage,
        Buses = [.. now.Buses.Select(bus => bus.Line is HostSettings ? bus with { Line = new HostSettings(old.Buffer.Folder) } : bus)],
    };
}
