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
    public async Task Test_alarm_arrives_though_there_is_no_notice()
    {
        using var channel = new WebhookChannel(new WebhookOptions { Url = Url }, receiver, time);
        await DeliverAsync(channel, "test");
        var body = JsonElement.Parse(Assert.Single(receiver.Calls).Body);

        Assert.Equal("test", body.GetProperty("kind").GetString());
        Assert.Contains("There is no alarm", body.GetProperty("summary").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => receiver.Dispose();

    private static Task<DeliveryResult> DeliverAsync(WebhookChannel channel, string message) =>
        channel.DeliverAsync(SampleMessages.All[message], TestContext.Current.CancellationToken);

    private sealed class Receiver : HttpMessageHandler
    {
        public string Answer { get; set; } = "";

        public List<(string Body, string? Signature)> Calls { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            Calls.Add((body, request.Headers.TryGetValues("X-PondSentinel-Signature", out var values) ? Assert.Single(values) : null));
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Answer) };
        }
    }
}
