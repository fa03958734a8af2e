using PondSentinel.Gateway.Derivation;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>One device and all that is remembered of it between polls. Not thread-safe.</summary>
/// <remarks>Whoever gave nothing that could be read in <see cref="SilencesOfOneThatHadGone"/> polls running, however often it was
/// tried in each, may have lost its power or been exchanged, and so may all behind a port that had gone: the driver is told to
/// forget what it knew.</remarks>
internal sealed class DevicePoller
{
    // Once may be noise.
    private const int SilencesOfOneThatHadGone = 2;

    private static readonly Reading.Failed LostPower =
        new(SensorFault.NotReady, "the supply was switched off and on while it was asked");

    private readonly string device;
    private readonly string station;
    private readonly ISensor sensor;
    private readonly LatestNumbers? latest;
    private readonly DerivedSensor? derived;
    private readonly TimeSpan interval;
    private readonly IReadOnlyList<PolledChannel> channels;
    private readonly CalibrationStep calibration;
    private readonly PollPipeline pipeline;
    private readonly PollSchedule schedule;
    private readonly Urgency urgency;
    private readonly QualityTrail quality;
    private readonly FaultReport faults;
    private readonly RecordSink sink;
    private readonly GatewayClock clock;
    private readonly DeviceTally tally;
    private readonly TimeProvider time;
    private readonly Func<string, Why>? attended;
    private (Task<Attempt?> Poll, BusTurn Turn)? waiting;
    private CancellationTokenSource? asking;
    private bool lostPower;
    private Why beganAttended;
    private int silences;

    /// <summary>Puts the parts of a device together.</summary>
    /// <param name="polled">The device.</param>
    /// <param name="pipeline">How it is asked.</param>
    /// <param name="schedule">When it is asked.</param>
    /// <param name="faults">Who tells of its troubles.</param>
    /// <param name="sink">Where its records go.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="time">For the limits of turns.</param>
    /// <param name="attended">Whether somebody works at a device now; null where nobody ever does.</param>
    public DevicePoller(
        PolledDevice polled,
        PollPipeline pipeline,
        PollSchedule schedule,
        FaultReport faults,
        RecordSink sink,
        GatewayClock clock,
        TimeProvider time,
        Func<string, Why>? attended = null)
    {
        device = polled.Options.Id;
        station = polled.Options.Station;
        sensor = polled.Sensor;
        latest = polled.Latest;
        derived = polled.Derived;
        interval = polled.Options.Interval;
        channels = polled.Channels;
        calibration = new CalibrationStep(device, channels, polled.Calibrations);
        tally = polled.Tally;
        LineTime = polled.LineTime;
        urgency = new Urgency(channels);
        quality = new QualityTrail(channels, polled.Options.Interval, new CrossJudge(device, channels, latest));
        this.pipeline = pipeline;
        this.schedule = schedule;
        this.faults = faults;
        this.sink = sink;
        this.clock = clock;
        this.time = time;
        this.attended = attended;
    }

    /// <summary>Its name.</summary>
    public string Device => device;

    /// <summary>How long it keeps its line busy when it answers.</summary>
    public TimeSpan LineTime { get; }

    /// <summary>Time between its polls.</summary>
    public TimeSpan Interval => interval;

    /// <summary>Whether it is in the middle of a poll, waiting off the bus.</summary>
    public bool IsWaiting => waiting is not null;

    /// <summary>When it is due, on the boot-time clock: for its next poll, or for going on with one that waits off the bus.
    /// </summary>
    public TimeSpan Due => waiting?.Turn.WantedAt ?? schedule.Due;

    private Why Attended => attended?.Invoke(device) ?? Why.None;

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

        using (asking)
        using (turn)
        {
            var attempt = await poll;
            if (attempt is not null)
            {
                attempt = Known(attempt);
                Take(attempt);
            }

            tally.Count(attempt, schedule.Missed);
            return attempt?.Reading;
        }
    }

    /// <summary>Says that the supply of the device was switched off and on.</summary>
    public void LosePower()
    {
        sensor.Forget();
        lostPower = waiting is not null;
    }

    /// <summary>Says that others share its bus from now on.</summary>
    /// <param name="isShared">Whether any do.</param>
    /// <param name="retryBudget">Within which time its retries must be over, for their sake.</param>
    public void Neighbour(bool isShared, TimeSpan retryBudget) => (faults.IsShared, pipeline.RetryBudget) = (isShared, retryBudget);

    /// <summary>Ends a poll that waits off the bus; it leaves no record.</summary>
    public async ValueTask EndAsync()
    {
        if (waiting is var (poll, turn))
        {
            waiting = null;
            await asking!.CancelAsync();
            await ((Task)poll).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            turn.Dispose();
            asking.Dispose();
        }
    }

    private (Task<Attempt?> Poll, BusTurn Turn) Begin(CancellationToken cancellationToken)
    {
        beganAttended = Attended;
        var start = clock.Now();
        schedule.Begin(start.BootTime, TimeSpan.FromMilliseconds(start.WallMs));
        var turn = new BusTurn(clock, time);
        asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        return (pipeline.AskAsync(turn, asking.Token).AsTask(), turn);
    }

    // What a poll gives that began before the power went is not of a device that has warmed up, whatever it learnt since.
    private Attempt Known(Attempt attempt)
    {
        var reading = lostPower ? LostPower : attempt.Reading;
        var fault = (reading as Reading.Failed)?.Fault;
        silences = fault is SensorFault.NoAnswer or SensorFault.TimedOut or SensorFault.Garbled ? silences + 1 : 0;
        if (lostPower || fault == SensorFault.BusDown || silences >= SilencesOfOneThatHadGone)
        {
            sensor.Forget();
        }

        lostPower = false;
        return attempt with { Reading = reading };
    }

    private void Take(Attempt attempt)
    {
        // The reason first: whoever reads the event stream knows why before the value is missing.
        faults.Note(attempt.Reading, attempt.Clock);
        if (derived?.Revised() is { Count: > 0 } worse)
        {
            Revise(worse);
            quality.Amend(worse);
        }

        var taken = calibration.Name(RangeTest.Judge(channels, calibration.Apply(attempt.Reading)));
        var (values, revised) = quality.Judge(attempt.Clock, MaintenanceMark.On(taken, beganAttended | Attended));
        tally.Note(new LastPoll(attempt.Clock.BootTime, attempt.Reading, values));
        Revise(revised);
        derived?.Trail.Amend(revised);
        var id = sink.Append(station, device, attempt.Clock, values, urgency.IsUrgent(values));
        latest?.Note(device, interval, values, id);
        quality.Remember(id, attempt.Clock, values);
        derived?.Trail.Remember(id, attempt.Clock, values);
    }

    // Records of before, now that more is known of them, or of what they were computed from.
    private void Revise(IReadOnlyList<ToldRecord> revised)
    {
        foreach (var earlier in revised)
        {
            sink.Append(station, device, earlier.Clock, earlier.Values, urgent: true, revises: earlier.Id);
            latest?.Revise(device, earlier.Id, earlier.Values);
        }
    }
}
