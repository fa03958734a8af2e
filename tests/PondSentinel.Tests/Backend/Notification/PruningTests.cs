using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification;

/// <summary>What is over and told is not kept for ever.</summary>
public sealed class PruningTests : IDisposable
{
    private static readonly string[] Tables =
        ["notification", "notification_delivery", "notification_told", "notification_message", "alarm", "alarm_test", "alarm_history", "alarm_silence"];

    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = null, RepeatEvery = null });
    private readonly DeskBench bench;

    public PruningTests() => bench = new DeskBench(mail);

    public void Dispose() => bench.Dispose();

    [Fact]
    public async Task All_that_is_over_goes_after_its_time_and_no_sooner()
    {
        Live();
        bench.Advance(TimeSpan.FromDays(89));
        Assert.Equal(0, await PruneAsync());
        bench.Advance(TimeSpan.FromDays(2));
        Assert.True(await PruneAsync() > 600);
        Assert.Equal(["0", "0", "0", "0", "0", "0", "3", "1"], Counts());
        bench.Advance(TimeSpan.FromDays(310));
        await PruneAsync();
        Assert.Equal(["0", "0"], Counts()[^2..]);
    }

    [Fact]
    public async Task Alarm_that_there_is_and_what_waits_stay_however_old()
    {
        bench.Tell("leak", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        mail.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("waits", NoticeKind.Firing);
        bench.Tell("waits", NoticeKind.Cleared);
        bench.Run();
        bench.Time.Advance(TimeSpan.FromDays(800));
        await PruneAsync();
        Assert.Equal(["leak"], bench.Desk.Active().Select(alarm => alarm.Id));
        mail.Answer = _ => DeliveryResult.Delivered;
        bench.Tell("leak", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["Firing leak", "Past waits", "Cleared leak"], mail.Taken.SelectMany(message => message.Notices).Select(notice => $"{notice.Phase} {notice.Episode}"));
    }

    [Fact]
    public async Task Machine_that_was_told_of_an_episode_of_what_came_and_went_hears_of_its_end_however_late()
    {
        var hook = new ScriptedChannel("hook", ChannelPolicy.ForMachines);
        using var other = new DeskBench(mail, hook);
        for (var i = 1; i <= 6; i++)
        {
            other.Tell($"e{i}", NoticeKind.Firing, rule: "r");
            other.Run();
            if (i < 6)
            {
                other.Tell($"e{i}", NoticeKind.Cleared, rule: "r");
                other.Run();
            }
        }

        other.Time.Advance(TimeSpan.FromDays(100));
        await PruneAsync(of: other);
        other.Tell("e6", NoticeKind.Cleared, rule: "r");
        other.Run();
        Assert.Equal("Alert: Cleared e6", hook.Words[^1]);
    }

    // A clock that stood ahead would take all of it for old.
    [Fact]
    public async Task Nothing_goes_while_nobody_vouches_for_the_clock()
    {
        Live();
        bench.Advance(TimeSpan.FromDays(800));
        Assert.Equal(0, await PruneAsync(isSynchronised: false));
    }

    [Fact]
    public void Times_are_read_with_their_bounds()
    {
        List<Problem> problems = [];
        var read = NotificationRetention.Read(TomlSection.Parse("b.toml", "[notification]\nkeep = \"30d\"\n", problems).Table("notification"));
        Assert.Equal((30, 400), (read.Alarms.Days, read.Acts.Days));
        Assert.Empty(problems);
        NotificationRetention.Read(TomlSection.Parse("b.toml", "[notification]\nkeep = \"1d\"\nkeeps = 3\n", problems).Table("notification"));
        Assert.Equal(2, problems.Count);
    }

    // More than a step takes, acknowledged, silenced, tried and over.
    private void Live()
    {
        bench.TellMany(NotificationPruning.RowsMax + 50, _ => (NoticeKind.Past, Severity.Medium));
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(bench.Desk.Acknowledge("a", "Li", "").Refusal);
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Rule = "x", From = now, Until = now.AddHours(2), By = "Li", Why = "" }).Refusal);
        Assert.Null(bench.Desk.Test(null, "Li").Refusal);
        bench.Tell("a", NoticeKind.Cleared);
        bench.Advance(TimeSpan.FromMinutes(1));
    }

    private List<string> Counts() => [.. Tables.SelectMany(table => bench.Query($"SELECT count(*) FROM {table}", reader => $"{reader.GetInt64(0)}"))];

    private async Task<long> PruneAsync(bool isSynchronised = true, DeskBench? of = null)
    {
        of ??= bench;
        var pruning = new NotificationPruning(
            new NotificationRetention(), of.Connect, new Clock(isSynchronised), of.Time, NullLogger<NotificationPruning>.Instance);
        var running = pruning.PruneAsync(TestContext.Current.CancellationToken);
        while (!running.IsCompleted)
        {
            of.Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        return await running;
    }

    private sealed class Clock(bool isSynchronised) : IWallClock
    {
        public bool IsSynchronised => isSynchronised;
    }
}
