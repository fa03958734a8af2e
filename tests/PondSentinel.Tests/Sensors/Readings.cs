using PondSentinel.Measurements;

namespace PondSentinel.Tests.Sensors;

/// <summary>Readings as short texts, for tables of tests.</summary>
internal static class Readings
{
    public static string Describe(Reading reading) => reading switch
    {
        Reading.Measured measured => string.Join(' ', measured.Outputs.Select(Describe)),
        Reading.Failed failed => failed.Fault.ToString(),
        _ => throw new InvalidOperationException(),
    };

    private static string Describe(OutputReading output) => string.Join(' ', new[]
    {
        output.Measurement is { } measurement ? FormattableString.Invariant($"{measurement.Value}") : null,
        output.Fault?.ToString(),
    }.OfType<string>());
}
