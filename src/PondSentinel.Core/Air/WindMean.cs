namespace PondSentinel.Air;

/// <summary>The mean of winds as vectors. The mean of 350° and 10° is north, not south.</summary>
/// <remarks>Source: EPA-454/R-99-005 section 6.2 (vector and scalar computations). Directions are those that the
/// wind comes from, degrees from north over east. State: five numbers. The order in which winds are added is of no matter but for the last
/// digits.</remarks>
public struct WindMean
{
    // Winds that cancel each other leave only the noise of their sum.
    private const double CalmShare = 1e-9;

    private double east;
    private double north;
    private double unitEast;
    private double unitNorth;
    private double speeds;

    /// <summary>How many winds were added.</summary>
    public int Count { get; private set; }

    /// <summary>Mean of the speeds, m/s; null before the first.</summary>
    public readonly double? ScalarSpeed => Count == 0 ? null : speeds / Count;

    /// <summary>Speed of the mean vector, m/s: how fast air moved on; null before the first.</summary>
    public readonly double? VectorSpeed => Count == 0 ? null : Math.Sqrt((east * east) + (north * north)) / Count;

    /// <summary>Where the mean vector comes from, 0 to below 360°; null where it is calm, or winds cancel each other.</summary>
    public readonly double? Direction => DirectionOf(east, north, speeds);

    /// <summary>The mean direction with all winds counted alike however weak, 0 to below 360°; null where they cancel each other.</summary>
    public readonly double? UnitDirection => DirectionOf(unitEast, unitNorth, Count);

    /// <summary>The mean of directions that all count alike.</summary>
    /// <param name="directions">Degrees, in order of time; at least one.</param>
    /// <returns>0 to below 360°; the last of them where they cancel each other, since there is no mean then.</returns>
    public static double DirectionOf(IReadOnlyList<double> directions)
    {
        var mean = default(WindMean);
        foreach (var direction in directions)
        {
            mean.Add(1, direction);
        }

        return mean.UnitDirection ?? directions[^1];
    }

    /// <summary>Adds a wind.</summary>
    /// <param name="speed">m/s, 0 or more.</param>
    /// <param name="directionFrom">Where it comes from, degrees; of no matter where the speed is 0.</param>
    public void Add(double speed, double directionFrom)
    {
        var (sin, cos) = Math.SinCos(directionFrom * (Math.PI / 180));
        Count++;
        speeds += speed;
        east += speed * sin;
        north += speed * cos;
        if (speed > 0)
        {
            unitEast += sin;
            unitNorth += cos;
        }
    }

    /// <summary>Adds all winds of another mean.</summary>
    /// <param name="other">The other.</param>
    public void Add(in WindMean other)
    {
        Count += other.Count;
        speeds += other.speeds;
        east += other.east;
        north += other.north;
        unitEast += other.unitEast;
        unitNorth += other.unitNorth;
    }

    /// <summary>Where a vector comes from.</summary>
    /// <param name="east">Its part to the east: a sum of sines, weighted or not.</param>
    /// <param name="north">Its part to the north: the same of cosines.</param>
    /// <param name="whole">What both would come to together where all agreed.</param>
    /// <returns>0 to below 360°; null where it is calm, or they cancel each other.</returns>
    public static double? DirectionOf(double east, double north, double whole)
    {
        if (whole <= 0 || Math.Sqrt((east * east) + (north * north)) <= CalmShare * whole)
        {
            return null;
        }

        var degrees = Math.Atan2(east, north) * (180 / Math.PI);
        return degrees < 0 ? Below360(degrees + 360) : degrees;
    }

    // A direction just west of north rounds up to the full circle.
    private static double Below360(double degrees) => degrees >= 360 ? 0 : degrees;
}
