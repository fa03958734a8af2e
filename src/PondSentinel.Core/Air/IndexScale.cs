using PondSentinel.Measurements;

namespace PondSentinel.Air;

/// <summary>A piece of a scale: between two concentrations the index rises in a straight line.</summary>
/// <param name="Low">Lowest concentration, µg/m³.</param>
/// <param name="High">Highest concentration, above <paramref name="Low"/>.</param>
/// <param name="IndexLow">Index at the lowest.</param>
/// <param name="IndexHigh">Index at the highest.</param>
/// <param name="Category">What the air is called.</param>
public readonly record struct IndexPiece(double Low, double High, int IndexLow, int IndexHigh, string Category);

/// <summary>An index of air quality.</summary>
/// <param name="Value">The index; null where the scale ends below the concentration.</param>
/// <param name="Category">What the air is called.</param>
public readonly record struct AirIndex(int? Value, string Category);

/// <summary>Turns a mean of PM10 into an index of air quality, by a table of breakpoints.</summary>
/// <remarks>An index is of the mean that its standard means: a day, a NowCast. Of a single value it says nothing.</remarks>
public sealed class IndexScale
{
    private readonly Func<double, double> concentrationAsRead;
    private readonly Func<double, double> indexAsRounded;
    private readonly AirIndex beyond;

    private IndexScale(
        string standard,
        IReadOnlyList<IndexPiece> pieces,
        Func<double, double> concentrationAsRead,
        Func<double, double> indexAsRounded,
        AirIndex beyond)
    {
        Standard = standard;
        Pieces = pieces;
        this.concentrationAsRead = concentrationAsRead;
        this.indexAsRounded = indexAsRounded;
        this.beyond = beyond;
    }

    /// <summary>US AQI for PM10 with two pieces above 424 µg/m³: 40 CFR 58 Appendix G and the AQI Technical Assistance Document of 2018.
    /// </summary>
    /// <remarks>The concentration is cut off to a whole number, the index rounded half up. Above 604 there is no index.</remarks>
    public static IndexScale Us2018 { get; } = Us(
        "US AQI (2018)",
        new(425, 504, 301, 400, "Hazardous"),
        new(505, 604, 401, 500, "Hazardous"));

    /// <summary>US AQI for PM10 with one piece above 424 µg/m³: the AQI Technical Assistance Document of May 2024, from memory and not
    /// checked.</summary>
    /// <remarks>The concentration is cut off to a whole number, the index rounded half up. Above 604 there is no index.</remarks>
    public static IndexScale Us2024 { get; } = Us("US AQI (2024)", new IndexPiece(425, 604, 301, 500, "Hazardous"));

    /// <summary>China's IAQI for PM10 by HJ 633-2012, seen in two public programs only.</summary>
    /// <remarks>The concentration is a whole number by GB/T 8170, the index rounded up; above 600 it stays 500. Since 2026-03-01 HJ 633-2026 is in
    /// force, with other breakpoints, which were not to be had: <see cref="China"/> takes them.</remarks>
    public static IndexScale China2012 { get; } =
        China("IAQI (HJ 633-2012)", [0, 50, 150, 250, 350, 420, 500, 600], [0, 50, 100, 150, 200, 300, 400, 500]);

    /// <summary>What it is, for people.</summary>
    public string Standard { get; }

    /// <summary>Its pieces, rising.</summary>
    public IReadOnlyList<IndexPiece> Pieces { get; }

    /// <summary>The highest index that it has.</summary>
    public int End => Pieces[^1].IndexHigh;

    /// <summary>A scale of China's kind by other breakpoints.</summary>
    /// <param name="standard">What it is, for people.</param>
    /// <param name="concentrations">Breakpoints, µg/m³, rising, the first 0.</param>
    /// <param name="indices">The index at each, rising, as many.</param>
    /// <exception cref="ArgumentException">The breakpoints make no scale.</exception>
    public static IndexScale China(string standard, IReadOnlyList<double> concentrations, IReadOnlyList<int> indices)
    {
        if (!IsScale(concentrations, indices))
        {
            throw new ArgumentException("Breakpoints rise from 0, two at least, each with its index.", nameof(concentrations));
        }

        List<IndexPiece> pieces = [];
        for (var i = 1; i < concentrations.Count; i++)
        {
            pieces.Add(new(concentrations[i - 1], concentrations[i], indices[i - 1], indices[i], ChineseCategory(indices[i])));
        }

        return new IndexScale(
            standard, pieces, mean => Rounding.HalfToEven(mean), Rounding.Up, new AirIndex(indices[^1], ChineseCategory(indices[^1])));
    }

    /// <summary>Whether breakpoints make a scale: they rise from 0, two at least, each with its index.</summary>
    /// <param name="concentrations">Breakpoints, µg/m³.</param>
    /// <param name="indices">The index at each.</param>
    public static bool IsScale(IReadOnlyList<double> concentrations, IReadOnlyList<int> indices) =>
        concentrations.Count >= 2 && concentrations.Count == indices.Count && concentrations[0] == 0 && IsRising(concentrations) && IsRising(indices);

    /// <summary>The index of a concentration.</summary>
    /// <param name="microgramsPerCubicMetre">The mean that the scale is for, µg/m³. Below 0, as instruments near their zero give, it counts as 0.</param>
    /// <returns>Of what is no number there is no index.</returns>
    public AirIndex Of(double microgramsPerCubicMetre)
    {
        if (double.IsNaN(microgramsPerCubicMetre))
        {
            return new AirIndex(null, "No data");
        }

        var concentration = Math.Max(0, concentrationAsRead(microgramsPerCubicMetre));
        foreach (var piece in Pieces)
        {
            if (concentration <= piece.High)
            {
                var rise = (piece.IndexHigh - piece.IndexLow) * (concentration - piece.Low) / (piece.High - piece.Low);
                return new AirIndex((int)indexAsRounded(piece.IndexLow + rise), piece.Category);
            }
        }

        return beyond;
    }

    private static IndexScale Us(string standard, params ReadOnlySpan<IndexPiece> top) => new(
        standard,
        [
            new(0, 54, 0, 50, "Good"),
            new(55, 154, 51, 100, "Moderate"),
            new(155, 254, 101, 150, "Unhealthy for Sensitive Groups"),
            new(255, 354, 151, 200, "Unhealthy"),
            new(355, 424, 201, 300, "Very Unhealthy"),
            .. top,
        ],
        mean => Rounding.Truncated(mean),
        index => Rounding.HalfUp(index),
        new AirIndex(null, "Beyond the AQI"));

    private static bool IsRising<T>(IReadOnlyList<T> numbers)
        where T : IComparable<T> => Enumerable.Range(1, numbers.Count - 1).All(i => numbers[i - 1].CompareTo(numbers[i]) < 0);

    // HJ 633-2012 Table 2.
    private static string ChineseCategory(int index) => index switch
    {
        <= 50 => "Excellent",
        <= 100 => "Good",
        <= 150 => "Lightly Polluted",
        <= 200 => "Moderately Polluted",
        <= 300 => "Heavily Polluted",
        _ => "Severely Polluted",
    };
}
