namespace PondSentinel.Simulator.Model;

/// <summary>The stream between the pond and the station below it: a chain of well-mixed reaches. Not thread-safe.</summary>
/// <remarks>
/// <para>The chain delays and spreads like advection with dispersion: n equal reaches have the mean travel time of the
/// whole and a standard deviation of 1/√n of it (tanks in series: Levenspiel, Chemical Reaction Engineering, from memory).
/// </para>
/// <para>Reaches hold a fixed volume, so more flow means faster flow. All reaches carry the same flow at once.</para>
/// </remarks>
internal sealed class Brook
{
    /// <summary>Number of reaches.</summary>
    public const int Reaches = 6;

    /// <summary>Flow in dry weather, m³/s.</summary>
    public const double BaseFlowCubicMetresPerSecond = 0.05;

    /// <summary>Ammonium above the mine, kg of N per m³ (= g/L): 0.2 mg/L, a hill stream.</summary>
    public const double BackgroundConcentration = 0.2e-3;

    private readonly double[] nitrogenKilograms = new double[Reaches];

    /// <summary>A stream in balance with its source.</summary>
    public Brook() => Array.Fill(nitrogenKilograms, BackgroundConcentration * ReachCubicMetres);

    /// <summary>Mean travel time from the pond to the station below in dry weather: about 300 m at 0.33 m/s.</summary>
    public static TimeSpan TravelTime { get; } = TimeSpan.FromMinutes(15);

    /// <summary>Nitrogen under way, kg as N.</summary>
    public double NitrogenKilograms => nitrogenKilograms.Sum();

    /// <summary>Concentration at the station below, kg of N per m³ (= g/L).</summary>
    public double ConcentrationBelow => nitrogenKilograms[^1] / ReachCubicMetres;

    private static double ReachCubicMetres => BaseFlowCubicMetresPerSecond * TravelTime.TotalSeconds / Reaches;

    /// <summary>Moves one step forward.</summary>
    /// <param name="fromAbove">Water and nitrogen that come from upstream and from the slopes.</param>
    /// <param name="fromPond">Water and nitrogen that come from the pond.</param>
    /// <returns>Nitrogen that passed the station below, kg as N.</returns>
    public double Step(Parcel fromAbove, Parcel fromPond)
    {
        // Water of the step over the water of a reach: the part of each reach that moves on. Never more than all of it.
        var water = fromAbove.WaterCubicMetres + fromPond.WaterCubicMetres;
        var share = Math.Min(1, water / ReachCubicMetres);
        var arriving = fromAbove.NitrogenKilograms + fromPond.NitrogenKilograms;
        for (var reach = 0; reach < Reaches; reach++)
        {
            var leaving = nitrogenKilograms[reach] * share;
            nitrogenKilograms[reach] += arriving - leaving;
            arriving = leaving;
        }

        return arriving;
    }
}
