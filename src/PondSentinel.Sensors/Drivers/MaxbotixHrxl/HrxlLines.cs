using System.Globalization;

namespace PondSentinel.Sensors.Drivers.MaxbotixHrxl;

/// <summary>What an HRXL-MaxSonar says, unasked: lines of <c>R</c>, four digits, a carriage return. Pure.</summary>
/// <remarks>Nothing but its form guards a line, so several are taken together. Source: README.md beside this file.</remarks>
internal static class HrxlLines
{
    /// <summary>Lines that make a reading; odd, so that their median is one of them.</summary>
    public const int Wanted = 9;

    /// <summary>Bytes of a line.</summary>
    public const int LineLength = 6;

    /// <summary>The shortest range that any of them reports, mm: what is less is no line of theirs.</summary>
    public const int ReportedMin = 300;

    /// <summary>The median of the first <see cref="Wanted"/> good lines. What is none, such as what it says of itself after power-on, is
    /// passed over byte by byte.</summary>
    /// <param name="bytes">What came.</param>
    /// <returns>Millimetres; null where there are fewer.</returns>
    public static int? MedianRange(ReadOnlySpan<byte> bytes)
    {
        Span<int> ranges = stackalloc int[Wanted];
        var count = 0;
        for (var at = 0; count < Wanted && at + LineLength <= bytes.Length; at++)
        {
            if (Range(bytes.Slice(at, LineLength)) is { } range)
            {
                ranges[count++] = range;
            }
        }

        ranges.Sort();
        return count == Wanted ? ranges[Wanted / 2] : null;
    }

    private static int? Range(ReadOnlySpan<byte> line) =>
        line is [(byte)'R', .. var digits, (byte)'\r'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var range)
            && range >= ReportedMin
            ? range
            : null;
}
