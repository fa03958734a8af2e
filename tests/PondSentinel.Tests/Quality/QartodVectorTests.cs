using System.Globalization;
using System.Text.Json;
using PondSentinel.Measurements;
using PondSentinel.Quality;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Quality;

/// <summary>What the reference implementation answers.</summary>
public sealed class QartodVectorTests
{
    private const string Folder = "tests/PondSentinel.Tests/Quality/vectors/";

    // These two judge by today's date and by when data arrive; a gateway has its clock's trust for the one and alerts for the
    // other. Settings of a wrong type cannot be written here.
    private static readonly string[] NotOurs =
        ["impossible_date_test-001", "impossible_date_test-003", "data_reception_test-002", "gross_range_test-001", "spike_test-011"];

    public static TheoryData<string> Cases => [.. Vectors.Select(vector => vector.Id).Except(NotOurs)];

    private static IReadOnlyList<(string Id, JsonElement Case)> Vectors { get; } =
    [
        .. Checkout.Files
            .Where(file => file.StartsWith(Folder, StringComparison.Ordinal) && file.EndsWith(".json", StringComparison.Ordinal))
            .SelectMany(file => JsonDocument.Parse(Checkout.Text(file)).RootElement.GetProperty("cases").EnumerateArray())
            .Select(each => (each.GetProperty("id").GetString()!, each)),
    ];

