using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Configuration;

/// <summary>What the configuration has to know of a sensor model to find mistakes.</summary>
public sealed record ModelFacts
{
    /// <summary>The model's id, for example <c>yosemitech-y560</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it measures.</summary>
    public required IReadOnlyList<OutputFacts> Outputs { get; init; }

    /// <summary>Whether several share a line, told apart by an address (RS-485), or it has its line alone (UART).</summary>
    public required bool HasAddress { get; init; }

    /// <summary>Whether its values may be held against a limit (<c>reference</c>) or only show a trend
    /// (<c>indicative</c>).</summary>
    public required string Grade { get; init; }

    /// <summary>Whether anybody has run this driver against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary>How long a poll keeps the line busy at a given baud rate, answers and pauses included.</summary>
    public required Func<int, TimeSpan> LineTime { get; init; }
}

/// <summary>One output of a model.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Measurand">What its numbers are.</param>
public sealed record OutputFacts(string Name, Measurand Measurand)
{
    /// <summary>How it measures, for people; null where the maker does not say.</summary>
    public string? Method { get; init; }

    /// <summary>What it can measure, in the measurand's unit.</summary>
    public Band? Range { get; init; }

    /// <summary>The lowest value it can tell from nothing, in the measurand's unit.</summary>
    public double? LimitOfDetection { get; init; }
}
