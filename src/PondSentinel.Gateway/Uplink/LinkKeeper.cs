using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Keeps a link to the broker: opens one, works over it, opens the next, for ever.</summary>
/// <remarks>Between tries it waits 1 s, then about twice as long each time up to a minute, each gateway a little differently,
/// so that a broker that comes back is not run over. A link that lasted makes it begin anew.</remarks>
internal sealed class LinkKeeper
{
    /// <summary>The longest wait between two tries, give or take: 1 min.</summary>
    public static readonly TimeSpan RetryDelayMax = TimeSpan.FromMinutes(1);

    /// <summary>How long opening a link may take: 30 s.</summary>
    public static readonly TimeSpan OpeningMax = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // A link that is thrown away sooner is a failed try.
    private static readonly TimeSpan LastedMin = TimeSpan.FromSeconds(10);

    // So is one that the broker closed without a word before it had lasted three times as long as was waited for it: with MQTT
    // 3.1.1 that is all that a gateway sees of a second one with its id, and the two would not let go of each other.
    private const int ClosedLastedShare = 3;

    // After a takeover: 1 min, doubling to 15 min, and from the beginning where a link has lasted an hour.
    private const int TwinDoublingsMax = 4;
    private const double TwinJitter = 0.25;
    private static readonly TimeSpan TwinWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TwinWaitMax = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan TwinForgotten = TimeSpan.FromHours(1);

    // A broker that is away for a week must not fill the journal with one sentence.
    private static readonly TimeSpan SameFailureInterval = TimeSpan.FromHours(1);

    private readonly UplinkRoom room;
    private readonly IBroker broker;
    private readonly Random random;
    private readonly SentBooks books;
    private readonly Lanes lanes;
    private readonly Inbox inbox;
    private readonly UplinkTally tally;
    private readonly UplinkReport report;
    private readonly OfflineHook? offline;
    private string? failure;
    private long failureTold;
    private long? failedAt;
    private int takeovers;
    private bool isFirst = true;

    /// <summary>Prepares; opens nothing yet.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="tally">What is counted.</param>
    /// <param name="random">Spreads the tries.</param>
    public LinkKeeper(UplinkRoom room, IBroker broker, UplinkTally tally, Random random)
    {
        this.room = room;
        this.broker = broker;
        this.tally = tally;
        this.random = random;
        books = new SentBooks(room.Options.ResendAfter, room.Time, room.Options.ReceiptsWithin);
        lanes = new Lanes(room, books, tally);
        inbox = new Inbox(room, books, lanes.Lift);
        report = new UplinkReport(room);
        offline = room.Options.Offline is { } asking ? new OfflineHook(asking, room.Gateway, room.Clock, room.Log) : null;
    }

    /// <summary>Bytes of backlog sent and not settled.</summary>
    public long BacklogBytes => books.Records.BacklogBytes;

    /// <summary>Works until told to stop.</summary>
    /// <param name="stop">Tells it to stop; it says goodbye to the broker within <see cref="UplinkSession.GoodbyeMax"/> and
    /// ends without an exception.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        var tries = Tries();
        var watching = Task.WhenAll(
            room.Thrift.WatchAsync(report, room.Time, room.Log, stop),
            offline?.WatchAsync(room.Time, report, stop) ?? Task.CompletedTask);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await tries.ExecuteAsync(TryAsync, stop);

                // All gateways lose a broker that restarts in the same second.
                room.Loop?.Turn(RetryDelay);
                await Task.Delay(RetryDelay * random.NextDouble(), room.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            room.Loop?.End();
            await watching;
        }
    }

    private ResiliencePipeline<Attempt> Tries() =>
        new ResiliencePipelineBuilder<Attempt> { TimeProvider = room.Time }
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                ShouldHandle = new PredicateBuilder<Attempt>().HandleResult(attempt => !attempt.Lasted),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = RetryDelay,
                MaxDelay = RetryDelayMax,
                Randomizer = random.NextDouble,
                OnRetry = arguments =>
                {
                    room.Loop?.Turn(arguments.RetryDelay);
                    return ValueTask.CompletedTask;
                },
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result.Wait),
            })
            .Build();

    private async ValueTask<Attempt> TryAsync(CancellationToken stop)
    {
        var waited = failedAt is { } at ? room.Time.GetElapsedTime(at) : TimeSpan.Zero;
        Opening opening;
        room.Loop?.Turn(OpeningMax);
        using (var deadline = new CancellationTokenSource(OpeningMax, room.Time))
        using (var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token))
        {
            opening = await broker.OpenAsync(inbox.Take, giveUp.Token);
        }

        if (opening.Link is not { } link)
        {
            tally.NoteDown(opening.Failure ?? "no link");
            Tell(opening.Failure ?? "no link");
            failedAt = room.Time.GetTimestamp();
            return new Attempt(Lasted: stop.IsCancellationRequested);
        }

        tally.CountConnect();
        var opened = room.Time.GetTimestamp();
        room.Log.LogInformation(
            "uplink: connected to {Host}:{Port}, {Session}",
            room.Options.Host,
            room.Options.Port,
            link.Terms.SessionPresent ? "the session goes on" : "a new session");
        using var session = new UplinkSession(room, link, lanes, inbox, books, tally);
        offline?.NoteUp();
        var end = await session.RunAsync(isFirst, stop);
        isFirst = false;
        offline?.NoteDown();
        tally.NoteDown(end.Why);
        if (stop.IsCancellationRequested)
        {
            return new Attempt(Lasted: true);
        }

        var lasted = room.Time.GetElapsedTime(opened);
        room.Log.LogWarning("uplink: the link is gone after {Lasted}: {Why}", Units.Text(Whole(lasted)), end.Why);
        failure = null;
        failedAt = room.Time.GetTimestamp();
        return end.Kind == LinkEndKind.TakenOver
            ? new Attempt(Lasted: false, WaitForTheTwin(lasted, end.Why))
            : new Attempt(lasted >= LastedMin && (end.Kind != LinkEndKind.Closed || lasted >= waited * ClosedLastedShare));
    }

    // Each of two gateways with one id throws the other out, and they would go on for ever. Both deliver where each has its
    // turn; the longer the turns, the less it costs.
    private TimeSpan WaitForTheTwin(TimeSpan lasted, string why)
    {
        takeovers = lasted >= TwinForgotten ? 1 : takeovers + 1;
        var wait = TwinWait * Math.Pow(2, Math.Min(takeovers - 1, TwinDoublingsMax));
        wait = (wait < TwinWaitMax ? wait : TwinWaitMax) * (1 - TwinJitter + (2 * TwinJitter * random.NextDouble()));
        room.Log.LogError(
            "uplink: duplicate gateway: another client has the id {Gateway} and was given this session; look for a second gateway with it, next try in {Wait}",
            room.Gateway,
            Units.Text(Whole(wait)));
        report.Fault("duplicate-gateway", why);
        return wait;
    }

    private void Tell(string reason)
    {
        if (reason == failure && room.Time.GetElapsedTime(failureTold) < SameFailureInterval)
        {
            return;
        }

        failure = reason;
        failureTold = room.Time.GetTimestamp();
        room.Log.LogWarning("uplink: {Failure}; records are kept, trying again for as long as it takes", reason);
    }

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Round(time.TotalSeconds));

    /// <summary>What came of a try.</summary>
    /// <param name="Lasted">Whether there is no reason to wait before the next.</param>
    /// <param name="Wait">How long to wait where there is; null for the usual back-off.</param>
    private readonly record struct Attempt(bool Lasted, TimeSpan? Wait = null);
}
