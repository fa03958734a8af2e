namespace PondSentinel.Simulator.Model;

/// <summary>The leaching pond: a well-mixed basin with upright walls. Its states are the water volume and the mass of
/// nitrogen in it. Not thread-safe.</summary>
/// <remarks>Nitrogen leaves with the water of the leak and with nothing else: rain brings water only, evaporation takes
/// water only.</remarks>
internal sealed class Pond
{
    /// <summary>Surface, m².</summary>
    public const double AreaSquareMetres = 2500;

    /// <summary>Volume at the beginning, m³: 2 m deep.</summary>
    public const double VolumeStartCubicMetres = 5000;

    /// <summary>Volume at the brim, m³; what rain adds beyond runs over the spillway into the stream.</summary>
    public const double VolumeBrimCubicMetres = 6000;

    /// <summary>Ammonium at the beginning, kg of N per m³ (= g/L): between leaching solution, 2.1 to 8.5, and leachate
    /// that has decayed.</summary>
    public const double ConcentrationStart = 1.2;

    /// <summary>Water in it, m³.</summary>
    public double VolumeCubicMetres { get; private set; } = VolumeStartCubicMetres;

    /// <summary>Nitrogen in it, kg as N.</summary>
    public double NitrogenKilograms { get; private set; } = VolumeStartCubicMetres * ConcentrationStart;

    /// <summary>Concentration, kg of N per m³ (= g/L).</summary>
    public double Concentration => VolumeCubicMetres > 0 ? NitrogenKilograms / VolumeCubicMetres : 0;

    /// <summary>Moves one step forward.</summary>
    /// <param name="rainMillimetres">Rain of the step.</param>
    /// <param name="evaporationMillimetres">Evaporation of the step.</param>
    /// <param name="leakCubicMetres">Water the leak would take in the step.</param>
    /// <returns>What left for the stream.</returns>
    public Parcel Step(double rainMillimetres, double evaporationMillimetres, double leakCubicMetres)
    {
        var added = rainMillimetres / 1000 * AreaSquareMetres;
        var evaporated = Math.Min(evaporationMillimetres / 1000 * AreaSquareMetres, VolumeCubicMetres);
        VolumeCubicMetres += added - evaporated;

        var spilled = Math.Max(0, VolumeCubicMetres - VolumeBrimCubicMetres);
        var water = Math.Min(leakCubicMetres + spilled, VolumeCubicMetres);
        var nitrogen = VolumeCubicMetres > 0 ? NitrogenKilograms * (water / VolumeCubicMetres) : 0;
        VolumeCubicMetres -= water;
        NitrogenKilograms -= nitrogen;
        return new Parcel(water, nitrogen);
    }
}

/// <summary>Some water with what is dissolved in it.</summary>
/// <param name="WaterCubicMetres">Water, m³.</param>
/// <param name="NitrogenKilograms">Nitrogen, kg as N.</param>
internal readonly record struct Parcel(double WaterCubicMetres, double NitrogenKilograms);
