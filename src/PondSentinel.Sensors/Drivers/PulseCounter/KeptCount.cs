using System.Globalization;

namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>What is kept of a count over a restart.</summary>
/// <param name="Count">Pulses that were counted when it was kept, 0 or more.</param>
/// <param name="AtMost">What the count may have come to before it is kept again; the same number after a stop in which nothing was
/// lost.</param>
internal readonly record struct KeptCount(long Count, long AtMost)
{
    private const string Mark = "pulses";
    private const string Bound = "at-most";

    /// <summary>Reads it.</summary>
    /// <param name="text">What <see cref="ToString"/> gave.</param>
    /// <returns>Null where it is not that.</returns>
    public static KeptCount? Parse(string text) =>
        text.Split(' ') is [Mark, var count, Bound, var atMost]
        && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var counted)
        && long.TryParse(atMost, NumberStyles.None, CultureInfo.InvariantCulture, out var most)
        && most >= counted && new KeptCount(counted, most) is var kept && kept.ToString() == text
            ? kept
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mark} {Count} {Bound} {AtMost}");
}
