using System.CommandLine;
using System.Globalization;
using System.Text;
using PondSentinel.Derivation;
using PondSentinel.Quality;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway derive</c>: computes derived channels of a recorded series.</summary>
internal static class DeriveCommand
{
    private const int ColumnsMax = 64;
    private const int ChunkLength = 32 * 1024;

    private const string Description =
        """
        Compute channels from recorded ones, by the formulas of [[derived]].

        FILE.csv has the columns time and one for each input: ISO 8601 (UTC where it
        does not say) or seconds since 1970; an empty value or NaN is missing. A
        column called as another with .flag behind it holds that one's flags: 1 good,
        2 not evaluated, 3 suspect, 4 fail, 9 missing. The worst flag of the inputs
        wins. What a formula was not published for is flagged 3, with the reason
        extrapolated. Exit 0: computed; 2: a file cannot be used.

        CHANNELS.toml has tables [[channel]] with the keys of [[derived.channel]] in
        gateway.toml, so that they can be moved there. A column that is called as a
        measurand is one; of the others it tells:

          interval = "1m"                        else the median of the series
          [columns]
          "pond-nh4.nh4n" = "ammonium_n_mg_l"
          [[channel]]
          id = "nh3n"
          formula = "unionized-ammonia-nitrogen"
          ammonium = "pond-nh4.nh4n"
          ph = "ph"
          temperature = "water_temperature_c"

        Formulas, what they need, and their constants with what is usual:

        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var series = new Argument<string>("file") { Description = "The series, CSV with the column time and one for each input.", HelpName = "FILE.csv" };
        var channels = new Option<string>("--channels") { Description = "What is computed.", HelpName = "CHANNELS.toml", Required = true };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Verb(
            "derive",
            Description + string.Join('\n', FormulaBook.All.Select(Lines)),
            "pond-gateway derive may.csv --channels ammonia.toml",
            "pond-gateway derive may.csv --channels ammonia.toml --json")
        { series, channels, json };
        command.SetAction(result => Run(
            result.GetRequiredValue(series), result.GetRequiredValue(channels), result.GetValue(json), result.InvocationConfiguration));
        return command;
    }

    private static string Lines(Formula formula)
    {
        var inputs = string.Join(", ", formula.Inputs.Select(input => input.IsOptional ? $"[{input.Key}]" : input.Key));
        var constants = formula.Constants.Select(constant => constant.Usual is not { } usual
            ? constant.Key
            : string.Create(CultureInfo.InvariantCulture, $"{constant.Key} {(constant.IsFlag ? usual > 0 ? "true" : "false" : usual)}"));
        var period = formula.Period is var (_, _, length) ? [$"{Formula.PeriodKey} {Units.Text(length)}"] : Array.Empty<string>();
        var all = string.Join(", ", constants.Concat(period));
        return $"  {formula.Name}: {inputs}{(all.Length > 0 ? $"\n    {all}" : "")}";
    }

    private static int Run(string series, string file, bool json, InvocationConfiguration console)
    {
        try
        {
            if (Survey(series, console.Error) is not var (columns, interval))
            {
                return ExitCode.Misuse;
            }

            var (channels, unreadable, problems) = DeriveFile.Load(file, columns, interval);
            if (channels is null)
            {
                console.Error.WriteFindings(unreadable, problems, []);
                return ExitCode.Misuse;
            }

            using var source = Open(series);
            var reader = new SeriesReader(source, series, ColumnsMax);
            var (rows, fault) = Compute(reader, series, new DerivedRow(channels, columns), json, console.Output);
            if ((fault ?? reader.Problem) is { } problem)
            {
                console.Error.WritePlain(problem.ToString());
                return ExitCode.Misuse;
            }

            console.Error.WritePlain(string.Create(CultureInfo.InvariantCulture, $"{rows} rows every {Units.Text(channels.Interval)}"));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain($"{series}: {e.Message}");
            return ExitCode.Misuse;
        }
    }

    private static StreamReader Open(string series) =>
        new(new FileStream(series, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);

    // The columns, and the median of the steps in time: what has to be known before the first row is computed.
    private static (IReadOnlyList<string> Columns, TimeSpan Interval)? Survey(string series, TextWriter error)
    {
        using var source = Open(series);
        if (!source.BaseStream.CanSeek)
        {
            error.WritePlain($"{series}: has to be read twice, which a pipe cannot; name a file");
            return null;
        }

        var reader = new SeriesReader(source, series, ColumnsMax);
        var survey = new SeriesSurvey();
        while (reader.TryNext(out var ms, out var row))
        {
            survey.Add(new QualitySample(ms, row[0]));
        }

        if (reader.Problem is { } problem)
        {
            error.WritePlain(problem.ToString());
            return null;
        }

        return (reader.Columns, survey.Facts.Interval is { } median && median > TimeSpan.Zero ? median : TimeSpan.FromMinutes(1));
    }

    private static (long Rows, Problem? Fault) Compute(SeriesReader reader, string series, DerivedRow derived, bool json, TextWriter output)
    {
        var chunk = new StringBuilder();
        if (!json)
        {
            chunk.Append(derived.Head).Append('\n');
        }

        long rows = 0;
        long? before = null;
        Problem? fault = null;
        while (fault is null && reader.TryNext(out var ms, out var row))
        {
            fault = ms is not { } at ? new Problem(series, reader.Line, 1, "no time, so nobody knows what these values are of", "write it, or remove the line")
                : at <= before ? new Problem(series, reader.Line, 1, "a time that is not after the one before it", "sort the file by time, and keep one row of each")
                : derived.FaultIn(row) is { } column ? new Problem(series, reader.Line, 1, $"no flag in column {column}", "write 1 good, 2 not evaluated, 3 suspect, 4 fail or 9 missing")
                : null;
            if (fault is null)
            {
                rows++;
                before = ms;
                derived.Step(ms!.Value, row);
                chunk.Append(json ? derived.Json(ms.Value) : derived.Line(ms.Value)).Append('\n');
                if (chunk.Length >= ChunkLength)
                {
                    output.Write(chunk);
                    chunk.Clear();
                }
            }
        }

        output.Write(chunk);
        output.Flush();
        return (rows, fault);
    }
}
