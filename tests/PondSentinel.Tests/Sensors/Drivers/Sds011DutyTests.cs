using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.NovaSds011;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Tests.Sensors.Drivers;

/// <summary>An SDS011 that is started and stopped: every command and answer, and what is lost on the way.</summary>
public sealed class Sds011DutyTests
{
    private const string Work = "AAB406010100000000000000000000FFFF06AB";
    private const string Sleep = "AAB406010000000000000000000000FFFF05AB";
    private const string ReadPeriod = "AAB408000000000000000000000000FFFF06AB";
    private const string NoPeriod = "AAB408010000000000000000000000FFFF07AB";
    private const string Query = "AAB404000000000000000000000000FFFF02AB";

    private readonly FakeTimeProvider time = new();
    private readonly List<string> lost = [];
    private bool asleep = true;
    private bool active;
    private byte period;

    // The protocol's own examples: "work" 06 01 01 … sum 06, "sleep" 06 01 00 … sum 05, period 0 08 01 00 … sum 07.
    [Fact]
    public async Task Sleeping_between_polls_it_is_woken_asked_after_its_warm_up_and_sent_to_sleep_again()
    {
        var (sensor, line, turn) = Sensor(minutes: 5);

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal([Work, ReadPeriod, Query, Sleep], Sent(line));
        Assert.Equal(30, Assert.Single(turn.Seconds), tolerance: 0.1);
        Assert.True(asleep);

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal([Work, ReadPeriod, Query, Sleep], Sent(line).Skip(4));
    }

    [Fact]
    public async Task Frames_that_came_during_the_warm_up_are_not_the_answer()
    {
        active = true;
        var (sensor, line, turn) = Sensor(minutes: 5);
        turn.OnPause = () => line.Arrive(10_000, "AA C0 7E 00 1C 01 A1 60 9C AB");

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
    }

    [Theory]
    [InlineData(Work, 1)]
    [InlineData(ReadPeriod, 1)]
    [InlineData(Sleep, 1)]
    [InlineData(Sleep, 2)]
    public async Task Lost_answer_costs_nothing_but_another_question(string command, int times)
    {
        lost.AddRange(Enumerable.Repeat(command, times));
        var (sensor, line, turn) = Sensor(minutes: 5);

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal(command == ReadPeriod ? 0 : times, Sent(line).Count(sent => sent == command) - 2);
    }

    [Fact]
    public async Task Data_shows_as_well_as_an_answer_that_it_works()
    {
        (active, asleep) = (true, false);
        lost.AddRange([Work, Work]);
        var (sensor, line, turn) = Sensor(minutes: 5);

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Single(Sent(line), Work);
    }

    [Fact]
    public async Task One_that_does_not_answer_costs_two_questions_and_no_warm_up()
    {
        lost.AddRange([Work, Work]);
        var (sensor, line, turn) = Sensor(minutes: 5);

        Assert.Equal("NoAnswer", await PollAsync(sensor, turn));
        Assert.Equal([Work, Work], Sent(line));
        Assert.Empty(turn.Pauses);
    }

    [Fact]
    public async Task Line_that_is_not_there_is_tried_once_a_poll()
    {
        var (sensor, line, turn) = Sensor(minutes: 5);
        line.Fault = "it is not there";

        Assert.Equal("BusDown", await PollAsync(sensor, turn));
        Assert.Equal(1, line.Opened);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(5, true)]
    public async Task Working_period_of_another_program_is_taken_away_and_only_then_is_anything_written_that_stays(byte minutes, bool written)
    {
        period = minutes;
        var (sensor, line, turn) = Sensor(minutes: 5);

        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal(written, Sent(line).Contains(NoPeriod));
        Assert.Equal(0, period);
    }

