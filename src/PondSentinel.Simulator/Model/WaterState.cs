namespace PondSentinel.Simulator.Model;

/// <summary>The true water at a moment, without any sensor's noise.</summary>
internal sealed record WaterState
{
    /// <summary>The nitrogen of the whole site.</summary>
    public required Ledger Ledger { get; init; }

    /// <summary>Water in the pond, m³.</summary>
    public required double PondCubicMetres { get; init; }

    /// <summary>Water that leaves the pond for the stream, m³/s.</summary>
    public required double LeakCubicMetresPerSecond { get; init; }

    /// <summary>Flow of the stream above the pond, m³/s.</summary>
    public required double FlowCubicMetresPerSecond { get; init; }

    /// <summary>Above the pond.</summary>
    public required StreamWater Above { get; init; }

    /// <summary>Below the pond.</summary>
    public required StreamWater Below { get; init; }
}

/// <summary>Water of the stream at one station.</summary>
/// <param name="NitrogenMilligramsPerLitre">Ammonium, mg/L as N. Below pH 8 what an ammonium probe sees is all of it.
/// </param>
/// <param name="Ph">pH.</param>
/// <param name="TurbidityNtu">Turbidity, NTU.</param>
/// <param name="Celsius">Temperature, °C.</param>
internal readonly record struct StreamWater(
    double NitrogenMilligramsPerLitre, double Ph, double TurbidityNtu, double Celsius);