    [Fact]
    public void Every_test_has_known_answers()
    {
        Assert.Equal(79 + 80, Vectors.Count);
        Assert.Equal([], NotOurs.Except(Vectors.Select(vector => vector.Id)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Known_answer_is_given(string id)
    {
        var vector = Vectors.Single(each => each.Id == id).Case;
        var arguments = vector.GetProperty("args");
        var function = vector.GetProperty("func").GetString();
        if (function == "qartod_compare")
        {
            Assert.Equal(Flags(vector), Compared(arguments.GetProperty("vectors")));
            return;
        }

        var (test, tests) = Tests(function, arguments);

        // A tolerance of 0 never flags anything; to write it is a mistake here.
        if (vector.TryGetProperty("expected_error", out _) || tests.FlatLine is { Tolerance.Amount: 0 })
        {
            Assert.Equal([test], tests.Faults().Select(fault => fault.Test));
            return;
        }

        Assert.Equal(Flags(vector), JudgedSeries.Of(Series(arguments), tests).Select(judged => (int)judged.Flags[test]!.Value));
    }

    private static IEnumerable<int> Flags(JsonElement vector) => vector.GetProperty("expected").EnumerateArray().Select(flag => flag.GetInt32());

    private static IEnumerable<int> Compared(JsonElement vectors)
    {
        var rows = vectors.EnumerateArray().Select(row => row.EnumerateArray().Select(flag => (QualityFlag)flag.GetInt32()).ToList()).ToList();
        return Enumerable.Range(0, rows[0].Count).Select(n => (int)rows.Select(row => row[n]).Aggregate(FlagPrecedence.Aggregate));
    }

    private static (QualityTest Test, ChannelTests Tests) Tests(string? function, JsonElement arguments) => function switch
    {
        "gross_range_test" => (QualityTest.GrossRange, new ChannelTests
        {
            GrossRange = new() { Fail = Span(arguments, "fail_span"), Suspect = Span(arguments, "suspect_span") },
        }),
        "climatology_test" => (QualityTest.Climatology, new ChannelTests { Climatology = [.. Members(arguments.GetProperty("config")).Select(Member)] }),
        "spike_test" => (QualityTest.Spike, new ChannelTests
        {
            Spike = new()
            {
                Method = Text(arguments, "method") == "differential" ? SpikeMethod.Differential : SpikeMethod.Average,
                Suspect = Threshold(arguments, "suspect_threshold"),
                Fail = Threshold(arguments, "fail_threshold"),
            },
        }),
        "rate_of_change_test" => (QualityTest.RateOfChange, new ChannelTests
        {
            RateOfChange = new() { Suspect = Threshold(arguments, "threshold"), Fail = Threshold(arguments, "fail_threshold") },
        }),
        "flat_line_test" => (QualityTest.FlatLine, new ChannelTests
        {
            FlatLine = new()
            {
                Suspect = Seconds(arguments, "suspect_threshold"),
                Fail = Seconds(arguments, "fail_threshold"),
                Tolerance = Threshold(arguments, "tolerance") ?? new Threshold(0),
            },
        }),
        "attenuated_signal_test" => (QualityTest.AttenuatedSignal, new ChannelTests
        {
            AttenuatedSignal = new()
            {
                Method = Text(arguments, "check_type") == "range" ? SpreadMethod.Range : SpreadMethod.StandardDeviation,
                Suspect = Number(arguments, "suspect_threshold"),
                Fail = Number(arguments, "fail_threshold"),
                Period = Seconds(arguments, "test_period"),
                ObservationsMin = (int?)Number(arguments, "min_obs"),
                PeriodMin = Seconds(arguments, "min_period"),
            },
        }),
        "time_gap_test" => (QualityTest.TimeGap, new ChannelTests
        {
            TimeGap = new() { Fail = TimeSpan.FromHours(Number(arguments, "fail_span") ?? 2) },
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "No such test."),
    };

    private static List<JsonElement> Members(JsonElement config) =>
        [.. (config.ValueKind == JsonValueKind.Array ? config : config.GetProperty("climatology_members")).EnumerateArray()];

    private static ClimatologyMember Member(JsonElement member)
    {
        var period = Text(member, "period");
        return new ClimatologyMember
        {
            Period = period switch
            {
                null => null,
                "month" => ClimatologyPeriod.Month,
                "quarter" => ClimatologyPeriod.Quarter,
                "dayofyear" => ClimatologyPeriod.DayOfYear,
                "week" or "weekofyear" => ClimatologyPeriod.Week,
                "dayofweek" => ClimatologyPeriod.DayOfWeek,
                _ => throw new ArgumentOutOfRangeException(nameof(member), period, "No such period."),
            },
            Times = period is null
                ? Band([.. member.GetProperty("tspan").EnumerateArray().Select(time => (double)Time(time)!.Value)])
                : Span(member, "tspan")!.Value,
            Suspect = Span(member, "vspan")!.Value,
            Fail = Span(member, "fspan"),
            DepthMetres = Span(member, "zspan"),
        };
    }

    private static QualitySample[] Series(JsonElement arguments)
    {
        var times = Array(arguments, "tinp");
        var values = Array(arguments, "inp");
        var depths = Array(arguments, "zinp");
        return
        [
            .. Enumerable.Range(0, Math.Max(times.Count, values.Count)).Select(n => new QualitySample(
                n < times.Count ? Time(times[n]) : null,
                n < values.Count ? Value(values[n]) : double.NaN,
                n < depths.Count && depths[n].ValueKind == JsonValueKind.Number ? depths[n].GetDouble() : null)),
        ];
    }

    private static List<JsonElement> Array(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var array) ? [.. array.EnumerateArray()] : [];

    private static double Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => double.NaN,
        JsonValueKind.String => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        _ => value.GetDouble(),
    };

    private static long? Time(JsonElement time) => time.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => (long)(time.GetDouble() * 1000),
        _ => DateTimeOffset.Parse(time.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds(),
    };

    private static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static double? Number(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : null;

    private static Threshold? Threshold(JsonElement arguments, string name) =>
        Number(arguments, name) is { } number ? new Threshold(number) : null;

    private static TimeSpan? Seconds(JsonElement arguments, string name) =>
        Number(arguments, name) is { } number ? TimeSpan.FromSeconds(number) : null;

    private static Band? Span(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var span) && span.ValueKind == JsonValueKind.Array
            ? Band([.. span.EnumerateArray().Select(end => end.GetDouble())])
            : null;

    private static Band Band(double[] ends) => new(ends.Min(), ends.Max());
}
