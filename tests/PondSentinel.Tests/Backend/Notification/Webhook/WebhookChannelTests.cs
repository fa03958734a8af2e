using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Notification.Wording;

namespace PondSentinel.Tests.Backend.Notification.Webhook;

public sealed class WebhookChannelTests : IDisposable
{
    private static readonly Uri Url = new("https://receiver.test/hook?key=secret");
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly Receiver receiver = new();

    [Fact]
    public async Task Call_is_signed_byte_for_byte_where_there_is_a_secret()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url, Secret = "k" }, receiver, time);
        await DeliverAsync(channel, "alert");

        var (body, signature) = Assert.Single(receiver.Calls);
        Assert.Equal(WebhookSignature.Of("k", time.GetUtcNow(), Encoding.UTF8.GetBytes(body)), signature);
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_signed()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await DeliverAsync(channel, "alert");

        Assert.Null(Assert.Single(receiver.Calls).Signature);
    }

    [Theory]
    [InlineData("{\"errcode\":0}", DeliveryStanding.Delivered)]
    [InlineData("{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", DeliveryStanding.Waiting)]
    [InlineData("{\"errcode\":40058}", DeliveryStanding.Refused)]
    public async Task Robot_takes_a_whole_message_in_one_call_and_its_answer_is_read(string answer, DeliveryStanding standing)
    {
        receiver.Answer = answer;
        var form = new TemplateForm(WebhookTemplate.All["wecom"], new Voice([Language.Chinese], TimeSpan.FromHours(8)), topic: null);
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url, Form = form }, receiver, time);
        var result = await DeliverAsync(channel, "group");

        Assert.Equal(standing, result.Standing);
        Assert.Single(receiver.Calls);
        Assert.DoesNotContain("secret", $"{result.Reason}{channel.Name}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadGateway, true)]
    [InlineData(HttpStatusCode.GatewayTimeout, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, false)]
    [InlineData(HttpStatusCode.TooManyRequests, false)]
    public async Task What_may_have_been_taken_is_told_apart_from_what_was_not(HttpStatusCode status, bool mayBe)
    {
        receiver.Status = _ => status;
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        var result = await DeliverAsync(channel, "alert");
        Assert.Equal((DeliveryStanding.Waiting, mayBe), (result.Standing, result.MayBeTaken));
    }

    [Fact]
    public async Task Connection_that_breaks_leaves_a_doubt_only_after_the_body_was_sent()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        receiver.Breaks = BreaksWhen.AfterTheBody;
        Assert.True((await DeliverAsync(channel, "alert")).MayBeTaken);
        receiver.Breaks = BreaksWhen.BeforeTheBody;
        Assert.False((await DeliverAsync(channel, "alert")).MayBeTaken);
    }

    [Fact]
    public async Task Of_notices_in_calls_of_their_own_each_has_its_own_answer()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        var message = SampleMessages.All["group"];
        receiver.Status = call => call == 1 ? HttpStatusCode.BadRequest : HttpStatusCode.OK;
        var refused = await DeliverAsync(channel, "group");
        Assert.Equal(DeliveryStanding.Delivered, refused.Standing);
        Assert.Equal([message.Notices[1].Id], refused.RefusedNotices);

    }

    [Fact]
    public async Task Of_notices_in_calls_of_their_own_those_that_were_taken_are_not_posted_again()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        receiver.Status = call => call == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK;
        var half = await DeliverAsync(channel, "group");
        Assert.Equal((DeliveryStanding.Waiting, false, true), (half.Standing, half.MayBeTaken, half.IsOneStuck));
        Assert.Equal(SampleMessages.All["group"].Notices.Take(1).Select(notice => notice.Id), half.TakenNotices);

        // Others come between.
        await channel.DeliverAsync(SampleMessages.All["alert"] with { Id = "m8" }, TestContext.Current.CancellationToken);
        Assert.Equal(DeliveryStanding.Delivered, (await DeliverAsync(channel, "group")).Standing);
        var group = SampleMessages.All["group"].Notices.Select(notice => notice.Id).ToList();
        var alert = SampleMessages.All["alert"].Notices.Select(notice => notice.Id);
        Assert.Equal(
            [.. group.Take(2), .. alert, .. group.Skip(1)],
            receiver.Calls.Select(call => JsonElement.Parse(call.Body).GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Call_that_comes_again_has_the_same_key_and_no_other_has_it()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        receiver.Status = _ => HttpStatusCode.BadGateway;
        await DeliverAsync(channel, "alert");
        receiver.Status = _ => HttpStatusCode.OK;
        await DeliverAsync(channel, "alert");
        Assert.Equal([Quoted("alert"), Quoted("alert")], receiver.Keys);
        foreach (var other in (string[])["group", "reminder", "test"])
        {
            await DeliverAsync(channel, other);
        }

        Assert.Distinct(receiver.Keys.Skip(1));
        Assert.All(receiver.Keys, key => Assert.Matches("^\"[A-Za-z0-9._-]+\"$", key));

        static string Quoted(string message) => $"\"{SampleMessages.All[message].Notices[0].Id}\"";
    }

    [Fact]
    public async Task Receiver_that_is_slow_has_the_time_that_it_is_given()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url, AnswerWithin = TimeSpan.FromSeconds(45) }, receiver, time);
        receiver.Gate = new TaskCompletionSource();
        var delivery = DeliverAsync(channel, "alert");
        time.Advance(TimeSpan.FromSeconds(44));
        Assert.False(delivery.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var result = await delivery;
        Assert.Equal(("no answer within 45 s", true), (result.Reason, result.MayBeTaken));
    }

    [Fact]
    public async Task What_was_dropped_is_told_to_machines_too()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await channel.DeliverAsync(SampleMessages.All["alert"] with { Dropped = 12 }, TestContext.Current.CancellationToken);
        var body = JsonElement.Parse(receiver.Calls[0].Body);
        Assert.Equal(("dropped", 12), (body.GetProperty("kind").GetString(), body.GetProperty("dropped").GetInt32()));
        Assert.Contains("12 notices", body.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, receiver.Calls.Count);
    }

    [Fact]
    public async Task Json_of_a_reminder_says_that_it_is_meant_to_come_again()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await DeliverAsync(channel, "reminder");
        var body = JsonElement.Parse(Assert.Single(receiver.Calls).Body);

        Assert.Equal(("reminder", "m7", "firing"), (Text("kind"), Text("message"), Text("phase")));

        string? Text(string member) => body.GetProperty(member).GetString();
    }

    [Fact]
    public async Task Json_of_what_is_told_again_says_what_is_known_since()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await DeliverAsync(channel, "reminder-newest");
        await channel.DeliverAsync(SampleMessages.All["reminder-nothing-newer"] with { Id = "m8" }, TestContext.Current.CancellationToken);
        var (newest, nothing) = (JsonElement.Parse(receiver.Calls[0].Body), JsonElement.Parse(receiver.Calls[1].Body));

        // The notice is what it was.
        Assert.Equal((16.2, 16.9), (newest.GetProperty("value").GetDouble(), newest.GetProperty("peak").GetDouble()));
        Assert.Equal(
            """{"episode":"effluent-nh4.outlet-nh4-nh4n-babfabde.1782886200000","lookedAt":"2026-07-01T22:21:00.000Z","value":60,"time":"2026-07-01T22:18:00.000Z","flag":1,"peak":62,"peakBound":false}""",
            newest.GetProperty("later").GetRawText());
        Assert.Equal("noValue", nothing.GetProperty("later").GetProperty("none").GetString());
        Assert.Contains("is 60.0 mg/L as N at 2026-07-01 22:18 UTC", newest.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Contains("没有收到数值", nothing.GetProperty("summaryZh").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_place_and_with_an_address_the_page()
    {
        var page = PageAddress.Read("https://pond.example.org");
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url, Form = new NoticeForm(page) }, receiver, time);
        await DeliverAsync(channel, "alert");
        var body = JsonElement.Parse(Assert.Single(receiver.Calls).Body);

        Assert.Equal(("Outlet of pond 3", 24.816203, 114.98), (body.GetProperty("stationLabel").GetString(), body.GetProperty("lat").GetDouble(), body.GetProperty("lon").GetDouble()));
        Assert.Equal($"https://pond.example.org/?alarm={body.GetProperty("episode").GetString()}", body.GetProperty("page").GetString());
        Assert.False(body.TryGetProperty("kind", out _));
    }

    [Fact]
    public async Task Test_alarm_arrives_though_there_is_no_notice()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await DeliverAsync(channel, "test");
        var body = JsonElement.Parse(Assert.Single(receiver.Calls).Body);

        Assert.Equal("test", body.GetProperty("kind").GetString());
        Assert.Contains("This is a test and says nothing of alarms", body.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => receiver.Dispose();

    private static Task<DeliveryResult> DeliverAsync(WebhookChannel channel, string message) =>
        channel.DeliverAsync(SampleMessages.All[message], TestContext.Current.CancellationToken);

    private enum BreaksWhen
    {
        Never, BeforeTheBody, AfterTheBody,
    }

    private sealed class Receiver : HttpMessageHandler
    {
        public Func<int, HttpStatusCode> Status { get; set; } = _ => HttpStatusCode.OK;

        public BreaksWhen Breaks { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public string Answer { get; set; } = "";

        public List<string> Keys { get; } = [];

        public List<(string Body, string? Signature)> Calls { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Breaks == BreaksWhen.BeforeTheBody)
            {
                throw new HttpRequestException("refused");
            }

            Keys.AddRange(request.Headers.GetValues("Idempotency-Key"));
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            if (Gate is { } gate)
            {
                await gate.Task.WaitAsync(cancellationToken);
            }

            if (Breaks == BreaksWhen.AfterTheBody)
            {
                throw new HttpRequestException("reset");
            }

            Calls.Add((body, request.Headers.TryGetValues("X-PondSentinel-Signature", out var values) ? Assert.Single(values) : null));
            return new HttpResponseMessage(Status(Calls.Count - 1)) { Content = new StringContent(Answer) };
        }
    }
}
