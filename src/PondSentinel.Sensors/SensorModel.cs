using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A kind of sensor that the gateway can read: all that configuration, description and acquisition know of it.
/// </summary>
public sealed record SensorModel
{
    /// <summary>The model's id, for example <c>yosemitech-y560</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Who makes it and what they call it, for people.</summary>
    public required string Name { get; init; }

    /// <summary>What it measures, at least one.</summary>
    public required IReadOnlyList<SensorOutput> Outputs { get; init; }

    /// <summary>Whether several share a line, told apart by an address (RS-485), or it has its line alone (UART).</summary>
    public required bool HasAddress { get; init; }

    /// <summary>Whether its values may be held against a limit (<c>reference</c>) or only show a trend
    /// (<c>indicative</c>).</summary>
    public required string Grade { get; init; }

    /// <summary>Whether anybody has run this driver against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary>How long a poll of all outputs keeps the line busy at a given baud rate, answers and pauses included.
    /// </summary>
    public required Func<int, TimeSpan> LineTime { get; init; }

    /// <summary>Makes the driver of one device.</summary>
    public required SensorFactory Create { get; init; }
}

/// <summary>One output of a model.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Measurand">What its numbers are.</param>
public sealed record SensorOutput(string Name, Measurand Measurand)
{
    /// <summary>How it measures, for people; null where the maker does not say.</summary>
    public string? Method { get; init; }

    /// <summary>What it can measure, in the measurand's unit. A number outside is kept, as over-range.</summary>
    public Band? Range { get; init; }

    /// <summary>The lowest value it can tell from nothing, in the measurand's unit.</summary>
    public double? LimitOfDetection { get; init; }
}

/// <summary>Makes the driver of one device.</summary>
/// <param name="bus">The line it hangs on; not owned by the driver.</param>
/// <param name="address">Its address, 1 to 247; 0 where the model has none.</param>
/// <param name="outputs">The outputs somebody wants; the others need not be asked for.</param>
public delegate ISensor SensorFactory(SerialBus bus, int address, IReadOnlyCollection<string> outputs);
