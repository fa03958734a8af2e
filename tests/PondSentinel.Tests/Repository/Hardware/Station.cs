using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>A station that is worked through in full: a folder of <c>hardware</c> with a configuration, parts, wiring and a guide.
/// </summary>
/// <param name="Folder">Its path from the top.</param>
internal sealed record Station(string Folder)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Station> All { get; } =
    [
        .. Checkout.Files
            .Where(file => file.StartsWith("hardware/", StringComparison.Ordinal) && file.EndsWith("/gateway.toml", StringComparison.Ordinal))
            .Select(file => new Station(Path.GetDirectoryName(file)!)),
    ];

    /// <summary>The sample configuration.</summary>
    public GatewayConfiguration Configuration { get; } =
        GatewayConfigurationFile.Load(Checkout.Absolute($"{Folder}/gateway.toml")).Configuration
        ?? throw new InvalidDataException($"{Folder}/gateway.toml is wrong: pond-gateway check");

    /// <summary>The bill of materials.</summary>
    public IReadOnlyList<Part> Parts { get; } = Part.ReadAll($"{Folder}/parts.csv");

    /// <summary>The guide.</summary>
    public string Guide => Checkout.Text($"{Folder}/README.md");

    /// <summary>The sources of its drawings.</summary>
    public IEnumerable<string> Drawings =>
        Checkout.Files.Where(file => Path.GetDirectoryName(file) == Folder
            && Path.GetFileName(file).StartsWith("wiring-", StringComparison.Ordinal)
            && file.EndsWith(".toml", StringComparison.Ordinal));

    /// <summary>The devices that somebody has to wire.</summary>
    public IEnumerable<DeviceOptions> WiredDevices =>
        Configuration.Devices.Where(device => device.Model != "host" && Configuration.Models.ContainsKey(device.Model)
            && Configuration.Buses.Any(bus => bus.Id == device.Bus));

    /// <summary>A device's address as its model writes it; empty where it has none.</summary>
    /// <param name="device">The device.</param>
    public string AddressOf(DeviceOptions device) =>
        Configuration.Models[device.Model].On(BusOf(device).Line.Kind)?.Addresses?.Text(device.Address) ?? "";

    /// <summary>The line that a device hangs on.</summary>
    /// <param name="device">The device.</param>
    public BusOptions BusOf(DeviceOptions device) => Configuration.Buses.Single(bus => bus.Id == device.Bus);

    /// <inheritdoc/>
    public override string ToString() => Folder;
}
