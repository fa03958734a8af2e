namespace PondSentinel.Water;

/// <summary>What the level of a pond should have done, and what is left unexplained: a leak.</summary>
/// <remarks>Own definition: dh = R c + (Qin - Qout) 1000 / A - E dt, all in mm over the pond's surface. Holds where the surface is about the same
/// at every level in question, rain runs off within the period and nothing freezes; the residual is no better than the evaporation is
/// known, 1.5 to 5 mm a day in a humid climate.</remarks>
/// <param name="AreaSquareMetres">Surface of the pond, m², above 0.</param>
public sealed record PondBalance(double AreaSquareMetres)
{
    private const double MillimetresPerMetre = 1000;

    /// <summary>How many mm the level rises with each mm of rain: 1 for the surface alone, more with the slopes that drain into it.
    /// </summary>
    public double CatchmentRatio { get; init; } = 1;

    /// <summary>Evaporation from the surface, mm a day.</summary>
    public double EvaporationMillimetresPerDay { get; init; }

    /// <summary>By how much the level should have risen, mm.</summary>
    /// <param name="days">Length of the period, days.</param>
    /// <param name="rainMillimetres">Rain in it, mm.</param>
    /// <param name="inflowCubicMetres">What was let in, m³.</param>
    /// <param name="outflowCubicMetres">What was let out, m³.</param>
    public double ExpectedMillimetres(double days, double rainMillimetres, double inflowCubicMetres, double outflowCubicMetres) =>
        (rainMillimetres * CatchmentRatio)
        + ((inflowCubicMetres - outflowCubicMetres) * MillimetresPerMetre / AreaSquareMetres)
        - (EvaporationMillimetresPerDay * days);

    /// <summary>What the balance leaves unexplained, mm a day; below 0 where water is lost.</summary>
    /// <param name="roseMillimetres">By how much the level rose, mm.</param>
    /// <param name="days">Length of the period, days, above 0.</param>
    /// <param name="rainMillimetres">Rain in it, mm.</param>
    /// <param name="inflowCubicMetres">What was let in, m³.</param>
    /// <param name="outflowCubicMetres">What was let out, m³.</param>
    public double ResidualMillimetresPerDay(
        double roseMillimetres, double days, double rainMillimetres, double inflowCubicMetres, double outflowCubicMetres) =>
        (roseMillimetres - ExpectedMillimetres(days, rainMillimetres, inflowCubicMetres, outflowCubicMetres)) / days;
}
