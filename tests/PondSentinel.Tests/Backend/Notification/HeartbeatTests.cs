using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Heartbeat;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class HeartbeatTests
{
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(30);
    private static readonly Uri Url = new("http://watch.test/ping/secret");

    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { MessagesPerHourMax = 1 });
    private readonly ScriptedChannel hook = new("hook", ChannelPolicy.ForMachines);

    [Fact]
    public void Backend_works_from_the_first_value_on_until_none_has_come_in_for_long()
    {
        using var bench = new DeskBench(hook);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        Assert.Equal("no value has come in since the start", pulse.Fault());
        Store(bench, pulse, [AlertBench.PointOf(0, 1)]);
        Assert.Null(pulse.Fault());
        bench.Advance(Stale);
        Assert.Equal("no value has come in since 2026-07-01 06:00:00Z", pulse.Fault());
    }

    [Fact]
    public void What_is_committed_without_a_value_or_never_committed_shows_nothing()
    {
        using var bench = new DeskBench(hook);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        Store(bench, pulse, []);
        Assert.NotNull(pulse.Fault());
        using var connection = bench.Connect();
        using var transaction = connection.BeginTransaction();
        pulse.Stored(transaction, [AlertBench.PointOf(0, 1)]);
        transaction.Rollback();
        Assert.NotNull(pulse.Fault());
    }

    [Fact]
    public void What_people_gave_in_once_more_shows_nothing_of_the_way_from_the_gateways()
    {
        using var bench = new DeskBench(hook);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        pulse.Heard(new GatewayName("pond", "gz-07"));
        Store(bench, pulse, [AlertBench.PointOf(0, 1), AlertBench.PointOf(5, 1)], isSign: false);
        Assert.Equal("no value has come in since the start", pulse.Fault());
    }

    // They are stored and not judged: a backend with a slow clock makes no alert at all.
    [Fact]
    public void Values_ahead_of_the_clock_show_nothing_and_the_fault_tells_of_the_clock()
    {
        using var bench = new DeskBench(hook);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        Store(bench, pulse, [AlertBench.PointOf(5, 1)]);
        Assert.StartsWith("the values that come in are of times ahead of this clock", pulse.Fault(), StringComparison.Ordinal);
        Store(bench, pulse, [AlertBench.PointOf(5, 1), AlertBench.PointOf(1, 1)]);
        Assert.Null(pulse.Fault());
        bench.Advance(Stale);
        Store(bench, pulse, [AlertBench.PointOf(40, 1)]);
        Assert.StartsWith("the values that come in are of times ahead of this clock", pulse.Fault(), StringComparison.Ordinal);
        bench.Advance(Stale);
        Assert.Equal("no value has come in since 2026-07-01 06:00:00Z", pulse.Fault());
    }

    [Fact]
    public void Backend_does_not_work_while_a_message_waits_for_long_and_what_waits_as_it_should_is_no_fault()
    {
        using var bench = new DeskBench(hook, mail);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        for (var minute = 0; minute < 90; minute++)
        {
            bench.Tell($"info{minute}", NoticeKind.Firing, PondSentinel.Alerting.Severity.Info);
            bench.Tell($"a{minute}", NoticeKind.Firing);
            bench.Advance(TimeSpan.FromMinutes(1));
            Store(bench, pulse, [AlertBench.PointOf(minute, 1)]);
            Assert.Null(pulse.Fault());
        }

        hook.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("b", NoticeKind.Firing);
        bench.Advance(Stale);
        Store(bench, pulse, [AlertBench.PointOf(119, 1)]);
        Assert.Equal("hook has taken nothing for 30m while messages wait", pulse.Fault());
    }

    [Fact]
    public void Test_that_nobody_takes_is_a_message_that_waits_and_what_is_to_be_looked_at_now_is_not_late()
    {
        using var bench = new DeskBench(hook, mail);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        bench.Tell("a", NoticeKind.Firing);
        bench.Execute("UPDATE notification_delivery SET due_ms = 0");
        Store(bench, pulse, [AlertBench.PointOf(0, 1)]);
        Assert.Null(pulse.Fault());

        bench.Advance(TimeSpan.FromMinutes(1));
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        Assert.Null(bench.Desk.Test("hook", "Li").Refusal);
        bench.Advance(Stale);
        Store(bench, pulse, [AlertBench.PointOf(31, 1)]);
        Assert.Equal("hook has taken nothing for 30m while messages wait", pulse.Fault());
    }

    [Fact]
    public void Message_that_is_made_anew_all_the_time_waits_since_its_first_notice()
    {
        using var bench = new DeskBench(hook);
        var pulse = new Pulse(Stale, bench.Connect, bench.Time);
        hook.Answer = _ => DeliveryResult.NotNow("dead");
        for (var minute = 0; minute <= Stale.TotalMinutes; minute++)
        {
            bench.Tell("a", minute % 2 == 0 ? NoticeKind.Firing : NoticeKind.Cleared);
            bench.Advance(TimeSpan.FromMinutes(1));
        }

        Store(bench, pulse, [AlertBench.PointOf(31, 1)]);
        Assert.Equal("hook has taken nothing for 30m while messages wait", pulse.Fault());
    }

    [Fact]
    public async Task Watch_service_hears_of_it_at_each_beat_and_nothing_while_there_is_a_fault()
    {
        var time = new FakeTimeProvider(AlertBench.Start);
        string? fault = null;
        using var service = new WatchService();
        using var loop = new HeartbeatLoop(
            new HeartbeatOptions { Url = Url, Every = TimeSpan.FromMinutes(5), IsPost = true }, () => fault, service, time, NullLogger<HeartbeatLoop>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = loop.RunAsync(stop.Token);

        time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Equal(0, service.Count);
        time.Advance(TimeSpan.FromMinutes(0.1));
        await service.HeardAsync(1);
        time.Advance(TimeSpan.FromMinutes(5));
        await service.HeardAsync(2);
        fault = "ingest stands still";
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMinutes(5));
        }

        fault = null;
        time.Advance(TimeSpan.FromMinutes(5));
        await service.HeardAsync(3);
        Assert.Equal(3, service.Count);
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("", "url of [heartbeat] is missing")]
    [InlineData("url = \"ftp://a\"", "is no web address")]
    [InlineData("url = \"https://u:p@a\"", "is no web address")]
    [InlineData("url = \"https://a\"\nevery = \"1s\"", "must be from 10s to 1d")]
    [InlineData("url = \"https://a\"\nmethod = \"PUT\"", "is not a word known here")]
    [InlineData("url = \"https://a\"\nstale = \"1h\"", "is not known here")]
    public void Every_mistake_is_told(string lines, string what)
    {
        var loaded = BackendConfigurationFile.Read("b.toml", $"[heartbeat]\n{lines}\n");
        Assert.Contains(what, Assert.Single(loaded.Problems).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_arrives() =>
        Assert.Equal(
            new HeartbeatOptions { Url = Url, Every = TimeSpan.FromMinutes(1), IsPost = true, StaleAfter = TimeSpan.FromHours(1) },
            BackendConfigurationFile.Read("b.toml", $"""
                [heartbeat]
                url = "{Url}"
                every = "1m"
                method = "POST"
                stale_after = "1h"
                """).Configuration?.Heartbeat);

    private static void Store(DeskBench bench, Pulse pulse, IReadOnlyList<PondSentinel.Backend.Storage.Point> points, bool isSign = true)
    {
        using var connection = bench.Connect();
        using var transaction = connection.BeginTransaction();
        pulse.Stored(transaction, points);
        transaction.Commit();
        if (isSign)
        {
            pulse.Heard(new GatewayName("pond", "gz-07"));
        }

        pulse.Committed();
    }

    private sealed class WatchService : HttpMessageHandler
    {
        private readonly SemaphoreSlim heard = new(0);
        private int waitedFor;

        public int Count { get; private set; }

        public async Task HeardAsync(int count)
        {
            for (; waitedFor < count; waitedFor++)
            {
                Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            }
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal((HttpMethod.Post, Url), (request.Method, request.RequestUri));
            Count++;
            heard.Release();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
