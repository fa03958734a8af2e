namespace PondSentinel.Simulator.Devices;

/// <summary>What stands where at the virtual site. Addresses are two apart: neighbours confuse each other's ids.</summary>
internal static class SiteLayout
{
    /// <summary>Bits per second of every line: what the devices come with.</summary>
    public const int Baud = 9600;

    /// <summary>How often every device is asked, in simulated time.</summary>
    public static TimeSpan SamplingInterval { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The stations, the stream's in the direction of its flow.</summary>
    public static IReadOnlyList<SiteStation> Stations { get; } =
    [
        new(Upstream, "Stream above the pond"),
        new(Downstream, "Stream below the pond"),
        new(Yard, "Yard"),
    ];

    /// <summary>The station above the pond.</summary>
    public const string Upstream = "upstream";

    /// <summary>The station below the pond.</summary>
    public const string Downstream = "downstream";

    /// <summary>The yard, where the dust is.</summary>
    public const string Yard = "yard";

    /// <summary>The lines and what hangs on them.</summary>
    public static IReadOnlyList<SiteLine> Lines { get; } =
    [
        new("rs485-upstream",
        [
            new("upstream-ph", DeviceModel.Y532, Upstream, 11),
            new("upstream-nh4", DeviceModel.Y560, Upstream, 13),
        ]),
        new("rs485-downstream",
        [
            new("downstream-ph", DeviceModel.Y532, Downstream, 21),
            new("downstream-nh4", DeviceModel.Y560, Downstream, 23),
            new("downstream-turbidity", DeviceModel.Y511, Downstream, 25),
        ]),
        new("uart-dust", [new("yard-dust", DeviceModel.Sds011, Yard, 0)]),
    ];
}

/// <summary>A place at the site.</summary>
/// <param name="Id">Name on the wire.</param>
/// <param name="Label">Name for people.</param>
internal sealed record SiteStation(string Id, string Label);

/// <summary>A serial line.</summary>
/// <param name="Id">Name of the bus, and of the link to its port.</param>
/// <param name="Devices">What hangs on it.</param>
internal sealed record SiteLine(string Id, IReadOnlyList<SiteDevice> Devices);

/// <summary>A device.</summary>
/// <param name="Id">Name on the wire.</param>
/// <param name="Model">What it is.</param>
/// <param name="Station">Where it measures.</param>
/// <param name="Address">Its address; 0 where the model has none.</param>
internal sealed record SiteDevice(string Id, DeviceModel Model, string Station, byte Address);

/// <summary>The devices that are simulated.</summary>
internal enum DeviceModel
{
    /// <summary>Yosemitech Y532, pH.</summary>
    Y532,

    /// <summary>Yosemitech Y560-A, ammonium.</summary>
    Y560,

    /// <summary>Yosemitech Y511-A, turbidity.</summary>
    Y511,

    /// <summary>Nova SDS011, dust.</summary>
    Sds011,
}
