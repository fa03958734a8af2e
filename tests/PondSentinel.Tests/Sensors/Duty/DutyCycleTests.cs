using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Tests.Sensors.Duty;

public sealed class DutyCycleTests
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = new();
    private readonly ScriptedDevice device = new();
    private readonly RecordedTurn turn;

    public DutyCycleTests()
    {
        turn = new RecordedTurn(time) { OnPause = () => device.Did.Add("wait") };
    }

    [Theory]
    [InlineData(null, 119, false)]
    [InlineData(null, 120, true)]
    [InlineData(true, 60, true)]
    [InlineData(false, 600, false)]
    public void It_rests_where_its_owner_says_so_and_else_between_polls_two_minutes_apart(bool? sleep, int seconds, bool rests)
    {
        var plan = DutyPlan.Of(
            new SensorOrder(0, []) { Interval = TimeSpan.FromSeconds(seconds), Settings = new DutySettings(null, sleep) }, WarmUp);

        Assert.Equal(new DutyPlan(WarmUp, rests, TimeSpan.FromSeconds(seconds)), plan);
        Assert.Equal(rests ? WarmUp : TimeSpan.Zero, plan.Waiting);
    }

    [Fact]
    public async Task Where_nobody_says_how_often_it_is_asked_it_runs_on()
    {
        Assert.Equal(new DutyPlan(WarmUp, false, null), DutyPlan.Of(new SensorOrder(0, []), WarmUp));
        Assert.Equal("NotReady", await PollAsync(new DutyPlan(WarmUp, false, null)));
        Assert.Empty(turn.Pauses);
    }

    [Fact]
    public async Task Polled_often_it_has_no_value_until_it_has_warmed_up_and_no_poll_waits()
    {
        var cycle = Cycle(seconds: 10);
        List<string> readings = [];
        for (var poll = 0; poll < 5; poll++)
        {
            readings.Add(await PollAsync(cycle));
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["NotReady", "NotReady", "NotReady", "1", "1"], readings);
        Assert.Empty(turn.Pauses);
        Assert.Equal(["start", "ask", "ask", "ask", "ask", "ask"], device.Did);
    }

    [Fact]
    public async Task Polled_seldom_the_first_poll_waits_off_the_line_and_says_when_it_measured()
    {
        var cycle = Cycle(seconds: 60);

        Assert.Equal("1", await PollAsync(cycle));
        Assert.Equal("1", await PollAsync(cycle));
        Assert.Equal([30], turn.Seconds);
        Assert.Equal([WarmUp], turn.MeasuringAt);
        Assert.Equal(["start", "wait", "ask", "ask"], device.Did);
    }

    [Fact]
    public async Task Resting_it_is_started_warmed_up_asked_and_stopped_each_time()
    {
        var cycle = Cycle(seconds: 120, rests: true);
        await PollAsync(cycle);
        await PollAsync(cycle);

        Assert.Equal(["start", "wait", "ask", "rest", "start", "wait", "ask", "rest"], device.Did);
        Assert.Equal([30, 30], turn.Seconds);
    }

    [Fact]
    public async Task Resting_it_is_stopped_also_after_a_poll_that_failed()
    {
        device.Answers.Enqueue(SensorFault.Garbled);

        Assert.Equal("Garbled", await PollAsync(Cycle(seconds: 120, rests: true)));
        Assert.Equal(["start", "wait", "ask", "rest"], device.Did);
    }

    [Fact]
    public async Task One_that_is_not_there_costs_no_waiting_and_is_not_stopped()
    {
        device.Starts.Enqueue(SensorFault.NoAnswer);

        Assert.Equal("NoAnswer", await PollAsync(Cycle(seconds: 120, rests: true)));
        Assert.Equal(["start"], device.Did);
    }

    [Fact]
    public async Task One_that_may_have_lost_its_power_is_started_and_warmed_up_again()
    {
        var cycle = Cycle(seconds: 10);
        await PollAsync(cycle);
        time.Advance(WarmUp);
        Assert.Equal("1", await PollAsync(cycle));
        device.Answers.Enqueue(SensorFault.NoAnswer);
        Assert.Equal("NoAnswer", await PollAsync(cycle));
        Assert.Equal("1", await PollAsync(cycle));

        cycle.Forget();

        Assert.Equal("NotReady", await PollAsync(cycle));
        Assert.Equal(2, device.Did.Count(what => what == "start"));
    }

    [Fact]
    public async Task One_that_says_that_something_of_it_has_failed_is_started_and_warmed_up_again()
    {
        var cycle = Cycle(seconds: 60);
        await PollAsync(cycle);
        device.Answers.Enqueue(SensorFault.DeviceFault);

        Assert.Equal("DeviceFault", await PollAsync(cycle));
        Assert.Equal("1", await PollAsync(cycle));
        Assert.Equal(["start", "wait", "ask", "ask", "start", "wait", "ask"], device.Did);
    }

    [Fact]
    public async Task One_that_lost_its_power_while_it_warmed_up_is_started_again_at_the_next_poll()
    {
        var cycle = Cycle(seconds: 60);
        turn.OnPause = cycle.Forget;
        await PollAsync(cycle);
        turn.OnPause = null;
        await PollAsync(cycle);

        Assert.Equal(["start", "ask", "start", "ask"], device.Did);
        Assert.Equal([30, 30], turn.Seconds);
    }

    [Fact]
    public async Task One_that_says_that_it_has_only_just_started_is_warmed_up_from_then_on()
    {
        var cycle = Cycle(seconds: 10);
        await PollAsync(cycle);
        time.Advance(TimeSpan.FromMinutes(5));
        device.Answers.Enqueue(SensorFault.NotReady);

        Assert.Equal("NotReady", await PollAsync(cycle));
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("NotReady", await PollAsync(cycle));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("1", await PollAsync(cycle));
        Assert.Equal([9], turn.Seconds);
        Assert.Single(device.Did, "start");
    }

    [Fact]
    public void No_value_is_from_the_warm_up_whatever_happens() =>
        (from rests in Gen.Bool
         from interval in Gen.Int[1, 300]
         from steps in Gen.Select(Gen.Int[0, 60], Gen.Int[0, 9]).Array[1, 60]
         select (rests, interval, steps)).Sample(input =>
         {
             var clock = new FakeTimeProvider();
             var sensor = new ScriptedDevice { Now = () => clock.GetUtcNow() };
             var cycle = new DutyCycle(sensor, new DutyPlan(WarmUp, input.rests, TimeSpan.FromSeconds(input.interval)), clock);
             var mustStart = true;
             foreach (var (gap, kind) in input.steps)
             {
                 clock.Advance(TimeSpan.FromSeconds(gap));
                 SensorFault? fault = kind switch
                 {
                     0 or 1 => SensorFault.NoAnswer, 3 => SensorFault.NotReady, 4 => SensorFault.Garbled, _ => null,
                 };
                 if (kind == 2)
                 {
                     cycle.Forget();
                     mustStart = true;
                 }

                 sensor.Answers.Clear();
                 sensor.Answers.Enqueue(fault);
                 var began = sensor.Started;
                 var reading = cycle.ReadAsync(new RecordedTurn(clock), CancellationToken.None).AsTask().Result;
                 if (reading is Reading.Measured)
                 {
                     Assert.True(clock.GetUtcNow() - sensor.KnownSince >= WarmUp, "a value of the warm-up");
                     Assert.True(!mustStart || sensor.Started != began, "a value of one that had gone and was not started");
                 }

                 mustStart = (mustStart && sensor.Started == began) || input.rests;
             }
         });

    private DutyCycle Cycle(int seconds, bool rests = false) =>
        new(device, new DutyPlan(WarmUp, rests, TimeSpan.FromSeconds(seconds)), time);

    private Task<string> PollAsync(DutyPlan plan) => PollAsync(new DutyCycle(device, plan, time));

    private async Task<string> PollAsync(DutyCycle cycle) =>
        Readings.Describe(await cycle.ReadAsync(turn, TestContext.Current.CancellationToken));

    private sealed class ScriptedDevice : IDutyDevice
    {
        public List<string> Did { get; } = [];

        public Queue<SensorFault> Starts { get; } = new();

        public Queue<SensorFault?> Answers { get; } = new();

        public Func<DateTimeOffset> Now { get; init; } = () => default;

        /// <summary>How often it was started: twice at one moment is twice.</summary>
        public int Started { get; private set; }

        /// <summary>From when on it is known to run: its start, or when it said that it had only just started.</summary>
        public DateTimeOffset KnownSince { get; private set; }

        public ValueTask<Reading.Failed?> StartAsync(CancellationToken cancellationToken)
        {
            Did.Add("start");
            if (Starts.TryDequeue(out var fault))
            {
                return ValueTask.FromResult<Reading.Failed?>(new Reading.Failed(fault, ""));
            }

            Started++;
            KnownSince = Now();
            return ValueTask.FromResult<Reading.Failed?>(null);
        }

        public ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
        {
            Did.Add("ask");
            if (Answers.TryDequeue(out var answer) && answer is { } fault)
            {
                KnownSince = fault == SensorFault.NotReady ? Now() : KnownSince;
                return ValueTask.FromResult<Reading>(new Reading.Failed(fault, ""));
            }

            return ValueTask.FromResult<Reading>(
                new Reading.Measured([new OutputReading("pm10", new Measurement(Measurand.Pm10, 1), null)]));
        }

        public ValueTask RestAsync(CancellationToken cancellationToken)
        {
            Did.Add("rest");
            return ValueTask.CompletedTask;
        }
    }
}
