using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alertmanager;
using PondSentinel.Tests.Backend.Alerting.Wording;
using PondSentinel.Tests.Backend.Notification.Wording;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification.Alertmanager;

public sealed class AlertmanagerChannelTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTimeProvider time = new(SampleNotices.Start.AddHours(1));
    private readonly Receiver receiver = new();
    private IReadOnlyList<AlertNotice> firing = [];

    [Fact]
    public async Task Alert_has_the_channel_as_labels_and_both_languages_as_annotations()
    {
        using var channel = Channel();
        await DeliverAsync(channel, "alert");
        var alert = Assert.Single((await receiver.NextAsync()).EnumerateArray());

        Assert.Equal("http://alertmanager.test/prefix/api/v2/alerts", receiver.Urls.Single());
        var labels = alert.GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);
        Assert.Equal(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["alertname"] = "effluent-nh4", ["site"] = "gannan", ["station"] = "outlet", ["gateway"] = "gz-07", ["device"] = "outlet-nh4",
                ["channel"] = "nh4n", ["measurand"] = "ammonium_n_mg_l", ["severity"] = "high",
            },
            labels);
        var annotations = alert.GetProperty("annotations");
        Assert.StartsWith("Ammonium (NH4-N) at gannan/outlet", annotations.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal("关闭 V3 阀，采集瞬时水样", annotations.GetProperty("action_zh").GetString());
    }

    [Theory]
    [InlineData("alert", "2026-07-01T18:10:00.000Z", "2026-07-01T19:14:00.000Z")]
    [InlineData("acknowledged", "2026-07-01T18:10:00.000Z", "2026-07-01T19:45:00.000Z")]
    [InlineData("test", "2026-07-01T18:21:00.000Z", "2026-07-01T18:23:00.000Z")]
    public async Task What_fires_ends_after_four_periods_and_what_is_over_when_it_was(string message, string starts, string ends)
    {
        using var channel = Channel();
        await DeliverAsync(channel, message);
        var alert = Assert.Single((await receiver.NextAsync()).EnumerateArray());

        Assert.Equal((starts, ends), (alert.GetProperty("startsAt").GetString(), alert.GetProperty("endsAt").GetString()));
    }

    [Fact]
    public async Task What_fires_is_said_again_each_period()
    {
        firing = [SampleNotices.Firing];
        using var channel = Channel();
        using var stop = new CancellationTokenSource();
        var running = channel.RunAsync(stop.Token);

        Assert.Single((await receiver.NextAsync()).EnumerateArray());
        time.Advance(TimeSpan.FromMinutes(1));
        var again = Assert.Single((await receiver.NextAsync()).EnumerateArray());
        Assert.Equal("2026-07-01T19:15:00.000Z", again.GetProperty("endsAt").GetString());
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task News_that_an_alert_is_over_never_comes_before_what_was_read_while_it_fired()
    {
        firing = [SampleNotices.Firing];
        var hold = receiver.Hold();
        using var channel = Channel();
        using var stop = new CancellationTokenSource();
        var running = channel.RunAsync(stop.Token);
        await receiver.NextAsync();
        firing = [];
        var news = DeliverAsync(channel, "acknowledged");
        Assert.False(news.IsCompleted);
        Assert.Single(receiver.Urls);
        hold.SetResult();

        Assert.Equal(DeliveryStanding.Delivered, (await news).Standing);
        Assert.Equal("2026-07-01T19:45:00.000Z", (await receiver.NextAsync())[0].GetProperty("endsAt").GetString());
        await stop.CancelAsync();
        await running;
    }

    // All episodes of a rule at a channel are one alert there: it would resolve the one that fires.
    [Theory]
    [InlineData("past")]
    [InlineData("cleared")]
    public async Task What_was_is_not_said_beside_what_fires(string was)
    {
        var past = SampleNotices.All[was] with { Id = "e0.2", Episode = "e0" };
        var message = SampleMessages.All["alert"] with { Notices = [past, SampleNotices.Firing] };
        using var channel = Channel();
        await channel.DeliverAsync(message, TestContext.Current.CancellationToken);
        var alert = Assert.Single((await receiver.NextAsync()).EnumerateArray());
        Assert.Equal(SampleNotices.Firing.Episode, alert.GetProperty("annotations").GetProperty("episode").GetString());

        firing = [SampleNotices.Firing];
        var alone = await channel.DeliverAsync(message with { Notices = [past] }, TestContext.Current.CancellationToken);
        Assert.Equal(DeliveryStanding.Delivered, alone.Standing);
        Assert.Single(receiver.Urls);

        var own = SampleNotices.All["cleared"] with { Episode = SampleNotices.Firing.Episode };
        await channel.DeliverAsync(message with { Notices = [own] }, TestContext.Current.CancellationToken);
        Assert.Equal(2, receiver.Urls.Count);
    }

    [Fact]
    public async Task Dead_alertmanager_keeps_the_news_waiting_and_the_loop_running()
    {
        firing = [SampleNotices.Firing];
        receiver.Status = HttpStatusCode.BadGateway;
        using var channel = Channel();
        Assert.Equal(DeliveryStanding.Waiting, (await DeliverAsync(channel, "alert")).Standing);
        await receiver.NextAsync();

        using var stop = new CancellationTokenSource();
        var running = channel.RunAsync(stop.Token);
        await receiver.NextAsync();
        receiver.Status = HttpStatusCode.OK;
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single((await receiver.NextAsync()).EnumerateArray());
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public void Labels_stay_whole_whatever_names_and_texts_hold() => Gen.String.Sample(text =>
    {
        var notice = SampleMessages.Hostile($"{text}\"\n{{}}").Notices[0];
        var alert = JsonElement.Parse(PostedAlertJson.Bytes([PostedAlert.Of(notice, TimeSpan.Zero, time.GetUtcNow())]))[0];

        Assert.Equal(8, alert.GetProperty("labels").EnumerateObject().Count());
        Assert.All(alert.GetProperty("labels").EnumerateObject(), label => Assert.DoesNotContain(label.Value.GetString()!, char.IsControl));
    });

    [Theory]
    [InlineData("url = \"http://a.test:9093/api/v2\"", "not the address")]
    [InlineData("url = \"ftp://a.test\"", "not the address")]
    [InlineData("url = \"http://u:p@a.test\"", "not the address")]
    [InlineData("url = \"http://a.test\"\nresend = \"2h\"", "from 1s to 1h")]
    [InlineData("urls = \"http://a.test\"", "url")]
    public void Mistake_is_told_with_its_place(string text, string told)
    {
        List<Problem> problems = [];
        AlertmanagerConfiguration.Read(TomlSection.Parse("b.toml", $"[[alertmanager]]\n{text}\n", problems), new ChannelPolicyReader());

        Assert.Contains(problems, problem => problem.ToString().Contains(told, StringComparison.Ordinal));
    }

    public void Dispose() => receiver.Dispose();

    private AlertmanagerChannel Channel() => new(
        new AlertmanagerOptions { Url = new Uri("http://alertmanager.test/prefix/") }, _ => firing, receiver, time);

    private static Task<DeliveryResult> DeliverAsync(AlertmanagerChannel channel, string message) =>
        channel.DeliverAsync(SampleMessages.All[message], TestContext.Current.CancellationToken);

    private sealed class Receiver : HttpMessageHandler
    {
        private readonly Channel<JsonElement> bodies = System.Threading.Channels.Channel.CreateUnbounded<JsonElement>();
        private Task held = Task.CompletedTask;

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public ConcurrentQueue<string> Urls { get; } = new();

        public TaskCompletionSource Hold()
        {
            var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            held = hold.Task;
            return hold;
        }

        public async Task<JsonElement> NextAsync() =>
            await bodies.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Urls.Enqueue(request.RequestUri!.AbsoluteUri);
            bodies.Writer.TryWrite(JsonElement.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken)));
            await held.WaitAsync(cancellationToken);
            return new HttpResponseMessage(Status);
        }
    }
}
