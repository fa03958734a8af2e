using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Drivers.SensirionSps30;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Tests.Sensors.Drivers.Sps30;

/// <summary>An SPS30 that is started, read, cleaned and stopped: every answer, and what is lost on the way.</summary>
public sealed class Sps30SensorTests : IDisposable
{
    private const string Silent = "";
    private const string NotNow = "NotNow";
    private const string Unknown = "Unknown";
    private const string Good = "8.5 12.25 19.5";

    private static readonly Dictionary<string, string> Names = new()
    {
        ["7E00D001002E7E"] = "type", ["7E00D001032B7E"] = "serial", ["7E0000020103F97E"] = "start", ["7E000100FE7E"] = "stop",
        ["7E000300FC7E"] = "read", ["7E00D201002C7E"] = "status", ["7E00D201012B7E"] = "clear", ["7E005600A97E"] = "clean",
        ["FF7E007D3100EE7E"] = "wake",
    };

    private readonly FakeTimeProvider time = new();
    private readonly Dictionary<string, Queue<string>> next = [];
    private readonly List<string> sent = [];
    private readonly ScriptedLine line;
    private readonly RecordedTurn turn;

    public Sps30SensorTests()
    {
        ScriptedLine? made = null;
        made = line = new ScriptedLine(time, number => [(10, Answer(made!.Written[number - 1].Bytes))]);
        turn = new RecordedTurn(time);
    }

    public void Dispose() => line.Dispose();

    [Fact]
    public async Task Resting_it_is_started_read_after_its_warm_up_cleaned_once_a_week_and_stopped()
    {
        var sensor = Sensor(minutes: 5);

        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("type start clear read status clean stop", Sent());
        Assert.Equal([30, 10], turn.Seconds.Select(seconds => Math.Round(seconds, 1)));
        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("type start clear read status stop", Sent());

        time.Advance(TimeSpan.FromDays(7));
        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("type start clear read status clean stop", Sent());
    }

    [Fact]
    public async Task Cleaning_that_was_not_heard_is_tried_at_the_next_poll()
    {
        Script("clean", Silent, NotNow);
        var sensor = Sensor(minutes: 5);
        List<int> cleaned = [];
        for (var poll = 0; poll < 4; poll++)
        {
            Assert.Equal(Good, await PollAsync(sensor));
            cleaned.Add(Sent().Split(' ').Count(command => command == "clean"));
        }

        Assert.Equal([1, 1, 1, 0], cleaned);
    }

    [Fact]
    public async Task Running_on_it_is_started_once_and_cleans_itself()
    {
        var sensor = Sensor(minutes: 1);

        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("type start clear read status", Sent());
        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("read status", Sent());
        Assert.Equal(30, Assert.Single(turn.Seconds), tolerance: 0.1);
    }

