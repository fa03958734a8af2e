namespace PondSentinel.Calibration;

/// <summary>A line of straight pieces from knot to knot that rises or falls all the way, and goes on beyond the outer knots as
/// between the last two.</summary>
public sealed class PiecewiseLine : IEquatable<PiecewiseLine>
{
    private readonly Knot[] knots;
    private readonly double[] slopes;

    private PiecewiseLine(Knot[] knots, double[] slopes) => (this.knots, this.slopes) = (knots, slopes);

    /// <summary>The knots, by rising X; two or more.</summary>
    public IReadOnlyList<Knot> Knots => knots;

    /// <summary>Y for each X, of each piece; all above 0 or all below.</summary>
    public IReadOnlyList<double> Slopes => slopes;

    /// <summary>The line through knots.</summary>
    /// <param name="knots">The knots, in any order.</param>
    /// <returns>The line; null where there are fewer than two, or they do not rise or fall all the way, or are not numbers.</returns>
    public static PiecewiseLine? Through(IEnumerable<Knot> knots)
    {
        var sorted = knots.OrderBy(knot => knot.X).ToArray();
        if (sorted.Length < 2)
        {
            return null;
        }

        var slopes = new double[sorted.Length - 1];
        for (var i = 0; i < slopes.Length; i++)
        {
            slopes[i] = (sorted[i + 1].Y - sorted[i].Y) / (sorted[i + 1].X - sorted[i].X);
            if (!double.IsNormal(slopes[i]) || Math.Sign(slopes[i]) != Math.Sign(slopes[0]))
            {
                return null;
            }
        }

        return Array.TrueForAll(sorted, knot => double.IsFinite(knot.X) && double.IsFinite(knot.Y))
            ? new PiecewiseLine(sorted, slopes)
            : null;
    }

    /// <summary>Y at an X.</summary>
    /// <param name="x">X; for one that is no number Y is none.</param>
    public double At(double x)
    {
        var piece = 0;
        while (piece < slopes.Length - 1 && x > knots[piece + 1].X)
        {
            piece++;
        }

        return knots[piece].Y + (slopes[piece] * (x - knots[piece].X));
    }

    /// <summary>X at a Y.</summary>
    /// <param name="y">Y; for one that is no number X is none.</param>
    public double Inverse(double y)
    {
        var piece = 0;
        while (piece < slopes.Length - 1 && (slopes[0] > 0 ? y > knots[piece + 1].Y : y < knots[piece + 1].Y))
        {
            piece++;
        }

        return knots[piece].X + ((y - knots[piece].Y) / slopes[piece]);
    }

    /// <inheritdoc/>
    public bool Equals(PiecewiseLine? other) => other is not null && knots.AsSpan().SequenceEqual(other.knots);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PiecewiseLine);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(knots[0], knots[^1]);

    /// <summary>The same line elsewhere.</summary>
    /// <param name="move">What becomes of each knot.</param>
    /// <returns>The line; null where the knots make none any more.</returns>
    public PiecewiseLine? Moved(Func<Knot, Knot> move) => Through(knots.Select(move));
}

/// <summary>A point that a line goes through.</summary>
/// <param name="X">The raw number.</param>
/// <param name="Y">What is made of it.</param>
public readonly record struct Knot(double X, double Y);
