using System.Net;
using System.Text.Json;
using CsCheck;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.History;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Recalculation;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web.History;

public sealed class SeriesTests : IDisposable
{
    private const string Usual = "site=pond&station=stream&device=stream-nh4&channel=nh4n";
    private static readonly long StartMs = AlertBench.Start.ToUnixTimeMilliseconds();
    private readonly PageBench bench = new(TimeProvider.System);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        http.Dispose();
        bench.Dispose();
    }

    [Theory]
    [InlineData(1, 600_000)]
    [InlineData(90, 86_400_000)]
    public async Task Means_stand_where_values_were_deleted_for_their_age(int days, long bucketMs)
    {
        const long DayMs = 86_400_000;
        var now = AlertBench.PointOf(0, 14);
        await bench.KeepAsync(now);
        var oldMs = StartMs / DayMs * DayMs - (400 * DayMs);
        MeanPoint Mean(Resolution resolution, long startMs, double mean) => new()
        {
            Of = SeriesKey.Of(now), Resolution = resolution, StartMs = startMs, Expired = 10,
            Value = new MeanValue(10, 9, mean, mean - 2, mean + 3, null, QualityFlag.Suspect),
        };
        await bench.Series.WriteMeansAsync(
            [Mean(Resolution.TenMinutes, oldMs, 20), Mean(Resolution.TenMinutes, oldMs + 3_600_000, 30), Mean(Resolution.Day, oldMs, 25)], Cancelled);
        await using var page = await bench.StartAsync();

        var answer = await AskAsync(page, $"{Usual}&from={oldMs}&to={oldMs + (days * DayMs)}&points=300");

        var points = answer.GetProperty("points");
        Assert.Equal(bucketMs, Long(answer, "bucketMs"));
        Assert.Equal(days == 1 ? [oldMs, oldMs + 3_600_000] : [oldMs], Longs(points.GetProperty("timeMs")));
        Assert.Equal(days == 1 ? "[20,30]" : "[25]", points.GetProperty("mean").GetRawText());
        Assert.Equal(days == 1 ? "[18,28]" : "[23]", points.GetProperty("min").GetRawText());
    }

    [Fact]
    public async Task Few_values_come_as_they_are_with_what_stands_beside_them()
    {
        await bench.KeepAsync(
            AlertBench.PointOf(0, 14), AlertBench.PointOf(1, 16.5, QualityFlag.Suspect), AlertBench.PointOf(2, null, QualityFlag.Missing),
            AlertBench.PointOf(60, 13));
        bench.Write(transaction =>
        {
            Mark(transaction);
            var alerts = new AlertTables(transaction);
            var subject = alerts.Subject(AlertSubject.Of(AlertBench.PointOf(0, 1)), "").Id;
            alerts.Save("nh4-high", subject, new Episode
            {
                Id = $"nh4-high.stream-nh4-nh4n-3fa9c1d2.{StartMs + 600_000}", Since = AlertBench.Start, Raised = AlertBench.Start.AddMinutes(10), Peak = 16.5004, Standing = EpisodeStanding.Firing, Notices = 1,
            });
            foreach (var rule in (string[])["gone", "nh4-high"])
            {
                alerts.Save(rule, subject, new Episode
                {
                    Id = $"{rule}.stream-nh4-nh4n-3fa9c1d2.{StartMs + 900_000}", Since = AlertBench.Start.AddMinutes(rule == "gone" ? 16 : 15), Raised = AlertBench.Start.AddMinutes(15), Peak = 100,
                    IsPeakBound = true, Standing = EpisodeStanding.Over, Notices = 1, Cleared = AlertBench.Start.AddMinutes(20),
                });
            }
        });
        await using var page = await bench.StartAsync();

        var answer = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 7_200_000}");

        Assert.Equal((0L, "mg/L as N", "nh4n"), (Long(answer, "bucketMs"), Text(answer, "unit"), Text(answer, "channel")));
        var points = answer.GetProperty("points");
        Assert.Equal([StartMs, StartMs + 60_000, StartMs + 120_000, StartMs + 3_600_000], Longs(points.GetProperty("timeMs")));
        Assert.Equal("[14,16.5,null,13]", points.GetProperty("max").GetRawText());
        Assert.Equal("""["good","suspect","missing","good"]""", points.GetProperty("flag").GetRawText());
        Assert.Equal($$"""[{"fromMs":{{StartMs + 120_000}},"toMs":{{StartMs + 3_600_000}}}]""", answer.GetProperty("gaps").GetRawText());
        var limit = Assert.Single(answer.GetProperty("limits").EnumerateArray());
        Assert.Equal(("nh4-high", "above", 15.0, "GB 26451-2011"), (Text(limit, "rule"), Text(limit, "side"), limit.GetProperty("raise").GetDouble(), Text(limit, "standard")));
        Assert.Equal(["c1"], answer.GetProperty("calibrations").EnumerateArray().Select(item => Text(item, "id")));
        Assert.Equal(
            $$"""[{"fromMs":{{StartMs + 600_000}},"toMs":{{StartMs + 1_200_000}},"who":"Wang","reason":"cleaning"}]""",
            answer.GetProperty("maintenance").GetRawText());
        Assert.Equal([14.25], answer.GetProperty("samples").EnumerateArray().Select(item => item.GetProperty("value").GetDouble()));
        Assert.Equal("+2.25 (+15.8 %)", Text(answer.GetProperty("samples")[0].GetProperty("probe"), "text"));
        var alert = answer.GetProperty("alerts")[0];
        Assert.Equal(("nh4-high", JsonValueKind.Null, StartMs), (Text(alert, "rule"), alert.GetProperty("clearedMs").ValueKind, Long(alert, "sinceMs")));
        Assert.Equal((16.5004, "16.5 mg/L as N"), (alert.GetProperty("peak").GetDouble(), Text(alert, "peakText")));
        Assert.Equal(
            [("nh4-high", true, "at least 100 mg/L as N"), ("gone", true, "100 or worse")],
            answer.GetProperty("alerts").EnumerateArray().Skip(1).Select(told => (Text(told, "rule"), told.GetProperty("peakBound").GetBoolean(), Text(told, "peakText"))));
    }

    [Fact]
    public async Task Sample_comes_with_what_the_probe_had_then_and_how_far_that_was()
    {
        await bench.KeepAsync(AlertBench.PointOf(14, 13.25), AlertBench.PointOf(16, 16.5, QualityFlag.Suspect));
        bench.Write(Mark);
        await using var page = await bench.StartAsync();

        var answer = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 7_200_000}");

        Assert.Equal(
            $$"""{"timeMs":{{StartMs + 840_000}},"value":13.25,"flag":"good","difference":-1,"percent":-7.017543859649122,"text":"-1 (-7 %)"}""",
            answer.GetProperty("samples")[0].GetProperty("probe").GetRawText());
        bench.Write(transaction => transaction.Execute("UPDATE grab_sample SET value = 1e-308"));
        var near = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 7_200_000}");
        Assert.Equal(
            $$"""{"timeMs":{{StartMs + 840_000}},"value":13.25,"flag":"good","difference":13.25,"percent":null,"text":"+13.25"}""",
            near.GetProperty("samples")[0].GetProperty("probe").GetRawText());
        bench.Write(transaction => transaction.Execute("UPDATE grab_sample SET time_ns = time_ns + 3600000000000"));
        var later = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 7_200_000}");
        Assert.Equal(JsonValueKind.Null, later.GetProperty("samples")[0].GetProperty("probe").ValueKind);
    }

    [Fact]
    public async Task Many_values_come_as_stretches_that_keep_every_extreme()
    {
        // A spike of one value among ten thousand, and one that is bad beside it.
        await bench.KeepAsync([.. Enumerable.Range(0, 10_000).Select(minute => AlertBench.PointOf(
            minute, minute == 4_321 ? 99 : minute == 4_322 ? 1e6 : 5, minute == 4_322 ? QualityFlag.Fail : QualityFlag.Good))]);
        await using var page = await bench.StartAsync();

        var answer = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + (10_000L * 60_000)}&points=100");

        var points = answer.GetProperty("points");
        Assert.InRange(points.GetProperty("timeMs").GetArrayLength(), 50, 100);
        Assert.Equal(99, points.GetProperty("max").EnumerateArray().Max(value => value.GetDouble()));
        Assert.Equal(10_000, Longs(points.GetProperty("count")).Sum());
        Assert.Equal(["bad"], points.GetProperty("flag").EnumerateArray().Select(flag => flag.GetString()).Where(flag => flag != "good"));
        Assert.Equal(JsonValueKind.Null, points.GetProperty("why").ValueKind);
        Assert.Empty(answer.GetProperty("gaps").EnumerateArray());
    }

    [Fact]
    public void Answer_never_has_more_points_than_are_wanted_and_loses_none_of_the_values() => (
        from minutes in Gen.Int[1, 20_000].HashSet[2, 400]
        from points in Gen.Int[2, 50]
        select (minutes, points)).Sample(
        (minutes, points) =>
        {
            using var own = new PageBench();
            var stored = minutes.Order().Select(minute => AlertBench.PointOf(minute, minute)).ToList();
            own.KeepAsync(stored).GetAwaiter().GetResult();
            using var history = new SeriesHistory(own.Series, own.State.Connect, [], own.Live, own.Time);
            var answer = history.AnswerAsync(
                new SeriesQuery
                {
                    Site = "pond", Station = "stream", Device = "stream-nh4", Channel = "nh4n", FromMs = StartMs,
                    ToMs = StartMs + (20_001L * 60_000), Points = points,
                },
                Cancelled).GetAwaiter().GetResult().Answer!;
            return answer.Points.TimeMs.Count <= points
                && answer.Points.Count.Sum() == minutes.Count
                && answer.Points.Min.Min() == minutes.Min() && answer.Points.Max.Max() == minutes.Max();
        },
        iter: TestDepth.Cases(10));

    [Theory]
    [InlineData("station=stream&device=d&channel=c", "site is missing; /api/now names every channel")]
    [InlineData(Usual + "&points=1", "points is a whole number from 2 to 5000")]
    [InlineData(Usual + "&points=5001", "points is a whole number from 2 to 5000")]
    [InlineData(Usual + "&points=ten", "points is a whole number from 2 to 5000")]
    [InlineData(Usual + "&from=2026-07-02T00:00:00Z&to=2026-07-01T00:00:00Z", "from must lie before to")]
    [InlineData(Usual + "&from=2025-01-01&to=2026-07-01", "from and to lie at most 400 days apart")]
    [InlineData(Usual + "&from=yesterday", "from and to are ms since 1970, or times like 2026-07-01T06:00:00Z, from 1971 to 2260")]
    [InlineData(Usual + "&to=99999999999999999999", "from and to are ms since 1970, or times like 2026-07-01T06:00:00Z, from 1971 to 2260")]
    [InlineData(Usual + "&site=other", "site must stand once, with 1 to 64 characters")]
    [InlineData(Usual + "&gateway=", "gateway must stand once, with 1 to 64 characters")]
    [InlineData(Usual + "&_=1", "\"_\" is no parameter; those that are: site station device channel gateway measurand from to points lang")]
    public async Task What_cannot_be_meant_is_one_clear_error(string query, string expected)
    {
        await using var page = await bench.StartAsync();

        var problem = await AskAsync(page, query, HttpStatusCode.BadRequest);

        Assert.Equal((400, expected), (problem.GetProperty("status").GetInt32(), Text(problem, "detail")));
    }

    [Fact]
    public async Task Series_that_is_not_there_and_one_of_several_gateways_are_told_apart()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 1));
        await bench.KeepAsync(AlertBench.PointOf(0, 2) with { Gateway = "gz-08" });
        await using var page = await bench.StartAsync();

        var none = await AskAsync(page, Usual + "x", HttpStatusCode.NotFound);
        var several = await AskAsync(page, Usual, HttpStatusCode.BadRequest);

        Assert.Equal("No such series", Text(none, "title"));
        Assert.Equal("Name gateway and measurand too: gz-07 ammonium_n_mg_l, gz-08 ammonium_n_mg_l", Text(several, "detail"));
        Assert.Equal("gz-08", Text(await AskAsync(page, Usual + "&gateway=gz-08"), "gateway"));
    }

    [Fact]
    public async Task Revision_is_what_is_shown()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 1));
        await bench.KeepAsync(AlertBench.PointOf(0, 1, QualityFlag.Suspect) with { IsRevision = true });
        await using var page = await bench.StartAsync();

        var answer = await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 1_000}");

        Assert.Equal("""["suspect"]""", answer.GetProperty("points").GetProperty("flag").GetRawText());
    }

    [Fact]
    public async Task Table_for_spreadsheets_has_the_same_numbers_under_names_that_end_in_the_unit()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14.125), AlertBench.PointOf(1, null, QualityFlag.Missing));
        await using var page = await bench.StartAsync();

        using var answer = await http.GetAsync(new Uri(page.Address, $"/api/series.csv?{Usual}&from={StartMs}&to={StartMs + 600_000}"), Cancelled);

        Assert.Equal("attachment; filename=\"pond-stream-stream-nh4-nh4n.csv\"", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(
            "time_utc,ammonium_n_mg_l,flag,why\r\n2026-07-01T06:00:00.000Z,14.125,good,\"\"\r\n2026-07-01T06:01:00.000Z,,missing,\"\"\r\n",
            await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task Table_of_stretches_names_their_extremes()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 1), AlertBench.PointOf(1, 3), AlertBench.PointOf(2, 2));
        await using var page = await bench.StartAsync();

        Assert.Equal(
            "time_utc,ammonium_n_mg_l_first,ammonium_n_mg_l_last,ammonium_n_mg_l_min,ammonium_n_mg_l_max,ammonium_n_mg_l_mean,count,flag\r\n2026-07-01T06:00:00.000Z,1,2,1,3,2,3,good\r\n",
            await http.GetStringAsync(new Uri(page.Address, $"/api/series.csv?{Usual}&from={StartMs}&to={StartMs + 600_000}&points=2"), Cancelled));
    }

    [Fact]
    public async Task Document_of_the_api_has_the_paths_parameters_and_members_that_there_are()
    {
        await bench.KeepAsync(AlertBench.PointOf(0, 14));
        bench.Write(Mark);
        await using var page = await bench.StartAsync(new WebOptions { Port = 0, Public = new PublicOptions("pond", "stream", null, null, null, null) });
        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/openapi.json"), Cancelled));
        var paths = document.RootElement.GetProperty("paths");

        Assert.Equal(
            page.Paths.Where(path => !PageAsset.All.Any(asset => asset.Path == path) || path.StartsWith("/api", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal),
            paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.All(["/api/series", "/api/series.csv"], path => Assert.Equal(
            SeriesQuery.Names, paths.GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => Text(parameter, "name"))));
        Assert.Equal(
            ReportRoutes.Names, paths.GetProperty("/report").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => Text(parameter, "name")));
        var schema = document.RootElement.GetProperty("components").GetProperty("schemas");
        AssertHasForm(schema.GetProperty("Series"), await AskAsync(page, $"{Usual}&from={StartMs}&to={StartMs + 7_200_000}"), "Series");
        AssertHasForm(schema.GetProperty("Problem"), await AskAsync(page, "", HttpStatusCode.BadRequest), "Problem");
        using var ready = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/readyz"), Cancelled));
        AssertHasForm(schema.GetProperty("Readiness"), ready.RootElement, "Readiness");
        using var desk = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/desk"), Cancelled));
        AssertHasForm(schema.GetProperty("Desk"), desk.RootElement, "Desk");
        using var me = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/me"), Cancelled));
        AssertHasForm(schema.GetProperty("Me"), me.RootElement, "Me");
        using var now = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/now"), Cancelled));
        Assert.All(
            schema.GetProperty("Snapshot").GetProperty("required").EnumerateArray(),
            member => Assert.True(now.RootElement.TryGetProperty(member.GetString()!, out _), member.GetString()));
    }

    // Each member of an answer is in the schema and each required one is there, all the way down.
    private static void AssertHasForm(JsonElement schema, JsonElement value, string where)
    {
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray())
            {
                AssertHasForm(items, item, where + "[]");
            }
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        foreach (var member in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(member.Name, out var known), $"{where}.{member.Name} is not in the document");
            AssertHasForm(known, member.Value, $"{where}.{member.Name}");
        }

        foreach (var name in schema.GetProperty("required").EnumerateArray())
        {
            Assert.True(value.TryGetProperty(name.GetString()!, out _), $"{where} lacks {name.GetString()}");
        }
    }

    private static void Mark(Microsoft.Data.Sqlite.SqliteTransaction transaction)
    {
        var series = SeriesKey.Of(AlertBench.PointOf(0, 1));
        new CalibrationTable(transaction).Keep(
            "gz-07",
            CalibrationEvents.Of(new CalibrationRecord
            {
                Id = "c1", Device = "stream-nh4", Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Model = "m", TimeMs = StartMs + 300_000,
                By = "li", Kind = CalibrationKind.Instrument, Celsius = 20,
            }),
            StartMs);
        new SampleTable(transaction).Add(new SamplePoint
        {
            Beside = series, Method = "HJ 535", TimeNs = Point.KeyNs(StartMs + 900_000, 1), Value = 14.25, Who = "Li", Laboratory = "", Note = "",
            Epoch = "7q2mzk4a", Sequence = 1,
        });
        var number = 0;
        foreach (var (minute, body) in new[]
        {
            (10, """{"what":"begin","of":"device","name":"stream-nh4","reason":"cleaning","who":"Wang","for_s":3600}"""),
            (12, """{"what":"begin","of":"device","name":"other","reason":"cleaning","who":"Wang","for_s":3600}"""),
            (20, """{"what":"end","of":"device","name":"stream-nh4","why":"off","who":"Wang","lasted_s":600}"""),
        })
        {
            transaction.Execute(
                "INSERT INTO ingest_event(gateway, site, at_ms, payload) VALUES ('gz-07', 'pond', 0, $payload)",
                ("$payload", EventCodec.Encode(new EventMessage
                {
                    Gateway = "gz-07", Epoch = "7q2mzk4a", Number = number++, TimeMs = StartMs + (minute * 60_000L),
                    Clock = new ClockStamp(ClockSource.Ntp, 12), Type = "maint", Body = JsonElement.Parse(body),
                })));
        }
    }

    private async Task<JsonElement> AskAsync(WebPage page, string query, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await http.GetAsync(new Uri(page.Address, $"/api/series?{query}"), Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(expected == answer.StatusCode, text);
        Assert.Equal(expected == HttpStatusCode.OK ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return JsonElement.Parse(text);
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static long Long(JsonElement element, string member) => element.GetProperty(member).GetInt64();

    private static IEnumerable<long> Longs(JsonElement element) => element.EnumerateArray().Select(item => item.GetInt64());
}
