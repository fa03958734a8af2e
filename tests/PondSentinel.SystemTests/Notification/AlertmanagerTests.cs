using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alertmanager;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Notification;

/// <summary>A real Alertmanager is told what fires, and again after it has forgotten.</summary>
public sealed class AlertmanagerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = TestFolder.Create();
    private readonly CancellationTokenSource stop = new();
    private volatile IReadOnlyList<AlertNotice> firing = [];
    private PrometheusAlertmanager server = null!;
    private AlertmanagerChannel channel = null!;
    private Task running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        server = await PrometheusAlertmanager.StartAsync(folder);
        channel = new AlertmanagerChannel(
            new AlertmanagerOptions { Url = server.Url, ResendEvery = TimeSpan.FromSeconds(1) },
            _ => firing, JsonPost.Transport(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        channel?.Dispose();
        await server.DisposeAsync();
        stop.Dispose();
        TestFolder.ShowLogsOnFailure(folder);
    }

    [Fact]
    public async Task Alert_fires_survives_a_restart_of_alertmanager_and_is_over_when_it_is_over()
    {
        var notice = Notice(NoticeKind.Firing);
        await DeliverAsync(notice);
        var alert = Assert.Single(await server.AlertsAsync());
        var labels = alert.GetProperty("labels");
        Assert.Equal(
            ("leak", "pond", "stream", "urgent"),
            (labels.GetProperty("alertname").GetString(), labels.GetProperty("site").GetString(), labels.GetProperty("station").GetString(),
             labels.GetProperty("severity").GetString()));
        Assert.Equal(("active", notice.Since), (alert.GetProperty("status").GetProperty("state").GetString(), alert.GetProperty("startsAt").GetDateTimeOffset()));
        Assert.Contains("关阀", alert.GetProperty("annotations").GetProperty("action_zh").GetString(), StringComparison.Ordinal);

        firing = [notice];
        running = channel.RunAsync(stop.Token);
        await server.KillAsync();
        await server.StartAsync();
        await HasAsync(1);

        firing = [];
        await DeliverAsync(Notice(NoticeKind.Cleared));
        await HasAsync(0);
    }

    [Fact]
    public async Task Alert_that_nobody_says_again_is_over_by_itself()
    {
        await DeliverAsync(Notice(NoticeKind.Firing));
        await HasAsync(0);
    }

    [Fact]
    public async Task Names_and_texts_of_any_kind_are_taken()
    {
        var hostile = "\"}\n\u202E${{ .Labels }}<b>\0\uD83D";
        await DeliverAsync(Notice(NoticeKind.Firing) with { Site = hostile, Device = hostile, Rule = hostile, Text = hostile, Do = hostile });
        Assert.Single(await server.AlertsAsync());
    }

    private Task HasAsync(int count) => Eventually.HoldsAsync(
        async () => (await server.AlertsAsync()).Count == count, Patience, () => $"It never has {count} alerts.\n{server.Tail}");

    private async Task DeliverAsync(AlertNotice notice)
    {
        var message = new AlertMessage { Id = notice.Id, Kind = MessageKind.Alert, Notices = [notice], MadeAt = notice.Time };
        Assert.Equal(DeliveryResult.Delivered, await channel.DeliverAsync(message, TestContext.Current.CancellationToken));
    }

    private static AlertNotice Notice(NoticeKind kind)
    {
        var now = TimeProvider.System.GetUtcNow();
        var since = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()).AddMinutes(-10);
        return new AlertNotice
        {
            Id = $"leak.1.{kind}", Episode = "leak.1", Rule = "leak", Phase = kind, Severity = Severity.Urgent, Site = "pond", Station = "stream",
            Gateway = "gz-07", Device = "nh4", Channel = "nh4n", Measurand = "ammonium_n_mg_l", Unit = "mg/L as N", Value = 20, Peak = 20,
            Limit = 15, Side = "above", Since = since, Time = now, Until = kind == NoticeKind.Firing ? null : now, Summary = "x", Text = "leak", DoZh = "关阀",
        };
    }
}