    [Theory]
    [InlineData("41 08 00 00 41 44 00 00 41 88 00 00 44 7A 20 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 3F 20 00 00", "8.5 12.25 1000.5 OverRange")]
    [InlineData("40 F3 33 33 41 44 00 00 41 88 00 00 44 7A 00 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 3F 20 00 00", "7.6 12.25 1000")]
    [InlineData("41 08 00 00 41 44 00 00 41 88 00 00 7F C0 00 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 3F 20 00 00", "Garbled")]
    [InlineData("41 08 00 00 C1 44 00 00 41 88 00 00 41 9C 00 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 3F 20 00 00", "Garbled")]
    [InlineData("41 08 00 00 41 44 00 00 41 88 00 00 41 9C 00 00 42 5C 00 00 42 84 00 00 42 88 00 00 42 89 00 00 42 89 80 00 7F 80 00 00", "Garbled")]
    [InlineData("00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "NotReady")]
    [InlineData("00 08 00 0C 00 11 00 13 00 37 00 42 00 44 00 44 00 45 02 71", "Garbled")]
    public async Task Values_have_one_meaning(string data, string expected)
    {
        Script("read", Sps30Replies.Of(0x03, 0, data));

        Assert.Equal(expected, await PollAsync(Sensor(minutes: 1)));
    }

    [Theory]
    [InlineData(Silent, "NoAnswer")]
    [InlineData("7E 00 03 00 28", "TimedOut")]
    [InlineData("7E 00 03 00 28 41 08 00 00 41 44", "Garbled")]
    [InlineData("7E 00 03 00 00 FD 7E", "Garbled")]
    [InlineData("7E 00 03 28 00 D4 7E", "Refused")]
    public async Task Answer_without_values_is_a_failure(string answer, string expected)
    {
        Script("read", answer);

        Assert.Equal(expected, await PollAsync(Sensor(minutes: 1)));
    }

    // All bits but 21, 5 and 4 are reserved and may be anything.
    [Theory]
    [InlineData("FF DF FF CF 00", Good)]
    [InlineData("00 20 00 00 00", "8.5 DeviceFault 12.25 DeviceFault 19.5 DeviceFault")]
    [InlineData("00 00 00 20 00", "DeviceFault")]
    [InlineData("00 00 00 10 00", "DeviceFault")]
    [InlineData("00 20 00 30 00", "DeviceFault")]
    [InlineData("00 00 00 00", "Garbled")]
    public async Task Status_is_held_against_the_values(string register, string expected)
    {
        Script("status", Sps30Replies.Of(0xD2, 0, register));

        Assert.Equal(expected, await PollAsync(Sensor(minutes: 1)));
    }

    [Theory]
    [InlineData(0x00, Unknown, Good)]
    [InlineData(0x80, Unknown, "DeviceFault")]
    [InlineData(0x00, Silent, "NoAnswer")]
    [InlineData(0x00, NotNow, "Refused")]
    public async Task Firmware_without_the_register_has_its_error_flag(byte state, string status, string expected)
    {
        Script("read", Sps30Replies.Of(0x03, state, Sps30Replies.Values.Replace(" ", "", StringComparison.Ordinal)[10..^4]));
        Script("status", status);
        Script("clear", status);

        Assert.Equal(expected, await PollAsync(Sensor(minutes: 1)));
    }

    [Fact]
    public async Task Doubt_of_the_fan_does_not_hide_that_a_value_is_beyond_the_scale()
    {
        Script("read", Sps30Replies.Of(0x03, 0, "41 08 00 00 41 44 00 00 41 88 00 00 44 7A 20 00" + string.Concat(Enumerable.Repeat("3F 20 00 00", 6))));
        Script("status", Sps30Replies.Of(0xD2, 0, "00 20 00 00 00"));

        var measured = Assert.IsType<Reading.Measured>(await Sensor(minutes: 1).ReadAsync(turn, TestContext.Current.CancellationToken));
        Assert.Equal([SensorFault.DeviceFault, SensorFault.DeviceFault, SensorFault.OverRange], measured.Outputs.Select(output => output.Fault!.Value));
        Assert.All(measured.Outputs, output => Assert.NotNull(output.Detail));
    }

    [Fact]
    public async Task Fan_that_was_blocked_is_forgotten_at_the_next_start()
    {
        Script("status", Sps30Replies.Of(0xD2, 0x80, "00 00 00 10 00"));
        var sensor = Sensor(minutes: 1);
        Assert.Equal("DeviceFault", await PollAsync(sensor));
        Sent();
        Script("start", NotNow);

        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal("type start stop start clear read status", Sent());
    }

    [Theory]
    [InlineData(NotNow, "read start")]
    [InlineData(Sps30Replies.NothingNew, "read read start")]
    public async Task One_that_lost_its_power_is_started_and_not_believed_before_its_time(string answer, string expected)
    {
        var sensor = Sensor(minutes: 1);
        await PollAsync(sensor);
        Sent();
        Script("read", answer, answer);

        Assert.Equal("NotReady", await PollAsync(sensor));
        Assert.Equal(expected, Sent());
        next["read"].Clear();
        var pauses = turn.Pauses.Count;
        Assert.Equal(Good, await PollAsync(sensor));
        Assert.InRange(turn.Pauses.Skip(pauses).Sum(pause => pause.TotalSeconds), 29, 30);
    }

    [Fact]
    public async Task While_it_cleans_its_fan_there_is_no_value()
    {
        var sensor = Sensor(minutes: 1);
        await PollAsync(sensor);
        Sent();
        Script("read", Sps30Replies.NothingNew, Sps30Replies.NothingNew);
        Script("start", NotNow);

        Assert.Equal("NotReady", await PollAsync(sensor));
        Assert.Equal("read read start", Sent());
    }

    [Fact]
    public async Task Asked_twice_within_its_second_it_is_waited_for_off_the_line()
    {
        var sensor = Sensor(minutes: 1);
        await PollAsync(sensor);
        Script("read", Sps30Replies.NothingNew);

        Assert.Equal(Good, await PollAsync(sensor));
        Assert.Equal(1.1, turn.Seconds.Last(), tolerance: 0.01);
    }

    [Fact]
    public async Task One_that_runs_already_is_stopped_and_started_for_its_values_may_be_integers()
    {
        Script("start", NotNow);

        Assert.Equal(Good, await PollAsync(Sensor(minutes: 5)));
        Assert.StartsWith("type start stop start clear read", Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_sent_to_sleep_is_woken()
    {
        Script("type", Silent);

        Assert.Equal(Good, await PollAsync(Sensor(minutes: 1)));
        Assert.Equal("type wake type start clear read status", Sent());
    }

    [Theory]
    [InlineData("type", "7E 00 D0 00 09 30 30 30 38 30 30 30 31 00 9D 7E", "WrongDevice", "type")]
    [InlineData("type", "7E 00 D0 00 08 30 30 30 38 30 30 30 30 9F 7E", "Garbled", "type")]
    [InlineData("type", "7E 00 D0 00 00 2F 7E", "Garbled", "type")]
    [InlineData("type", NotNow, "Refused", "type")]
    [InlineData("type", Silent + "|" + Silent, "NoAnswer", "type wake type")]
    [InlineData("serial", "7E 00 D0 00 03 31 32 00 C9 7E", "WrongDevice", "type serial")]
    [InlineData("serial", "7E 00 D0 00 03 07 32 00 F3 7E", "Garbled", "type serial")]
    [InlineData("start", Silent, "NoAnswer", "type serial start")]
    [InlineData("start", Unknown, "Refused", "type serial start")]
    [InlineData("start", NotNow + "|" + NotNow, "Refused", "type serial start stop start")]
    public async Task Start_that_fails_costs_no_warm_up(string command, string answers, string expected, string sent)
    {
        Script(command, answers.Split('|'));

        Assert.Equal(expected, await PollAsync(Sensor(minutes: 5, serial: "00000000000000000000")));
        Assert.Equal(sent, Sent());
        Assert.Empty(turn.Pauses);
    }

    [Fact]
    public async Task Piece_with_the_noted_serial_number_is_read()
    {
        Script("serial", Sps30Replies.Of(0xD0, 0, "38 43 43 41 62 00"));

        Assert.Equal(Good, await PollAsync(Sensor(minutes: 1, serial: "8ccaB")));
        Assert.Equal("type serial start clear read status", Sent());
    }

    [Theory]
    [InlineData(Silent, "stop stop")]
    [InlineData(NotNow, "stop")]
    public async Task Stop_is_sent_once_more_where_no_answer_comes(string answer, string expected)
    {
        Script("stop", answer, answer);

        Assert.Equal(Good, await PollAsync(Sensor(minutes: 5)));
        Assert.EndsWith("clean " + expected, Sent(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_that_cannot_be_used_is_said_in_its_own_words_and_tried_once()
    {
        line.Fault = "/dev/scripted has gone";

        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, "/dev/scripted has gone"),
            await Sensor(minutes: 5).ReadAsync(turn, TestContext.Current.CancellationToken));
        Assert.Equal(1, line.Opened);
    }

    private async Task<string> PollAsync(IPausingSensor sensor) =>
        Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken));

    private void Script(string command, params string[] answers) => next[command] = new Queue<string>(answers);

    // Since it was asked last.
    private string Sent()
    {
        var commands = string.Join(' ', sent);
        sent.Clear();
        return commands;
    }

    private IPausingSensor Sensor(int minutes, string? serial = null)
    {
        var order = new SensorOrder(0, ["pm10"])
        {
            Interval = TimeSpan.FromMinutes(minutes), Serial = serial, Settings = new DutySettings(null, null),
        };
        return (IPausingSensor)Sps30Sensor.Model.On(LineKind.Serial)!.Create(new SerialBus(line, time), order);
    }

    private string Answer(byte[] command)
    {
        var name = Names[Convert.ToHexString(command)];
        sent.Add(name);
        var code = name == "wake" ? (byte)0x11 : command[2];
        var answer = next.TryGetValue(name, out var scripted) && scripted.TryDequeue(out var said) ? said : name switch
        {
            "type" => Sps30Replies.ProductType,
            "serial" => Sps30Replies.SerialNumber,
            "read" => Sps30Replies.Values,
            "status" or "clear" => Sps30Replies.NothingWrong,
            _ => Sps30Replies.Of(code, 0),
        };
        return answer switch
        {
            NotNow => Sps30Replies.Of(code, 0x43),
            Unknown => Sps30Replies.Of(code, 0x02),
            _ => answer,
        };
    }
}
