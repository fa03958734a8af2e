using System.Net;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Public;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Web.Public;

public sealed class PublicTests : IDisposable
{
    private static readonly WebOptions Shown = new()
    {
        Port = 0, Public = new PublicOptions("pond", "stream", "The stream <below> the pond", "池塘下游的小溪", null, null),
    };

    private const string Unknown = "Nobody can say now: measurements are missing or in doubt";
    private const string Kept = "All within limits";

    private readonly PageBench bench = new(TimeProvider.System);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        http.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Public_view_is_off_until_somebody_names_a_station()
    {
        await using var page = await bench.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(page.Address, "/public"), Cancelled)).StatusCode);
    }

    [Fact]
    public async Task What_is_exceeded_is_told_with_its_limit_since_when_and_what_to_do_in_both_languages()
    {
        bench.Store(AlertBench.PointOf(0, 16.5));
        bench.Alerts = [Status(AlertPhase.Firing)];
        await using var page = await bench.StartAsync(Shown);

        var english = await AskAsync(page);
        var chinese = await AskAsync(page, "zh-CN,zh;q=0.9");

        Assert.All(
            new[] { "A limit is exceeded", "16.5", "above 15 mg/L as N", "Since: 2026-07-01 06:00 UTC", "What to do: </b>Do not drink this water", "The stream &lt;below&gt; the pond" },
            text => Assert.Contains(text, english, StringComparison.Ordinal));
        Assert.All(
            new[] { "有指标超过限值", "铵态氮", "16.5", "高于 15", "请勿饮用", "池塘下游的小溪" },
            text => Assert.Contains(text, chinese, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(AlertPhase.Normal, 0, "All within limits")]
    [InlineData(AlertPhase.Pending, 0, "A limit has just been crossed; if it lasts, it is told here")]
    [InlineData(AlertPhase.Clearing, 0, "It is getting better, but is not over yet")]
    [InlineData(AlertPhase.Normal, 60, "Nobody can say now: measurements are missing or in doubt")]
    [InlineData(AlertPhase.Pending, 60, "Nobody can say now: measurements are missing or in doubt")]
    [InlineData(AlertPhase.Firing, 60, "A limit is exceeded")]
    public async Task Nothing_is_called_fine_that_nobody_has_measured_lately(AlertPhase phase, int minutesLater, string expected)
    {
        bench.Store(AlertBench.PointOf(0, 1));
        bench.Alerts = [Status(phase)];
        bench.Time.Advance(TimeSpan.FromMinutes(minutesLater));
        await using var page = await bench.StartAsync(Shown);

        Assert.Contains($"<h2>{expected}</h2>", await AskAsync(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(QualityFlag.Good, AlertPhase.Normal, "All within limits", true)]
    [InlineData(QualityFlag.NotEvaluated, AlertPhase.Normal, "All within limits", true)]
    [InlineData(QualityFlag.Suspect, AlertPhase.Normal, "Nobody can say now: measurements are missing or in doubt", false)]
    [InlineData(QualityFlag.Fail, AlertPhase.Normal, "Nobody can say now: measurements are missing or in doubt", false)]
    [InlineData(QualityFlag.Missing, AlertPhase.Normal, "Nobody can say now: measurements are missing or in doubt", false)]
    [InlineData(QualityFlag.Suspect, AlertPhase.Pending, "A limit has just been crossed; if it lasts, it is told here", true)]
    [InlineData(QualityFlag.Suspect, AlertPhase.Firing, "A limit is exceeded", true)]
    public async Task Value_that_is_in_doubt_is_never_called_within_its_limit(QualityFlag flag, AlertPhase phase, string expected, bool isTold)
    {
        bench.Store(AlertBench.PointOf(0, flag == QualityFlag.Missing ? null : 7.25, flag));
        bench.Alerts = [Status(phase)];
        await using var page = await bench.StartAsync(Shown);

        var html = await AskAsync(page);

        Assert.Contains($"<h2>{expected}</h2>", html, StringComparison.Ordinal);
        Assert.Equal(isTold, html.Contains("7.25", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(AlertPhase.Normal, "All within limits")]
    [InlineData(AlertPhase.Pending, "All within limits")]
    [InlineData(AlertPhase.Firing, "A limit is exceeded")]
    public async Task What_was_taken_down_leaves_nothing_unknown_but_its_alarm_stands(AlertPhase phase, string expected)
    {
        var gone = AlertSubject.Of(AlertBench.PointOf(0, 1)) with { Gateway = "gz-06" };
        bench.Store(AlertBench.PointOf(0, 1));
        bench.Alerts = [Status(AlertPhase.Normal), Status(phase) with { Subject = gone }];
        await using var page = await bench.StartAsync(Shown);
        Assert.DoesNotContain("All within limits", await AskAsync(page), StringComparison.Ordinal);

        bench.Retired.Add(new GatewayName("pond", "gz-06"));
        bench.Time.Advance(PublicRoutes.Kept);

        Assert.Contains($"<h2>{expected}</h2>", await AskAsync(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AlertPhase.Normal, "All within limits")]
    [InlineData(AlertPhase.Clearing, "It is getting better, but is not over yet")]
    public async Task Probe_that_was_replaced_under_another_name_leaves_nothing_unknown(AlertPhase phase, string expected)
    {
        bench.Store(AlertBench.PointOf(0, 1));
        bench.Alerts = [Status(AlertPhase.Normal), Status(phase) with { Subject = AlertSubject.Of(AlertBench.PointOf(0, 1)) with { Device = "old-nh4" } }];
        await using var page = await bench.StartAsync(Shown);
        Assert.DoesNotContain("All within limits", await AskAsync(page), StringComparison.Ordinal);

        bench.Live.Meta(PageBench.Gateway, MetaCodec.Encode(
            new MetaMessage
            {
                Gateway = "gz-07",
                Schema = "",
                Devices = [DeviceOf("stream-nh4", null)],
            },
            out _));
        bench.Time.Advance(PublicRoutes.Kept);

        Assert.Contains($"<h2>{expected}</h2>", await AskAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_else_of_the_site_is_told_and_nothing_else_is_open()
    {
        bench.Store(AlertBench.PointOf(0, 1), AlertBench.PointOf(0, 77.25, station: "another"));
        bench.Alerts =
        [
            Status(AlertPhase.Normal),
            Status(AlertPhase.Firing) with { Subject = AlertSubject.Of(AlertBench.PointOf(0, 77.25, station: "another")) },
        ];
        await using var page = await bench.StartAsync(Shown with { TrustsMachine = false });

        var html = await AskAsync(page);

        Assert.All(new[] { "77.25", "another", "gz-07", "stream-nh4", "nh4-high", "/api" }, text => Assert.DoesNotContain(text, html, StringComparison.Ordinal));
        Assert.Equal([" src=\"/public.js\" defer"], html.Split("<script").Skip(1).Select(rest => rest[..rest.IndexOf('>', StringComparison.Ordinal)]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(page.Address, "/api/now"), Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData(1, 0, 0, Unknown)]
    [InlineData(17, 0, 0, Unknown)]
    [InlineData(19, 0, 0, Kept)]
    [InlineData(30, 2, 1, Kept)]
    [InlineData(30, 10, 1, Unknown)]
    [InlineData(30, 10, 19, Kept)]
    public async Task Mean_that_there_is_none_of_is_never_called_within_its_limit(int hours, int gapHours, int hoursAfter, string expected)
    {
        using var alerts = new AlertBench(AlertBench.Ammonium with { Statistic = new MeanStatistic { Period = TimeSpan.FromHours(24) } });
        var minutes = Minutes(0, hours).Concat(hoursAfter == 0 ? [] : Minutes(hours + gapHours, hours + gapHours + hoursAfter)).ToList();
        alerts.Store([.. minutes.Select(minute => (minute, 1.0))]);
        bench.Time.Advance(TimeSpan.FromMinutes(minutes[^1]));
        bench.Store(AlertBench.PointOf(minutes[^1], 1));
        bench.Alerts = alerts.Engine.Statuses;
        await using var page = await bench.StartAsync(Shown);

        Assert.Contains($"<h2>{expected}</h2>", await AskAsync(page), StringComparison.Ordinal);
        bench.Alerts = alerts.Restart().Statuses;
        bench.Time.Advance(PublicRoutes.Kept);
        Assert.Contains($"<h2>{expected}</h2>", await AskAsync(page), StringComparison.Ordinal);
    }

    /// <summary>Of each mean on its way from one hour to the next, and of one day by the clock to the next.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mean_that_comes_in_time_is_never_unknown_and_is_for_an_hour_at_most_after_its_time(bool isByClock)
    {
        using var alerts = new AlertBench(AlertBench.Ammonium with { Statistic = new MeanStatistic { Period = TimeSpan.FromHours(24), IsByClock = isByClock } });
        await using var page = await bench.StartAsync(Shown);
        // From 06:00: the first whole day by the clock begins after 18 h.
        var (from, to) = isByClock ? (18 + 24, 18 + 48) : (24, 27);
        alerts.Store([.. Minutes(0, from).Select(minute => (minute, 1.0))]);
        bench.Time.Advance(TimeSpan.FromHours(from) - TimeSpan.FromMinutes(1));
        foreach (var minute in Minutes(from, to))
        {
            alerts.Store((minute, 1));
            bench.Time.SetUtcNow(AlertBench.Start.AddMinutes(minute));
            bench.Store(AlertBench.PointOf(minute, 1));
            bench.Alerts = alerts.Engine.Statuses;
            Assert.Contains($"<h2>{Kept}</h2>", await AskAsync(page), StringComparison.Ordinal);
        }

        // The next is due at `to`; from then on the probe fails.
        bench.Time.SetUtcNow(AlertBench.Start.AddMinutes((to * 60) + 65));
        bench.Store(AlertBench.PointOf((to * 60) + 65, 1));
        Assert.Contains($"<h2>{Unknown}</h2>", await AskAsync(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, AlertPhase.Normal, false)]
    [InlineData(1, AlertPhase.Normal, true)]
    [InlineData(-1, AlertPhase.Firing, true)]
    public async Task Limit_that_is_not_in_force_is_not_told_but_an_alarm_of_it_is(int endsAfterHours, AlertPhase phase, bool isTold)
    {
        bench.Store(AlertBench.PointOf(0, 1));
        bench.Alerts = [Status(phase) with { Rule = AlertBench.Ammonium with { Validity = new Validity(null, AlertBench.Start.AddHours(endsAfterHours)) } }];
        await using var page = await bench.StartAsync(Shown);

        Assert.Equal(isTold, (await AskAsync(page)).Contains("above 15 mg/L as N", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_probes_of_one_quantity_are_told_apart_by_what_they_are_called()
    {
        var other = AlertBench.PointOf(0, 2) with { Device = "second-nh4" };
        bench.Store(AlertBench.PointOf(0, 1), other);
        bench.Live.Meta(PageBench.Gateway, MetaCodec.Encode(
            new MetaMessage { Gateway = "gz-07", Schema = "", Devices = [DeviceOf("stream-nh4", "Under the bridge"), DeviceOf("second-nh4", null)] }, out _));
        bench.Alerts = [Status(AlertPhase.Normal), Status(AlertPhase.Normal) with { Subject = AlertSubject.Of(other) }];
        await using var page = await bench.StartAsync(Shown);

        var html = await AskAsync(page);

        Assert.Equal(
            ["Ammonium (NH4-N), Under the bridge", "Ammonium (NH4-N), second-nh4"],
            html.Split("<h3>").Skip(1).Select(card => card.Split("</h3>")[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_is_kept_for_a_while_by_us_and_by_others()
    {
        await using var page = await bench.StartAsync(Shown);
        var first = await AskAsync(page);
        bench.Store(AlertBench.PointOf(0, 16.5));
        bench.Alerts = [Status(AlertPhase.Firing)];
        Assert.Equal(first, await AskAsync(page));
        bench.Time.Advance(PublicRoutes.Kept);
        Assert.NotEqual(first, await AskAsync(page));

        using var kept = await http.GetAsync(new Uri(page.Address, "/public"), Cancelled);
        Assert.Equal((true, TimeSpan.FromSeconds(30)), (kept.Headers.CacheControl!.Public, kept.Headers.CacheControl.MaxAge));
        Assert.Equal("Accept-Language", Assert.Single(kept.Headers.Vary));
    }

    /// <summary>Behind one address of their carrier.</summary>
    [Fact]
    public async Task Whole_village_that_asks_at_once_is_served()
    {
        await using var page = await bench.StartAsync(Shown);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 300).Select(async _ =>
        {
            using var answer = await http.GetAsync(new Uri(page.Address, "/public"), Cancelled);
            return answer.StatusCode;
        }));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public void Settings_arrive_and_a_place_is_named_in_full()
    {
        var good = BackendConfigurationFile.Read("b.toml", "[web.public]\nsite = \"gannan\"\nstation = \"outlet\"\ntitle = \"The outlet\"\ndo = \"Call 123\"\n");
        var bad = BackendConfigurationFile.Read("b.toml", "[web.public]\nsite = \"gannan\"\n");

        Assert.Equal(new PublicOptions("gannan", "outlet", "The outlet", null, "Call 123", null), good.Configuration!.Web!.Public);
        Assert.StartsWith("b.toml:1:", Assert.Single(bad.Problems).ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<double> Minutes(int fromHour, int toHour) => Enumerable.Range(fromHour * 12, (toHour - fromHour) * 12).Select(each => each * 5.0);

    private static MetaDevice DeviceOf(string id, string? label) => new()
    {
        Id = id, Label = label, Station = "stream", Model = "m", VerifiedOnHardware = false, Grade = "reference", IntervalMs = 60_000,
        Channels = [new MetaChannel { Id = "nh4n", Measurand = Measurand.AmmoniumNitrogen }],
    };

    private static AlertStatus Status(AlertPhase phase) => new(
        AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), phase, phase == AlertPhase.Normal ? null : AlertBench.Start, AlertBench.Start, 16.5, 16.5, null);

    private async Task<string> AskAsync(WebPage page, string languages = "en")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(page.Address, "/public"));
        request.Headers.Add("Accept-Language", languages);
        using var answer = await http.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancelled);
    }
}
