using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Time;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Applying;

/// <summary>Settings that a running gateway was given and does not go by: those before are still in force.</summary>
/// <param name="Clock">The clocks when it refused them.</param>
/// <param name="File">The configuration's file.</param>
/// <param name="Why">Why, in one line for people, with the place of the first mistakes where there are any.</param>
/// <param name="First">The first mistake; null where it was none that kept it from them.</param>
/// <param name="Mistakes">How many there are.</param>
internal sealed record RefusedSettings(ClockReading Clock, string File, string Why, Problem? First, int Mistakes)
{
    private const int ToldMax = 3;

    /// <summary>Settings that cannot be gone by as they were read.</summary>
    /// <param name="clock">The clocks now.</param>
    /// <param name="file">The configuration's file.</param>
    /// <param name="wanted">What came of reading it.</param>
    public static RefusedSettings Of(ClockReading clock, string file, LoadedConfiguration wanted) =>
        new(clock, file, WhyNot(wanted), wanted.Problems.Count > 0 ? wanted.Problems[0] : null, wanted.Problems.Count);

    /// <summary>Why settings cannot be gone by as they were read, in one line.</summary>
    /// <param name="wanted">What came of reading them.</param>
    public static string WhyNot(LoadedConfiguration wanted) => wanted.Unreadable is { } unreadable
        ? unreadable
        : wanted.Problems.Count == 1
            ? $"one mistake: {wanted.Problems[0]}"
            : $"{wanted.Problems.Count} mistakes: {string.Join("; ", wanted.Problems.Take(ToldMax))}"
                + (wanted.Problems.Count > ToldMax ? "; pond-gateway check lists all" : "");
}
