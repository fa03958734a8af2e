using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Web.Desk;

public sealed class DeskTests : IDisposable
{
    private const string Episode = "nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000";
    private readonly PageBench bench = new(TimeProvider.System);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public DeskTests()
    {
        bench.Store(AlertBench.PointOf(-1, 16.5));
        bench.Alerts =
        [
            new AlertStatus(AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), AlertPhase.Firing, AlertBench.Start, AlertBench.Start, 16.5, 16.5, Episode),
        ];
        bench.Write(transaction => new AlarmTable(transaction).Save(new Alarm
        {
            Id = Episode, Rule = "nh4-high", Site = "pond", Station = "stream", Gateway = "gz-07", Device = "stream-nh4", Channel = "nh4n",
            Severity = Severity.High, Phase = NoticeKind.Firing, OpenedAt = AlertBench.Start, ChangedAt = AlertBench.Start,
        }));
        bench.DeskView.Look();
    }

    public void Dispose()
    {
        http.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Alarm_is_taken_on_and_silenced_by_name_and_the_page_and_the_history_say_so()
    {
        await using var page = await bench.StartAsync();
        Assert.Equal(Episode, Alert().Alarm);

        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(page, "acknowledge", new { episode = Episode, by = "Li", note = "closing the valve" })).Status);
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await ChangeAsync(page, "silence", new { site = "pond", station = "stream", forMs = 3_600_000, by = "Wang", why = "cleaning" })).Status);

        var now = AlertBench.Start.ToUnixTimeMilliseconds();
        Assert.Equal(new AcknowledgedView("Li", now, "closing the valve"), Alert().Acknowledged);
        Assert.Equal(now + 3_600_000, Alert().SilencedUntilMs);
        var silence = Assert.Single(bench.Maker.Make().Silences);
        Assert.Equal(("stream", "Wang", "cleaning"), (silence.Station, silence.By, silence.Why));

        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(page, "unsilence", new { id = silence.Id, by = "Li" })).Status);
        Assert.Empty(bench.Maker.Make().Silences);
        Assert.Null(Alert().SilencedUntilMs);
        using var desk = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/desk"), Cancelled));
        Assert.Equal(
            ["unsilenced by Li", "silenced by Wang", "acknowledged by Li"],
            desk.RootElement.GetProperty("history").EnumerateArray().Select(entry => $"{entry.GetProperty("act").GetString()} by {entry.GetProperty("by").GetString()}"));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("X-Pond-Token", "0000")]
    [InlineData("X-Pond-Token", "")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Real-IP", "203.0.113.9")]
    public async Task Request_of_a_foreign_page_or_through_a_proxy_changes_nothing(string header, string value)
    {
        await using var page = await bench.StartAsync();

        var (status, body) = await ChangeAsync(page, "acknowledge", new { episode = Episode, by = "Li" }, (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("\"title\":\"Not allowed\"", body, StringComparison.Ordinal);
        Assert.Null(new AlarmDesk(bench.State.Connect, bench.Time).Active().Single().Acknowledged);
    }

    [Theory]
    [InlineData("""{"episode":"e"}""", 409)]
    [InlineData("""{"by":"Li"}""", 400)]
    [InlineData("""{"episode":"e","by":"Li","admin":true}""", 400)]
    [InlineData("""{"episode":"e","by":"Li","by":"Wang"}""", 400)]
    [InlineData("""{"episode":null,"by":"Li"}""", 400)]
    [InlineData("null", 409)]
    [InlineData("[", 400)]
    [InlineData("""{"episode":"e","by":"Li"}""", 409)]
    [InlineData("""{"episode":"nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000","by":""}""", 409)]
    [InlineData("""{"episode":"nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000","by":"a\nb"}""", 409)]
    public async Task Body_that_cannot_be_meant_is_one_clear_error(string body, int expected)
    {
        await using var page = await bench.StartAsync();

        var (status, answer) = await SendAsync(page, "acknowledge", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(expected, (int)status);
        using var problem = JsonDocument.Parse(answer);
        Assert.NotEqual("", problem.RootElement.GetProperty("detail").GetString());
        Assert.Null(new AlarmDesk(bench.State.Connect, bench.Time).Active().Single().Acknowledged);
    }

    [Fact]
    public async Task Body_that_is_too_large_or_no_json_is_refused()
    {
        await using var page = await bench.StartAsync();

        var (large, why) = await SendAsync(page, "silence", new StringContent(new string(' ', 9 * 1024) + "{}", Encoding.UTF8, "application/json"));
        var (form, _) = await SendAsync(page, "silence", new FormUrlEncodedContent([new("by", "Li")]));
        var (all, answer) = await ChangeAsync(page, "silence", new { forMs = 60_000, by = "Li", why = "x" });

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType), (large, form));
        Assert.Contains("\"title\":\"Too large\"", why, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Journal.Lines, line => line.Contains("unhandled exception", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Conflict, all);
        Assert.Contains("Say what is to be silent", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_on_the_command_line_is_on_the_page_a_second_later()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.DeskView.Changed += () => seen.TrySetResult();
        var running = bench.DeskView.RunAsync(stop.Token);

        Assert.NotNull(new AlarmDesk(bench.State.Connect, bench.Time).Acknowledge(Episode, "Li", "").Alarm);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        Assert.Equal("Li", Alert().Acknowledged?.By);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Database_that_cannot_be_read_is_one_clear_answer()
    {
        await using var page = await bench.StartAsync();
        bench.Write(transaction => transaction.Execute("DROP TABLE alarm_history"));

        using var answer = await http.GetAsync(new Uri(page.Address, "/api/desk"), Cancelled);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("The state database cannot be used", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    private AlertView Alert() => bench.Maker.Make().Alerts.Single();

    private Task<(HttpStatusCode Status, string Body)> ChangeAsync(
        WebPage page, string act, object body, params (string Name, string Value)[] headers) =>
        SendAsync(page, act, JsonContent.Create(body), headers);

    // As the page's own script does it, but for the headers that are named.
    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        WebPage page, string act, HttpContent content, params (string Name, string Value)[] headers)
    {
        using var desk = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/desk"), Cancelled));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(page.Address, $"/api/desk/{act}")) { Content = content };
        foreach (var (name, value) in new[]
        {
            ("Origin", page.Address.ToString().TrimEnd('/')), ("Sec-Fetch-Site", "same-origin"),
            (Gate.TokenHeader, desk.RootElement.GetProperty("token").GetString()!),
        }.Where(usual => headers.All(header => header.Name != usual.Item1)).Concat(headers))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await http.SendAsync(request, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }
}
