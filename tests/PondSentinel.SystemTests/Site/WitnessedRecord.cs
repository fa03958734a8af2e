using System.Globalization;

namespace PondSentinel.SystemTests.Site;

/// <summary>A line of the gateway's witness: a record that it claims is durable.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Sequence">Its number.</param>
/// <param name="TimeMs">Its time, UTC ms; null where it had to wait for one.</param>
/// <param name="Device">The device.</param>
/// <param name="Values">What it holds, by channel; null where a value was missing.</param>
internal sealed record WitnessedRecord(
    string Epoch, long Sequence, long? TimeMs, string Device, IReadOnlyDictionary<string, double?> Values)
{
    private const int FirstValue = 4;

    /// <summary>Reads a line: <c>epoch seq utc-ms device channel=value …</c>.</summary>
    /// <param name="line">The line.</param>
    public static WitnessedRecord Parse(string line)
    {
        var words = line.Split(' ');
        return new WitnessedRecord(
            words[0],
            long.Parse(words[1], CultureInfo.InvariantCulture),
            words[2] == "-" ? null : long.Parse(words[2], CultureInfo.InvariantCulture),
            words[3],
            words.Skip(FirstValue).Select(word => word.Split('=')).ToDictionary(
                pair => pair[0],
                pair => pair[1] == "null" ? (double?)null : double.Parse(pair[1], CultureInfo.InvariantCulture),
                StringComparer.Ordinal));
    }
}
