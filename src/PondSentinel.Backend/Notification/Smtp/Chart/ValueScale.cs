using System.Globalization;

namespace PondSentinel.Backend.Notification.Smtp.Chart;

/// <summary>Where an axis of values begins and ends, and its ticks: 1, 2 or 5 times a power of ten apart.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end, above the lower.</param>
/// <param name="Step">Between two ticks.</param>
internal sealed record ValueScale(double Low, double High, double Step)
{
    private const double Margin = 0.06;

    /// <summary>The ticks, rising.</summary>
    public IEnumerable<double> Ticks
    {
        get
        {
            for (var n = Math.Ceiling(Low / Step); n * Step <= High; n++)
            {
                yield return n * Step;
            }
        }
    }

    /// <summary>The axis for values.</summary>
    /// <param name="values">At least one, finite.</param>
    /// <param name="ticks">About how many ticks.</param>
    public static ValueScale Of(IReadOnlyList<double> values, int ticks)
    {
        var (low, high) = (values.Min(), values.Max());
        var reach = high - low;
        if (reach <= Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9)
        {
            // A straight line in the middle.
            reach = Math.Max(Math.Abs(low) * 0.2, 1);
            (low, high) = (low - (reach / 2), high + (reach / 2));
        }

        // A concentration does not go below nothing, and neither does its axis.
        var bottom = low >= 0 ? Math.Max(0, low - (reach * Margin)) : low - (reach * Margin);
        var rough = reach / ticks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return new ValueScale(bottom, high + (reach * Margin), step);
    }

    /// <summary>The figures at a tick.</summary>
    /// <param name="tick">The tick.</param>
    public string Text(double tick)
    {
        var decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(Step)), 0, 6);
        var text = tick.ToString($"F{decimals}", CultureInfo.InvariantCulture);
        return text.Length <= 8 ? text : tick.ToString("0.##E+0", CultureInfo.InvariantCulture);
    }
}
