using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway qc</c>: flags a recorded series, to tune the tests on what a site has really seen.</summary>
internal static class QualityCommand
{
    /// <summary>Exit code where a sample is suspect or fails.</summary>
    public const int Flagged = 1;

    private const int ChunkLength = 32 * 1024;

    private const string Description =
        """
        Flag a recorded series by the tests of QARTOD, to tune them on real data.

        FILE.csv has the columns time and value: ISO 8601 (UTC where it does not
        say) or seconds since 1970; an empty value or NaN is missing. Each sample is
        printed with its flag and each test's verdict: 1 good, 2 not evaluated,
        3 suspect, 4 fail, 9 missing. Exit 0: nothing is suspect or fails; 1:
        something is or does; 2: a file cannot be used.

        TESTS.toml has the keys of [[device.channel]] in gateway.toml, so that they
        can be moved there as they are, and may say what a device says there:
        measurand, and interval (else the median of the series is taken).

          interval = "1m"
          fail = [0, 14]                         outside is impossible
          suspect = [2.5, 9.5]                   outside is unusual
          [qc]
          spike = { suspect = 0.3, fail = 1 }    from both neighbours
          rate_of_change = { suspect = 0.5, fail = 2, per = "10m" }
          flat_line = { suspect = "6h", fail = "24h", tolerance = 0.01 }
          time_gap = { fail = "2h" }
          step = { suspect = 4, floor = 0.3 }    sigmas of what it usually moves by
          climatology = [
            { month = [4, 9], suspect = [4, 8] },
            { month = [10, 12], suspect = [3, 7] },
          ]
          [qc.attenuated_signal]
          method = "std"
          suspect = 0.02
          fail = 0.005
          period = "24h"
          period_min = "12h"

        A spike with method = "average" is one from the mean of its neighbours.
        "20%" instead of a number is a share of the value, and floor = 1 what it
        comes to at least. With a measurand, qc = { defaults = true, off = ["spike"] }
        takes the project's own proposal; what is written beside it wins.
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var series = new Argument<string>("file") { Description = "The series, CSV with the columns time and value.", HelpName = "FILE.csv" };
        var tests = new Option<string>("--tests") { Description = "What it is tested for.", HelpName = "TESTS.toml", Required = true };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Verb("qc", Description, "pond-gateway qc may.csv --tests ph.toml", "pond-gateway qc may.csv --tests ph.toml --json") { series, tests, json };
        command.SetAction(result => Run(
            result.GetRequiredValue(series), result.GetRequiredValue(tests), result.GetValue(json), result.InvocationConfiguration));
        return command;
    }

    private static int Run(string series, string file, bool json, InvocationConfiguration console)
    {
        var (tests, unreadable, problems) = TestsFile.Load(file);
        if (tests is null)
        {
            console.Error.WriteFindings(unreadable, problems, []);
            return ExitCode.Misuse;
        }

        try
        {
            if (FactsOf(series, tests, console.Error) is not { } facts)
            {
                return ExitCode.Misuse;
            }

            using var source = Open(series);
            var reader = new SeriesReader(source, series);
            var tally = Judge(reader, tests, facts, json, console.Output);
            if (reader.Problem is { } problem)
            {
                console.Error.WritePlain(problem.ToString());
                return ExitCode.Misuse;
            }

            console.Error.WritePlain(Summary(tally, facts));
            return tally[QualityFlag.Suspect] + tally[QualityFlag.Fail] > 0 ? Flagged : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain($"{series}: {e.Message}");
            return ExitCode.Misuse;
        }
    }

    private static StreamReader Open(string series) =>
        new(new FileStream(series, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);

    // What tests have to know of the series before its first sample takes a pass of its own.
    private static SeriesFacts? FactsOf(string series, TestsOfFile tests, TextWriter error)
    {
        if (!tests.Channel.NeedsWhole && (tests.Interval is not null || !tests.Channel.NeedsInterval))
        {
            return new SeriesFacts(tests.Interval);
        }

        using var source = Open(series);
        if (!source.BaseStream.CanSeek)
        {
            error.WritePlain($"{series}: has to be read twice, which a pipe cannot; name a file, or write interval and period in {tests.File}");
            return null;
        }

        var reader = new SeriesReader(source, series);
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

        if (survey.IsTooIrregular && tests.Interval is null && tests.Channel.NeedsInterval)
        {
            error.WritePlain($"{series}: its steps in time are of too many kinds to find the median; write interval = \"1m\" in {tests.File}");
            return null;
        }

        return tests.Interval is { } interval ? survey.Facts with { Interval = interval } : survey.Facts;
    }

    private static Dictionary<QualityFlag, long> Judge(
        SeriesReader reader, TestsOfFile tests, SeriesFacts facts, bool json, TextWriter output)
    {
        var tally = Enum.GetValues<QualityFlag>().ToDictionary(flag => flag, _ => 0L);
        var running = tests.Channel.Running();
        var judge = new SeriesJudge(tests.Channel, facts);
        var chunk = new StringBuilder();
        if (!json)
        {
            chunk.Append("time,value,flag").AppendJoin("", running.Select(test => $",{test.Word}")).Append('\n');
        }

        while (reader.TryNext(out var ms, out var row))
        {
            Print(judge.Judge(new QualitySample(ms, row[0], tests.DepthMetres)));
            if (chunk.Length >= ChunkLength)
            {
                output.Write(chunk);
                chunk.Clear();
            }
        }

        if (reader.Problem is null)
        {
            Print(judge.Complete());
        }

        output.Write(chunk);
        output.Flush();
        return tally;

        void Print(ReadOnlySpan<JudgedSample> settled)
        {
            foreach (ref readonly var judged in settled)
            {
                tally[judged.Flag]++;
                chunk.Append(json ? Json(judged, running) : Line(judged, running)).Append('\n');
            }
        }
    }

    private static string Line(JudgedSample judged, IReadOnlyList<QualityTest> running)
    {
        var line = new StringBuilder();
        line.Append(judged.Sample.TimeMs is { } ms ? IsoTime.Text(ms) : "")
            .Append(',').Append(double.IsNaN(judged.Sample.Value) ? "" : judged.Sample.Value.ToString("R", CultureInfo.InvariantCulture))
            .Append(',').Append((int)judged.Flag);
        foreach (var test in running)
        {
            line.Append(',').Append((int)judged.Flags[test]!.Value);
        }

        return line.ToString();
    }

    private static string Json(JudgedSample judged, IReadOnlyList<QualityTest> running) => JsonLine.Of(json =>
    {
        if (judged.Sample.TimeMs is { } ms)
        {
            json.WriteString("time", IsoTime.Text(ms));
        }
        else
        {
            json.WriteNull("time");
        }

        WriteValue(json, judged.Sample.Value);
        json.WriteNumber("flag", (int)judged.Flag);
        json.WriteStartObject("tests");
        foreach (var test in running)
        {
            json.WriteNumber(test.Word, (int)judged.Flags[test]!.Value);
        }

        json.WriteEndObject();
    });

    private static void WriteValue(Utf8JsonWriter json, double value)
    {
        if (double.IsNaN(value))
        {
            json.WriteNull("value");
        }
        else if (double.IsFinite(value))
        {
            json.WriteNumber("value", value);
        }
        else
        {
            // JSON has no number for it.
            json.WriteString("value", value > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static string Summary(Dictionary<QualityFlag, long> tally, SeriesFacts facts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{tally.Values.Sum()} samples{(facts.Interval is { } interval ? $" every {Units.Text(interval)}" : "")}: {tally[QualityFlag.Good]} good, {tally[QualityFlag.Suspect]} suspect, {tally[QualityFlag.Fail]} fail, {tally[QualityFlag.NotEvaluated]} not evaluated, {tally[QualityFlag.Missing]} missing");
}
