using System.Globalization;
using PondSentinel.Calibration;

namespace PondSentinel.Gateway.Calibration;

/// <summary>Notes of calibrations that were broken off, a record a line, as a file beside the records: README.md of this folder. Pure.
/// </summary>
internal static class BrokenOffFile
{
    private const string Lead = "broken-off.";

    // As many as anybody would look through.
    private const int NumberMax = 9_999;

    /// <summary>Whether a file is one that was set aside.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsOne(string name) => NumberOf(name) > 0;

    /// <summary>A name that none of a folder has.</summary>
    /// <param name="names">The names in the folder.</param>
    /// <exception cref="IOException">There are too many.</exception>
    public static string FreeName(IEnumerable<string> names) => names.Select(NumberOf).DefaultIfEmpty().Max() is var last and < NumberMax
        ? string.Create(CultureInfo.InvariantCulture, $"{Lead}{last + 1}")
        : throw new IOException($"There is a {Lead}{NumberMax} already: move those files out of the folder.");

    /// <summary>Reads the notes.</summary>
    /// <param name="bytes">Their bytes, hostile.</param>
    /// <param name="malformed">What is wrong with the first line that is none; null where all are.</param>
    public static IReadOnlyList<CalibrationRecord> Read(ReadOnlySpan<byte> bytes, out string? malformed)
    {
        malformed = null;
        List<CalibrationRecord> records = [];
        foreach (var range in bytes.Split((byte)'\n'))
        {
            if (bytes[range] is { Length: > 0 } line)
            {
                var (record, wrong) = CalibrationCodec.Decode(line);
                malformed ??= wrong;
                records.AddRange(record is null ? [] : [record]);
            }
        }

        return records;
    }

    private static int NumberOf(string name) => name.StartsWith(Lead, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(Lead.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

/// <summary>A calibration that was broken off and is no record of the store yet.</summary>
/// <param name="Record">The record that it is to be.</param>
/// <param name="Why">Why it is not, in one line.</param>
internal sealed record UnsettledCalibration(CalibrationRecord Record, string Why)
{
    /// <summary>For people: of which channel, why, what to do.</summary>
    public override string ToString() =>
        $"{Record.Device}.{Record.Channel}: a calibration was broken off, and its record cannot be kept: {Why}; until it is the channel is in doubt. "
        + "Mend the card, or make room on it: the running gateway tries again every minute";
}
