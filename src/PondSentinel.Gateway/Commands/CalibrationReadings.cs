using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>Readings in standards as people write them: on the command line, or in a file.</summary>
internal static class CalibrationReadings
{
    /// <summary>The coldest standard, °C.</summary>
    internal const double CelsiusMin = -10;

    /// <summary>The warmest, °C.</summary>
    internal const double CelsiusMax = 100;

    private static readonly TimeSpan EveryMin = TimeSpan.FromDays(1);
    private static readonly TimeSpan EveryMax = TimeSpan.FromDays(3650);

    /// <summary>Reads <c>VALUE=RAW[,lot=LOT][,name=NAME]</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The reading; null where it is none.</returns>
    public static StandardReading? Parse(string text)
    {
        var parts = text.Split(',');
        if (parts[0].Split('=') is not [var standard, var raw] || Number(standard) is not { } value || Number(raw) is not { } shown)
        {
            return null;
        }

        var reading = new StandardReading(value, shown);
        foreach (var part in parts.Skip(1))
        {
            var (key, worth) = part.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (part[..at].Trim(), part[(at + 1)..].Trim()) : ("", "");
            if (worth.Length is 0 or > StandardReading.TextLengthMax)
            {
                return null;
            }

            switch (key)
            {
                case "lot":
                    reading = reading with { Lot = worth };
                    break;
                case "name":
                    reading = reading with { Name = worth };
                    break;
                default:
                    return null;
            }
        }

        return reading;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    /// <returns>What was done; or why it cannot be read; or its mistakes.</returns>
    public static (CalibrationDraft? Draft, string? Unreadable, IReadOnlyList<Problem> Problems) Load(string path, long nowMs)
    {
        var (text, unreadable) = TomlFile.Read(path, "pond-gateway calibration add --help shows what stands in it");
        if (text is null)
        {
            return (null, unreadable, []);
        }

        List<Problem> problems = [];
        var top = TomlSection.Parse(path, text, problems);
        var draft = new CalibrationDraft
        {
            Id = top.Text("id"),
            By = Line(top, "who", CalibrationRecord.ByLengthMax) ?? MaintenanceCommand.Caller,
            TimeMs = Time(top, nowMs),
            Celsius = top.Number("temperature_c", CelsiusMin, CelsiusMax) ?? 25,
            AsFound = Readings(top, "found"),
            AsLeft = Readings(top, "standard"),
            IsHeldByInstrument = top.Flag("held_by_instrument") ?? false,
            Every = top.Duration("every", EveryMin, EveryMax),
            Note = Line(top, "note", CalibrationRecord.TextLengthMax),
        };
        if (draft.AsLeft.Count == 0)
        {
            top.Report(null, "there is no [[standard]]", "add one for each standard: value = 4.01, raw = 176.9");
        }

        top.RefuseUnknownKeys();
        return problems.Count == 0
            ? (draft, null, [])
            : (null, null, [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    /// <summary>A finite number.</summary>
    /// <param name="text">As people write it.</param>
    /// <returns>It; null where it is none.</returns>
    internal static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    private static List<StandardReading> Readings(TomlSection top, string key)
    {
        List<StandardReading> readings = [];
        foreach (var section in top.Tables(key))
        {
            readings.Add(new StandardReading(section.Number("value", required: true) ?? 0, section.Number("raw", required: true) ?? 0)
            {
                Name = Line(section, "name", StandardReading.TextLengthMax),
                Lot = Line(section, "lot", StandardReading.TextLengthMax),
            });
            section.RefuseUnknownKeys();
        }

        if (readings.Count > CalibrationFit.StandardsMax)
        {
            top.Report(key, $"more than {CalibrationFit.StandardsMax} of [[{key}]]", "a calibration has 1 to 3 standards");
        }

        return readings;
    }

    private static string? Line(TomlSection section, string key, int lengthMax)
    {
        var text = section.Text(key);
        if (text is null || (text.Length > 0 && text.Length <= lengthMax && !text.Any(char.IsControl)))
        {
            return text;
        }

        section.Report(key, $"{key} must be 1 to {lengthMax} characters on one line", "shorten it");
        return null;
    }

    private static long Time(TomlSection top, long nowMs)
    {
        if (top.Text("at") is not { } text)
        {
            return nowMs;
        }

        if (IsoTime.TryParse(text, out var time))
        {
            return time.ToUnixTimeMilliseconds();
        }

        top.Report("at", $"at is no time: \"{text}\"", "write 2026-11-01T06:30:00Z; UTC");
        return nowMs;
    }
}
