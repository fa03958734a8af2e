using System.Globalization;
using PondSentinel.Air;

namespace PondSentinel.Backend.Averages;

/// <summary>The table that an average's index is read from.</summary>
/// <param name="Word">What tells it from others in a definition: for ever.</param>
/// <param name="Label">What it is, for people.</param>
/// <param name="LabelZh">The same in Chinese.</param>
/// <param name="Scale">The table.</param>
internal sealed record IndexTable(string Word, string Label, string LabelZh, IndexScale Scale)
{
    /// <summary>US AQI with two pieces above 424 µg/m³.</summary>
    public static IndexTable Us2018 { get; } = new("2018", "US, table of 2018", "美国，2018 年表", IndexScale.Us2018);

    /// <summary>US AQI with one piece above 424 µg/m³.</summary>
    public static IndexTable Us2024 { get; } = new("2024", "US", "美国", IndexScale.Us2024);

    /// <summary>China's IAQI of 2012.</summary>
    public static IndexTable China2012 { get; } = new("hj633-2012", "HJ 633-2012", "HJ 633-2012", IndexScale.China2012);

    /// <summary>The index of a mean. Beyond the scale it stays at its end: air that is worse than the scale knows must not be without a
    /// value.</summary>
    /// <param name="mean">The mean, µg/m³.</param>
    public double IndexOf(double mean) => Scale.Of(mean).Value ?? Scale.End;

    /// <summary>A table of China's kind by other breakpoints, which are those of HJ 633-2026 for whoever has them.</summary>
    /// <param name="text">Pairs of µg/m³ and index: <c>0:0,50:50,150:100</c>.</param>
    /// <param name="standard">What it is, for people.</param>
    /// <param name="fault">What is wrong with it, and what to do.</param>
    public static IndexTable? OfBreakpoints(string text, string standard, out (string What, string Mend) fault)
    {
        List<double> concentrations = [];
        List<int> indices = [];
        foreach (var pair in text.Split(','))
        {
            var parts = pair.Split(':');
            if (parts.Length != 2
                || !double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var concentration)
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                fault = ($"no breakpoint: \"{pair}\"", "write µg/m³ and index, 0:0,50:50,150:100");
                return null;
            }

            concentrations.Add(concentration);
            indices.Add(index);
        }

        fault = ("they rise from 0:…, two at least", "write for example 0:0,50:50,150:100");
        return IndexScale.IsScale(concentrations, indices)
            ? new IndexTable(
                string.Join(',', concentrations.Zip(indices, (concentration, index) => string.Create(CultureInfo.InvariantCulture, $"{concentration:R}:{index}"))),
                "own breakpoints", "自定断点", IndexScale.China(standard, concentrations, indices))
            : null;
    }
}
