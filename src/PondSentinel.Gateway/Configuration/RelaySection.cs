using System.Globalization;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[[relay]]</c>: what alarms trip.</summary>
internal static class RelaySection
{
    private const int GpioChipMax = 63;
    private static readonly TimeSpan OnMaxUsual = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan SirenMax = TimeSpan.FromHours(4);
    private static readonly TimeSpan StopMax = TimeSpan.FromDays(7);
    private static readonly TimeSpan RestMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FaultAfterMax = TimeSpan.FromDays(1);

    private static readonly Dictionary<string, bool> Levels = new(StringComparer.Ordinal) { ["high"] = true, ["low"] = false };
    private static readonly Dictionary<string, bool> Times = new(StringComparer.Ordinal) { ["always"] = false, ["offline"] = true };

    private static readonly Dictionary<string, OnFault> Faults = new(StringComparer.Ordinal)
    {
        ["keep"] = OnFault.Keep,
        ["release"] = OnFault.Release,
        ["trip"] = OnFault.Trip,
    };

    /// <summary>Reads all relays.</summary>
    /// <param name="top">The file.</param>
    /// <param name="devices">The devices, some of which may be on GPIO lines.</param>
    /// <param name="buses">The buses, some of which may have a relay of their own.</param>
    public static IReadOnlyList<Located<RelayOptions>> ReadAll(
        TomlSection top, IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyList<Located<BusOptions>> buses)
    {
        List<Located<RelayOptions>> relays = [.. top.Tables("relay").Select(section => new Located<RelayOptions>(Read(section), section))];
        Findings.RefuseTwice(relays, relay => relay.Id, "id", relay => $"relay {relay.Id} stands here twice", "rename one");
        Findings.RefuseTwice(
            relays, relay => LineOf(relay.Chip, relay.Line), "gpio", relay => $"two relays are on line {LineOf(relay.Chip, relay.Line)}", "give the other's line");
        var taken = Taken(devices, buses);
        foreach (var (relay, section) in relays)
        {
            if (taken.TryGetValue(LineOf(relay.Chip, relay.Line), out var by))
            {
                section.Report("gpio", $"line {LineOf(relay.Chip, relay.Line)} is {by}'s already", "put the relay on another line");
            }
        }

        return relays;
    }

    private static RelayOptions Read(TomlSection section)
    {
        var id = Findings.Name(section, "id");
        var kind = section.Word("kind", RelayKinds.ByWord, required: true);
        var isSiren = kind != RelayKind.Stop;
        var relay = new RelayOptions
        {
            Id = id,
            Kind = kind ?? RelayKind.Siren,
            Chip = new GpioSettings((int)(section.Integer("chip", 0, GpioChipMax) ?? 0)),
            Line = (int)(section.Integer("gpio", 0, GpioLines.Highest, required: true) ?? 0),
            TripsAtHigh = section.Word("trips_at", Levels, required: true) ?? true,
            OnMax = section.Duration("max_on", RestMin, isSiren ? SirenMax : StopMax) ?? (isSiren ? OnMaxUsual : null),
            Rest = section.Duration("rest", RestMin, RestMax) ?? RelayOptions.RestUsual,
            OnFault = section.Word("on_fault", Faults) ?? OnFault.Keep,
            FaultAfter = section.Duration("fault_after", RestMin, FaultAfterMax) ?? RelayOptions.FaultAfterUsual,
            IsForOffline = section.Word("while", Times) ?? false,
        };
        section.RefuseUnknownKeys();
        if (relay.OnMax < relay.Rest)
        {
            section.Report("max_on", $"relay {id} may be tripped for {Units.Text(relay.OnMax.Value)} and not be switched again for {Units.Text(relay.Rest)}", "make max_on at least rest");
        }

        return relay;
    }

    private static string LineOf(GpioSettings chip, long line) => string.Create(CultureInfo.InvariantCulture, $"{line} of {chip.Place}");

    private static Dictionary<string, string> Taken(IReadOnlyList<Located<DeviceOptions>> devices, IReadOnlyList<Located<BusOptions>> buses)
    {
        Dictionary<string, string> taken = new(StringComparer.Ordinal);
        foreach (var bus in buses.Select(bus => bus.Value))
        {
            if (bus.SupplyRelay is { } supply)
            {
                taken.TryAdd(LineOf(supply.Chip, supply.Line), $"bus {bus.Id}");
            }

            if (bus.Line is GpioSettings chip)
            {
                foreach (var device in devices.Select(device => device.Value).Where(device => device.Bus == bus.Id))
                {
                    taken.TryAdd(LineOf(chip, device.Address), $"device {device.Id}");
                }
            }
        }

        return taken;
    }
}
