using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.Contact;

/// <summary>What a contact tells of.</summary>
/// <param name="Output">Its output: 1 where it is so, 0 where it is not, between them the share of the time.</param>
/// <param name="ActiveHigh">Whether the line is high while it is so, where the owner says nothing.</param>
internal readonly record struct ContactQuantity(SensorOutput Output, bool ActiveHigh)
{
    /// <summary>A door, whose reed closes to ground while it is shut: a wire that is cut says that the door is open.</summary>
    public static ContactQuantity Door { get; } = new(new SensorOutput("open", Measurand.DoorOpen), ActiveHigh: true);

    /// <summary>A pump, whose contactor closes a contact of its own to ground while it runs.</summary>
    public static ContactQuantity Pump { get; } = new(new SensorOutput("running", Measurand.PumpRunning), ActiveHigh: false);

    /// <summary>A valve or a gate, whose limit switch closes to ground while it is not shut.</summary>
    public static ContactQuantity Valve { get; } = new(new SensorOutput("open", Measurand.ValveOpen), ActiveHigh: false);

    /// <summary>By the word of a configuration.</summary>
    public static IReadOnlyDictionary<string, ContactQuantity> ByWord { get; } =
        new Dictionary<string, ContactQuantity>(StringComparer.Ordinal) { ["door"] = Door, ["pump"] = Pump, ["valve"] = Valve };
}
