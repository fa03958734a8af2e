using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Asks one device, patiently but not at its neighbours' expense.</summary>
/// <remarks>
/// <para>From the outside in: a circuit breaker that makes a dead device a slow probe; at most two retries, and only while
/// they fit into the budget; a limit for each attempt, in case a driver does not keep its own. Where a driver waits off the
/// bus, that limit is one for each of its turns.</para>
/// <para>Not thread-safe: the one worker of the bus calls it.</para>
/// </remarks>
internal sealed class PollPipeline
{
    private const int RetriesMax = 2;

    // Dead means: all of at least this many polls failed, in a window of this many intervals.
    private const int DeadPollsMin = 3;
    private const int DeadWindowIntervals = 5;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    // Bounds that Polly sets for a breaker's windows.
    private static readonly TimeSpan BreakerMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BreakerMax = TimeSpan.FromDays(1);

    private static readonly ResiliencePropertyKey<TimeSpan> BegunAt = new("begun-at");
    private static readonly ResiliencePropertyKey<BusTurn> Turn = new("turn");

    private readonly ISensor sensor;
    private readonly TimeSpan lateness;
    private readonly GatewayClock clock;
    private readonly ResiliencePipeline<Attempt> pipeline;
    private IReadOnlyList<string> missing = [];

    /// <summary>Builds the pipeline of one device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="retryBudget">Retries begin only if they can be over within this time of the first attempt's begin.
    /// </param>
    /// <param name="clock">Tells when the poll was.</param>
    /// <param name="time">For timeouts and delays.</param>
    public PollPipeline(
        PolledDevice device, TimeSpan retryBudget, GatewayClock clock, TimeProvider time)
    {
        sensor = device.Sensor;
        lateness = device.Lateness;
        RetryBudget = retryBudget;
        this.clock = clock;
        var interval = device.Options.Interval;
        ProbeInterval = SlowProbe.Every(interval);
        pipeline = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<Attempt>
            {
                ShouldHandle = arguments => ValueTask.FromResult(IsDead(arguments.Outcome)),
                FailureRatio = 1.0,
                MinimumThroughput = DeadPollsMin,
                SamplingDuration = Clamp(Shorter(interval, BreakerMax / DeadWindowIntervals) * DeadWindowIntervals),

                // Counted from the end of the poll that failed: half an interval less, so that the slot meant is not missed.
                BreakDuration = Clamp(ProbeInterval - (interval / 2)),
            })
            .AddRetry(new RetryStrategyOptions<Attempt>
            {
                ShouldHandle = arguments => ValueTask.FromResult(
                    IsWorthAnother(arguments.Outcome)
                    && Fits(arguments.Outcome.Result!, arguments.Context.Properties.GetValue(BegunAt, default), RetryBudget)),
                MaxRetryAttempts = RetriesMax,
                Delay = RetryDelay,
                UseJitter = true,
            })
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = _ => ValueTask.FromResult(sensor is IPausingSensor ? Timeout.InfiniteTimeSpan : BusTurn.HeldMax),
            })
            .Build();
    }

    private static Reading.Failed TooLong { get; } =
        new(SensorFault.TimedOut, $"the driver gave no answer within {BusTurn.HeldMax.TotalSeconds:0} s");

    /// <summary>Within which time of a poll's begin retries must be over; another where others come to its bus or go.</summary>
    public TimeSpan RetryBudget { get; set; }

    /// <summary>How often a device that is dead is still asked.</summary>
    public TimeSpan ProbeInterval { get; }

    /// <summary>Asks the device.</summary>
    /// <param name="turn">Its turns on the bus, where it waits off it.</param>
    /// <param name="cancellationToken">Ends the poll early.</param>
    /// <returns>The last attempt, or null where the device is dead and not to be asked yet.</returns>
    /// <exception cref="OperationCanceledException">The poll was cancelled.</exception>
    public async ValueTask<Attempt?> AskAsync(BusTurn turn, CancellationToken cancellationToken)
    {
        var begun = clock.Now();
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(BegunAt, begun.BootTime);
            context.Properties.Set(Turn, turn);
            var outcome = await pipeline.ExecuteOutcomeAsync(
                static (context, self) => self.AttemptAsync(context.Properties.GetValue(Turn, null!), context.CancellationToken),
                context,
                this);
            switch (outcome.Exception)
            {
                case null:
                    missing = [.. MissingIn(outcome.Result!)];
                    return outcome.Result;
                case BrokenCircuitException:
                    return null;
                case TimeoutRejectedException:
                    var now = clock.Now();
                    return new Attempt(
                        TooLong,
                        Middle(begun, now),
                        now.BootTime - begun.BootTime);
                default:
                    outcome.ThrowIfException();
                    throw new InvalidOperationException("An outcome has a result or an exception.");
            }
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static bool IsDead(Outcome<Attempt> outcome) =>
        outcome.Exception is TimeoutRejectedException || MayPass(outcome);

    // A device of which only a part could be read is not dead, but the part may come at the next attempt; one that the poll before
    // missed too is not worth the line's time.
    private bool IsWorthAnother(Outcome<Attempt> outcome) =>
        MayPass(outcome) || (outcome.Result is { } attempt && MissingIn(attempt).Except(missing, StringComparer.Ordinal).Any());

    private static IEnumerable<string> MissingIn(Attempt attempt) => attempt.Reading is Reading.Measured measured
        ? measured.Outputs.Where(output => output.Fault is { } fault && MayPass(fault)).Select(output => output.Output)
        : [];

    private static bool MayPass(Outcome<Attempt> outcome) =>
        outcome.Result?.Reading is Reading.Failed { Fault: var fault } && MayPass(fault);

    /// <summary>Whether a fault is what interference on the line looks like, so that asking again may help.</summary>
    /// <remarks>A device that answers that it cannot, does so again at once; a port that is not there is not there 100 ms later either, and
    /// asking it costs the neighbours nothing.</remarks>
    /// <param name="fault">The fault.</param>
    internal static bool MayPass(SensorFault fault) =>
        fault is SensorFault.NoAnswer or SensorFault.TimedOut or SensorFault.Garbled;

    private static bool IsOwedAnAnswer(Reading reading) => reading switch
    {
        Reading.Failed failed => IsOwedAnAnswer(failed.Fault),
        Reading.Measured measured => measured.Outputs.Any(output => output.Fault is { } fault && IsOwedAnAnswer(fault)),
        _ => false,
    };

    private static bool IsOwedAnAnswer(SensorFault fault) => fault is SensorFault.NoAnswer or SensorFault.TimedOut;

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Clamp(TimeSpan duration) =>
        duration < BreakerMin ? BreakerMin : Shorter(duration, BreakerMax);

    private static ClockReading Middle(ClockReading before, ClockReading after)
    {
        // Counted back from the later reading, so that a step of the wall clock in between leaves no time half way.
        var middle = after.BootTime - ((after.BootTime - before.BootTime) / 2);
        var (wallMs, stamp) = new ClockAnchor(after.Boot, after.BootTime, after.WallMs, after.Trust ?? default).At(middle);
        return after with { BootTime = middle, WallMs = wallMs, Trust = after.Trust is null ? null : stamp };
    }

    // The next attempt takes as long as this one, and waits before it for the answer that this one may still get.
    private bool Fits(Attempt failed, TimeSpan begunAt, TimeSpan budget) =>
        clock.BootTime - begunAt + RetryDelay + (IsOwedAnAnswer(failed.Reading) ? lateness : TimeSpan.Zero) + failed.Duration <= budget;

    private async ValueTask<Outcome<Attempt>> AttemptAsync(BusTurn turn, CancellationToken cancellationToken)
    {
        var before = clock.Now();
        Reading reading;
        try
        {
            reading = sensor is IPausingSensor pausing
                ? await ReadAsync(pausing, turn, cancellationToken)
                : await sensor.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            return Outcome.FromException<Attempt>(e);
        }
#pragma warning disable CA1031 // A driver that breaks its promise must not end the polling of its neighbours.
        catch (Exception e)
#pragma warning restore CA1031
        {
            reading = new Reading.Failed(SensorFault.Garbled, $"the driver failed: {e.GetType().Name}: {e.Message}");
        }

        var after = clock.Now();
        return Outcome.FromResult(
            new Attempt(reading, Middle(turn.MeasuringSince ?? before, after), after.BootTime - before.BootTime));
    }

    private static async ValueTask<Reading> ReadAsync(
        IPausingSensor pausing, BusTurn turn, CancellationToken cancellationToken)
    {
        var tooLong = turn.BeginAttempt(cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLong, cancellationToken);
        try
        {
            return await pausing.ReadAsync(turn, either.Token);
        }
        catch (OperationCanceledException) when (tooLong.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return TooLong;
        }
    }
}

/// <summary>One question to a device.</summary>
/// <param name="Reading">What came of it.</param>
/// <param name="Clock">The clocks in its middle.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record Attempt(Reading Reading, ClockReading Clock, TimeSpan Duration);