    [Fact]
    public async Task One_that_runs_on_is_woken_once_and_not_believed_before_its_time()
    {
        var (sensor, line, turn) = Sensor(minutes: 0);
        List<string> readings = [];
        for (var second = 0; second < 33; second++)
        {
            readings.Add(await PollAsync(sensor, turn));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.All(readings[..29], reading => Assert.Equal("NotReady", reading));
        Assert.Equal("123.6 159.4", readings[^1]);
        Assert.Single(Sent(line), Work);
        Assert.DoesNotContain(Sleep, Sent(line));
        Assert.InRange(turn.Seconds.Sum(), 0, 1);
    }

    [Fact]
    public async Task One_that_was_sent_to_sleep_by_somebody_else_is_woken_once_it_is_said_to_have_gone()
    {
        var (sensor, _, turn) = Sensor(minutes: 1);
        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        asleep = true;

        Assert.Equal("NoAnswer", await PollAsync(sensor, turn));
        sensor.Forget();
        Assert.Equal("123.6 159.4", await PollAsync(sensor, turn));
        Assert.Equal(2, turn.Pauses.Count);
    }

    [Theory]
    [InlineData("AA C5 06 01 01 00 A1 60 09 AB", (byte)1, true)]
    [InlineData("AA C5 06 01 00 00 A1 60 08 AB", (byte)0, true)]
    [InlineData("AA C5 06 01 00 00 A1 60 08 AB", (byte)1, false)]
    [InlineData("AA C5 06 01 01 00 A1 60 08 AB", (byte)1, false)]
    [InlineData("AA C5 08 01 01 00 A1 60 0B AB", (byte)1, false)]
    [InlineData("AA C5 06 01 00 00 A1 60 08 AB AA C5 06 01 01 00 A1 60 09 AB", (byte)1, true)]
    [InlineData("AA AA C5 06 01 01 00 A1 60 09 AB", (byte)1, true)]
    public void Answer_is_taken_where_it_is_whole_and_to_this_command(string bytes, byte value, bool taken) =>
        Assert.Equal(taken, Sds011Frame.FindAnswer(Hex.Bytes(bytes), Sds011Frame.SetSleepCommand, value) is not null);

    private static List<string> Sent(ScriptedLine line) => [.. line.Written.Select(written => Convert.ToHexString(written.Bytes))];

    private static async Task<string> PollAsync(IPausingSensor sensor, RecordedTurn turn) =>
        Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken));

    private (IPausingSensor Sensor, ScriptedLine Line, RecordedTurn Turn) Sensor(int minutes)
    {
        ScriptedLine? line = null;
        line = new ScriptedLine(time, number => Answer(Convert.ToHexString(line!.Written[number - 1].Bytes)) is { } bytes ? [(20, bytes)] : []);
        var interval = minutes > 0 ? TimeSpan.FromMinutes(minutes) : TimeSpan.FromSeconds(1);
        var order = new SensorOrder(0, ["pm25", "pm10"]) { Interval = interval, Settings = new DutySettings(null, null) };
        return ((IPausingSensor)Sds011Sensor.Model.On(LineKind.Serial)!.Create(new SerialBus(line, time), order), line, new RecordedTurn(time));
    }

    // What the sensor does, and what of its answers arrives.
    private string? Answer(string command)
    {
        if (asleep && command != Work)
        {
            return null;
        }

        (asleep, period) = command switch
        {
            Work => (false, period), Sleep => (true, period), NoPeriod => (asleep, (byte)0), _ => (asleep, period),
        };
        const string data = "AA C0 D4 04 3A 06 A1 60 19 AB";
        var answer = command switch
        {
            Work => "AA C5 06 01 01 00 A1 60 09 AB",
            Sleep => "AA C5 06 01 00 00 A1 60 08 AB",
            ReadPeriod => $"AA C5 08 00 {period:X2} 00 A1 60 {0x09 + period:X2} AB",
            NoPeriod => "AA C5 08 01 00 00 A1 60 0A AB",
            Query => data,
            _ => throw new InvalidOperationException(command),
        };
        return lost.Remove(command) ? active ? data : null : answer;
    }
}
