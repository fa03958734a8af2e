using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Toml;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class NotificationTests : IDisposable
{
    private static readonly Uri Url = new("http://receiver.test:9/hook?key=secret");

    private readonly string folder = Directory.CreateTempSubdirectory("pond-notification-").FullName;
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly RecordingLogger<NotificationDispatch> log = new();

    [Fact]
    public async Task Notices_arrive_once_each_in_order_with_the_documented_body()
    {
        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(HttpStatusCode.NoContent));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await receiver.HasTaken(1);
        running.Alert((20, 1), (30, 2));
        await receiver.HasTaken(1);

        Assert.Equal(["firing", "cleared"], receiver.Bodies.Select(body => body.GetProperty("phase").GetString()));
        var firing = receiver.Bodies[0];
        Assert.Equal(
            ("nh4-high", "high", "pond", "stream", "stream-nh4", "nh4n", "ammonium_n_mg_l", "mg/L as N"),
            (Text("rule"), Text("severity"), Text("site"), Text("station"), Text("device"), Text("channel"),
             Text("measurand"), Text("unit")));
        Assert.Equal(
            ("2026-07-01T06:00:00.000Z", "2026-07-01T06:10:00.000Z", "Close the valve", "GB 26451-2011"),
            (Text("since"), Text("time"), Text("do"), Text("standard")));
        Assert.Equal((31.0, 15.0), (firing.GetProperty("value").GetDouble(), firing.GetProperty("limit").GetDouble()));
        Assert.Equal("application/json", receiver.ContentType);

        string? Text(string member) => firing.GetProperty(member).GetString();
    }

    [Fact]
    public async Task Notice_that_waits_when_the_program_ends_is_delivered_after_the_next_start()
    {
        using (var dead = new ScriptedReceiver(_ => throw new HttpRequestException("refused")))
        {
            await using var running = Run(dead);
            running.Alert((0, 20), (10, 31));
            await dead.WasAsked(1);
        }

        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(HttpStatusCode.OK));
        await using var again = Run(receiver);
        await receiver.HasTaken(1);
        Assert.Equal("firing", receiver.Bodies[0].GetProperty("phase").GetString());
        await again.HasNoneWaiting();
    }

    [Fact]
    public async Task Message_of_a_later_version_is_dropped_and_what_it_was_to_tell_is_told()
    {
        using (var dead = new ScriptedReceiver(_ => throw new HttpRequestException("refused")))
        {
            await using var running = Run(dead);
            running.Alert((0, 20), (10, 31));
            await dead.WasAsked(1);
        }

        await using (var connection = Open(Path.Combine(folder, "state.db")))
        await using (var later = connection.CreateCommand())
        {
            later.CommandText = """UPDATE notification_message SET body = replace(body, '"kind":"alert"', '"kind":"later"') WHERE standing = 0""";
            Assert.Equal(1, await later.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(HttpStatusCode.OK));
        await using var again = Run(receiver);
        await receiver.HasTaken(1);
        Assert.Equal("firing", receiver.Bodies[0].GetProperty("phase").GetString());
        Assert.Single(log.Lines, line => line.Contains("cannot read", StringComparison.Ordinal));
        await again.HasNoneWaiting();
    }

    [Fact]
    public async Task Dead_host_is_tried_with_growing_delays_and_logged_when_it_goes_and_when_it_comes()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ =>
            ++asked <= 12 ? throw new HttpRequestException("connection refused") : new HttpResponseMessage(HttpStatusCode.OK));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        var begin = time.GetUtcNow();
        await running.AdvanceUntil(() => log.Levels.Contains(LogLevel.Information), TimeSpan.FromSeconds(5));

        Assert.Equal(13, asked);
        Assert.True(time.GetUtcNow() - begin > TimeSpan.FromMinutes(5), $"12 attempts took only {time.GetUtcNow() - begin}");
        Assert.Equal([LogLevel.Warning, LogLevel.Warning, LogLevel.Information], log.Levels.Take(3));
        Assert.Contains("others go before it", log.Lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", string.Join('\n', log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Receiver_that_asks_for_more_than_an_hour_is_asked_again_after_an_hour() =>
        Assert.Equal(TimeSpan.FromHours(1), DeliveryPace.After(1, TimeSpan.FromHours(5)));

    [Fact]
    public void First_attempt_after_a_failure_comes_after_a_second() =>
        Assert.All(Enumerable.Range(0, 50), _ => Assert.InRange(DeliveryPace.After(1, null), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.25)));

    [Fact]
    public void Notice_goes_where_it_was_configured_to_go_and_no_redirect_leads_it_elsewhere()
    {
        using var transport = Assert.IsType<SocketsHttpHandler>(JsonPost.Transport());
        Assert.False(transport.AllowAutoRedirect);
    }

    [Fact]
    public void What_was_taken_of_a_message_is_remembered_while_it_is_asked_for()
    {
        var parts = new TakenParts(StringComparer.Ordinal);
        for (var i = 0; i < 1_000; i++)
        {
            parts.Of($"m{i}").Add("part");
        }

        parts.Of("m999");
        Assert.Contains("part", parts.Of("m0"));
        parts.Of("new");
        Assert.Empty(parts.Of("m1"));
    }

    [Fact]
    public async Task What_nobody_foresaw_is_logged_and_ends_no_channel()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ =>
            ++asked == 1 ? throw new InvalidDataException("nobody foresaw this") : new HttpResponseMessage(HttpStatusCode.OK));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await running.AdvanceUntil(() => asked >= 2, TimeSpan.FromSeconds(5));
        await receiver.HasTaken(1);
        Assert.Contains(log.Lines, line => line.Contains("nobody foresaw this", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connection_that_is_reset_the_moment_it_stands_is_tried_again()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ =>
            ++asked == 1 ? throw new SocketException((int)SocketError.NotConnected) : new HttpResponseMessage(HttpStatusCode.OK));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await running.AdvanceUntil(() => log.Levels.Count >= 2, TimeSpan.FromSeconds(5));
        Assert.Equal(2, asked);
        await running.HasNoneWaiting();
    }

    [Fact]
    public async Task Receiver_that_hangs_is_given_up_after_ten_seconds_and_asked_again()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(HttpStatusCode.OK))
        {
            Before = cancelled =>
                ++asked == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, time, cancelled) : Task.CompletedTask,
        };
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await running.AdvanceUntil(() => receiver.Bodies.Count == 1, TimeSpan.Zero);
        var begin = time.GetUtcNow();
        await running.AdvanceUntil(() => receiver.Bodies.Count == 2, TimeSpan.FromMilliseconds(500));
        Assert.InRange(time.GetUtcNow() - begin, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Receiver_that_says_when_to_come_back_is_obeyed()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ =>
        {
            var busy = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(700));
            return ++asked == 1 ? busy : new HttpResponseMessage(HttpStatusCode.OK);
        });
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await receiver.WasAsked(1);
        var begin = time.GetUtcNow();
        await running.AdvanceUntil(() => receiver.Bodies.Count == 2, TimeSpan.FromSeconds(10));
        Assert.InRange(time.GetUtcNow() - begin, TimeSpan.FromSeconds(700), TimeSpan.FromSeconds(1_000));
    }

    [Fact]
    public async Task Notice_that_is_refused_for_good_holds_up_no_other()
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ =>
            new HttpResponseMessage(++asked == 1 ? HttpStatusCode.BadRequest : HttpStatusCode.OK));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await receiver.HasTaken(1);
        running.Alert((20, 1), (30, 2));
        await receiver.HasTaken(1);
        Assert.Equal(["firing", "past"], receiver.Bodies.Select(body => body.GetProperty("phase").GetString()));
        await running.HasNoneWaiting();
        Assert.Contains(LogLevel.Error, log.Levels);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Receiver_that_can_be_mended_loses_nothing(HttpStatusCode status)
    {
        var asked = 0;
        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(++asked == 1 ? status : HttpStatusCode.OK));
        await using var running = Run(receiver);
        running.Alert((0, 20), (10, 31));
        await running.AdvanceUntil(() => receiver.Bodies.Count == 2, TimeSpan.FromSeconds(1));
        await running.HasNoneWaiting();
    }

    [Fact]
    public async Task Channel_that_is_dead_holds_up_no_other_channel()
    {
        using var dead = new ScriptedReceiver(_ => throw new HttpRequestException("refused"));
        using var receiver = new ScriptedReceiver(_ => new HttpResponseMessage(HttpStatusCode.OK));
        await using var running = Run(dead, receiver);
        running.Alert((0, 20), (10, 31));
        await receiver.HasTaken(1);
        Assert.Equal(1, running.Waiting(0));
    }

    [Fact]
    public void Channel_taken_out_of_the_configuration_leaves_nothing_waiting()
    {
        var database = Path.Combine(folder, "state.db");
        using var connection = Open(database);
        using var transaction = connection.BeginTransaction();
        var before = new NotificationOutbox([new ScriptedChannel("old", ChannelPolicy.ForMachines)], () => Open(database), time, NullLogger<NotificationOutbox>.Instance);
        before.Create(transaction);
        before.Add(transaction, Notice("a"));
        new NotificationOutbox([new ScriptedChannel("new", ChannelPolicy.ForMachines)], () => Open(database), time, NullLogger<NotificationOutbox>.Instance).Create(transaction);
        transaction.Commit();
        Assert.Equal(0, before.Waiting("old"));
    }

    [Fact]
    public void Webhooks_are_read_and_every_mistake_is_listed()
    {
        List<Problem> problems = [];
        var top = TomlSection.Parse("b.toml", """
            webhook = [
              { url = "https://a.test/x" }, { url = "ftp://a.test" }, { url = "a.test" }, { url = "https://u:p@a.test" },
              { url = "https://a.test/x" }, { uri = "https://a.test" }, { url = 3 },
            ]
            """, problems);
        Assert.Equal(
            [new Uri("https://a.test/x")], WebhookConfiguration.Read(top, new ChannelPolicyReader()).Select(webhook => webhook.Url));
        Assert.Equal(7, problems.Count);
    }

    [Fact]
    public void Channel_has_the_name_of_the_configuration_wherever_it_leads()
    {
        using var one = Channel(new Uri("https://a.test/x?key=1"), new ScriptedReceiver(_ => new HttpResponseMessage()));
        using var other = Channel(new Uri("https://a.test/x?key=2"), new ScriptedReceiver(_ => new HttpResponseMessage()));
        Assert.Equal("shift", one.Name);
        Assert.Equal(one.Name, other.Name);
        Assert.DoesNotContain("key", one.FormerName, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private static SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection($"Data Source={database}");
        connection.Open();
        return connection;
    }

    private static AlertNotice Notice(string id) => SomeNotice.Of(id, NoticeKind.Firing) with { Id = id };

    private WebhookChannel Channel(Uri url, ScriptedReceiver receiver, string name = "shift") =>
        new(new WebhookOptions { Url = url, Policy = ChannelPolicy.ForMachines with { Name = name } }, receiver, time);

    private Running Run(params ScriptedReceiver[] receivers) => new(this, receivers);

    /// <summary>The whole way from stored points to the receiver.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly SqliteConnection connection;
        private readonly NotificationOutbox outbox;
        private readonly List<WebhookChannel> channels;
        private readonly AlertEngine engine;
        private readonly CancellationTokenSource stop = new();
        private readonly Task running;
        private readonly FakeTimeProvider time;

        public Running(NotificationTests tests, ScriptedReceiver[] receivers)
        {
            var database = Path.Combine(tests.folder, "state.db");
            time = tests.time;
            time.SetUtcNow(time.GetUtcNow().AddDays(1));
            channels = [.. receivers.Select((receiver, i) => tests.Channel(new Uri($"{Url}{i}"), receiver, $"hook-{i}"))];
            outbox = new NotificationOutbox(
                channels, () => Open(database), time, NullLogger<NotificationOutbox>.Instance);
            connection = Open(database);
            engine = new AlertEngine([AlertBench.Ammonium], outbox, time, NullLogger<AlertEngine>.Instance);
            engine.Open(connection);
            running = new NotificationDispatch(outbox, channels, time, tests.log)
                .RunAsync(stop.Token);
        }

        public void Alert(params (double Minute, double Value)[] values)
        {
            using var transaction = connection.BeginTransaction();
            engine.Stored(transaction, [.. values.Select(value => AlertBench.PointOf(value.Minute, value.Value))]);
            transaction.Commit();
            engine.Committed();
        }

        public long Waiting(int channel) => outbox.Waiting(channels[channel].Name);

        public Task HasNoneWaiting() => AdvanceUntil(() => Waiting(0) == 0, TimeSpan.Zero);

        public async Task AdvanceUntil(Func<bool> condition, TimeSpan step)
        {
            // A moment of true time between the steps lets the loops run up to their next wait.
            for (var i = 0; i < 10_000 && !condition(); i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
                time.Advance(step);
            }

            Assert.True(condition(), "It never came to this.");
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running;
            connection.Dispose();
            stop.Dispose();
        }
    }

    private sealed class ScriptedReceiver(Func<CancellationToken, HttpResponseMessage> answer) : HttpMessageHandler
    {
        private readonly SemaphoreSlim asked = new(0);

        public Func<CancellationToken, Task> Before { get; init; } = _ => Task.CompletedTask;

        public ConcurrentQueue<JsonElement> Queue { get; } = new();

        public List<JsonElement> Bodies => [.. Queue];

        public string? ContentType { get; private set; }

        public Task HasTaken(int count) => WasAsked(count);

        public async Task WasAsked(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(await asked.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            ContentType = request.Content!.Headers.ContentType!.MediaType;
            var body = await request.Content.ReadAsStringAsync(cancellationToken);
            try
            {
                Queue.Enqueue(JsonDocument.Parse(body).RootElement);
                await Before(cancellationToken);
                return answer(cancellationToken);
            }
            finally
            {
                asked.Release();
            }
        }
    }

    private sealed class RecordingLogger<T> : ILogger<T>
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Line)> entries = new();

        public IReadOnlyList<LogLevel> Levels => [.. entries.Select(entry => entry.Level)];

        public IReadOnlyList<string> Lines => [.. entries.Select(entry => entry.Line)];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            entries.Enqueue((logLevel, formatter(state, exception)));
    }
}
