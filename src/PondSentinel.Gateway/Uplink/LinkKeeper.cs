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

    // A link that is thrown away sooner, say by a second gateway with the same id, is a failed try.
    private static readonly TimeSpan LastedMin = TimeSpan.FromSeconds(10);

    // A broker that is away for a week must not fill the journal with one sentence.
    private static readonly TimeSpan SameFailureInterval = TimeSpan.FromHours(1);

    private readonly UplinkRoom room;
    private readonly IBroker broker;
    private readonly Random random;
    private readonly SentBooks books;
    private readonly Lanes lanes;
    private readonly Inbox inbox;
    private readonly UplinkTally tally;
    private string? failure;
    private long failureTold;

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
        books = new SentBooks(room.Options.ResendAfter, room.Time);
        lanes = new Lanes(room, books, tally);
        inbox = new Inbox(room, books, lanes.Lift);
    }

    /// <summary>Works until told to stop.</summary>
    /// <param name="stop">Tells it to stop; it says goodbye to the broker within <see cref="UplinkSession.GoodbyeMax"/> and
    /// ends without an exception.</param>
    public async Task RunAsync(CancellationToken stop)
    {
        var tries = Tries();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await tries.ExecuteAsync(TryAsync, stop);

                // All gateways lose a broker that restarts in the same second.
                await Task.Delay(RetryDelay * random.NextDouble(), room.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private ResiliencePipeline<bool> Tries() =>
        new ResiliencePipelineBuilder<bool> { TimeProvider = room.Time }
            .AddRetry(new RetryStrategyOptions<bool>
            {
                ShouldHandle = new PredicateBuilder<bool>().HandleResult(false),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = RetryDelay,
                MaxDelay = RetryDelayMax,
                Randomizer = random.NextDouble,
            })
            .Build();

    // Whether there is no reason to wait before the next.
    private async ValueTask<bool> TryAsync(CancellationToken stop)
    {
        Opening opening;
        using (var deadline = new CancellationTokenSource(OpeningMax, room.Time))
        using (var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token))
        {
            opening = await broker.OpenAsync(inbox.Take, giveUp.Token);
        }

        if (opening.Link is not { } link)
        {
            Tell(opening.Failure ?? "no link");
            return stop.IsCancellationRequested;
        }

        tally.CountConnect();
        var opened = room.Time.GetTimestamp();
        room.Log.LogInformation(
            "uplink: connected to {Host}:{Port}, {Session}",
            room.Options.Host,
            room.Options.Port,
            link.Terms.SessionPresent ? "the session goes on" : "a new session");
        using var session = new UplinkSession(room, link, lanes, inbox, books, tally);
        var why = await session.RunAsync(tally.Connects == 1, stop);
        if (stop.IsCancellationRequested)
        {
            return true;
        }

        var lasted = room.Time.GetElapsedTime(opened);
        room.Log.LogWarning("uplink: the link is gone after {Lasted}: {Why}", Units.Text(Whole(lasted)), why);
        failure = null;
        return lasted >= LastedMin;
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
}
