using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>One device and all that is remembered of it between polls. Not thread-safe.</summary>
internal sealed class DevicePoller
{
    private readonly string device;
    private readonly string station;
    private readonly IReadOnlyList<PolledChannel> channels;
    private readonly PollPipeline pipeline;
    private readonly PollSchedule schedule;
    private readonly Urgency urgency;
    private readonly FaultReport faults;
    private readonly RecordSink sink;
    private readonly GatewayClock clock;
    private readonly DeviceTally tally;
    private readonly TimeProvider time;
    private (Task<Attempt?> Poll, BusTurn Turn)? waiting;

    /// <summary>Puts the parts of a device together.</summary>
    /// <param name="polled">The device.</param>
    /// <param name="pipeline">How it is asked.</param>
    /// <param name="schedule">When it is asked.</param>
    /// <param name="faults">Who tells of its troubles.</param>
    /// <param name="sink">Where its records go.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="time">For the limits of turns.</param>
    public DevicePoller(
        PolledDevice polled,
        PollPipeline pipeline,
        PollSchedule schedule,
        FaultReport faults,
        RecordSink sink,
        GatewayClock clock,
        TimeProvider time)
    {
        device = polled.Options.Id;
        station = polled.Options.Station;
        channels = polled.Channels;
        tally = polled.Tally;
        urgency = new Urgency(channels);
        this.pipeline = pipeline;
        this.schedule = schedule;
        this.faults = faults;
        this.sink = sink;
        this.clock = clock;
        this.time = time;
    }

    /// <summary>Its name.</summary>
    public string Device => device;

    /// <summary>When it is due, on the boot-time clock: for its next poll, or for going on with one that waits off the bus.
    /// </summary>
    public TimeSpan Due => waiting?.Turn.WantedAt ?? schedule.Due;

    /// <summary>Asks the device, until it has answered or waits off the bus, and hands on what came of it.</summary>
    /// <param name="cancellationToken">Ends the poll early; the same for all turns of a poll.</param>
    /// <returns>What came of it; null where it waits, or was spared.</returns>
    /// <exception cref="OperationCanceledException">The poll was cancelled; it left no record.</exception>
    public async ValueTask<Reading?> PollAsync(CancellationToken cancellationToken)
    {
        var (poll, turn) = waiting ?? Begin(cancellationToken);
        if (waiting is not null)
        {
            waiting = null;
            turn.Give();
        }

        await Task.WhenAny(poll, turn.Left);
        if (!poll.IsCompleted)
        {
            waiting = (poll, turn);
            return null;
        }

        using (turn)
        {
            var attempt = await poll;
            if (attempt is not null)
            {
                Take(attempt);
            }

            tally.Count(attempt, schedule.Missed);
            return attempt?.Reading;
        }
    }

    /// <summary>Waits for the end of a poll that was cancelled while it waited off the bus.</summary>
    public async ValueTask EndAsync()
    {
        if (waiting is var (poll, turn))
        {
            await ((Task)poll).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            turn.Dispose();
        }
    }

    private (Task<Attempt?> Poll, BusTurn Turn) Begin(CancellationToken cancellationToken)
    {
        var start = clock.Now();
        schedule.Begin(start.BootTime, TimeSpan.FromMilliseconds(start.WallMs));
        var turn = new BusTurn(clock, time);
        return (pipeline.AskAsync(turn, cancellationToken).AsTask(), turn);
    }

    private void Take(Attempt attempt)
    {
        // The reason first: whoever reads the event stream knows why before the value is missing.
        faults.Note(attempt.Reading, attempt.Clock);
        var values = RangeTest.Judge(channels, attempt.Reading);
        sink.Append(station, device, attempt.Clock, values, urgency.IsUrgent(values));
    }
}
