using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Sensors.Profiles;

/// <summary>A probe with a wiper: what it is asked and told, when, and what of the waiting is off the line.</summary>
public sealed class ProfileSequenceTests
{
    private const string Brush = "05 10 31 00 00 00 00";
    private const string Ask = "05 03 26 00 00 04";
    private const string Serial = "05 03 09 00 00 07";
    private const string Rest = "05 03 2E 00 00 01";

    private readonly FakeTimeProvider time = new();
    private readonly RecordedTurn turn;
    private readonly Func<int, float> ntu = number => number;
    private Func<string, string?> other = _ => null;
    private string serial = "YL2924010022";
    private int asked;

    public ProfileSequenceTests() => turn = new RecordedTurn(time);

    [Fact]
    public async Task First_poll_identifies_the_probe_warms_up_wipes_settles_and_takes_the_median_of_a_burst()
    {
        var (sensor, line) = Probe();

        var reading = await PollAsync(sensor);

        Assert.Equal(
            [Ask, Serial, Brush, Ask, Ask, Ask, Rest],
            line.Written.Select(written => ProfileHex.Text(written.Bytes.AsSpan(..^2))));
        Assert.Equal([8.0, 20.0, 2.0, 2.0], turn.Seconds.Select(seconds => Math.Round(seconds, 1)));
        Assert.Equal(turn.PausedAt[1] + TimeSpan.FromSeconds(20), Assert.Single(turn.MeasuringAt));
        Assert.Equal(3.0, Ntu(reading)); // Of 2, 3 and 4: the first answer was before it had warmed up.
    }

    [Fact]
    public async Task Reads_of_a_burst_begin_at_even_times_however_long_each_takes()
    {
        var (sensor, line) = Probe();
        await PollAsync(sensor);

        var at = line.Written.Where(written => written.Bytes[2] == 0x26).Skip(1).Select(written => written.AtMs).ToList();
        Assert.Equal([2000, 2000], at.Zip(at.Skip(1), (one, next) => next - one));
    }

    [Fact]
    public async Task Prelude_is_gone_through_no_more_often_than_the_profile_says()
    {
        var (sensor, line) = Probe();
        await PollAsync(sensor);
        time.Advance(TimeSpan.FromMinutes(29));
        await PollAsync(sensor);
        Assert.Equal(1, Sent(line, Brush));

        time.Advance(TimeSpan.FromMinutes(1));
        await PollAsync(sensor);
        Assert.Equal(2, Sent(line, Brush));
        Assert.Equal(1, Sent(line, Serial));
        Assert.Equal(1, turn.Seconds.Count(seconds => seconds == 8));
    }

    [Fact]
    public async Task Probe_that_may_have_lost_its_power_is_identified_wiped_and_warmed_up_again()
    {
        var (sensor, line) = Probe();
        await PollAsync(sensor);
        Assert.IsType<Reading.Measured>(await PollAsync(sensor));
        Assert.Equal(1, Sent(line, Serial));

        sensor.Forget();
        Assert.IsType<Reading.Measured>(await PollAsync(sensor));
        Assert.Equal(2, Sent(line, Serial));
        Assert.Equal(2, Sent(line, Brush));
        Assert.Equal(2, turn.Seconds.Count(seconds => seconds == 8));
    }

    [Fact]
    public async Task Late_answer_is_waited_for_off_the_line()
    {
        var silent = 1;
        other = request => request == Ask && silent-- > 0 ? "" : null;
        var (sensor, line) = Probe(sequenced: false);

        Assert.Equal(SensorFault.NoAnswer, Fault(await PollAsync(sensor)));
        Assert.Empty(turn.Pauses);
        Assert.IsType<Reading.Measured>(await PollAsync(sensor));

        // All of the second after its deadline, of which the master waits nothing any more.
        Assert.Equal(ModbusRtuMaster.LateMax, Assert.Single(turn.Pauses));
        Assert.Equal([Ask, Ask, Serial], line.Written.Select(written => ProfileHex.Text(written.Bytes.AsSpan(..^2))));
        Assert.InRange(line.Written[1].AtMs - (long)turn.PausedAt[0].TotalMilliseconds, 1000, 1010);
    }

    [Fact]
    public async Task Probe_that_is_not_there_costs_one_deadline_and_no_waiting()
    {
        other = _ => "";
        var (sensor, line) = Probe();

        Assert.Equal(SensorFault.NoAnswer, Fault(await PollAsync(sensor)));
        Assert.Single(line.Written);
        Assert.Empty(turn.Pauses);
    }

    [Theory]
    [InlineData("YL2924010022", "YL2924010022", null)]
    [InlineData("YL2924010022", "yl2924010022", null)]
    [InlineData("YL2924010022", null, null)]
    [InlineData("YL2924010023", "YL2924010022", "address 5: its serial number is YL2924010023, not YL2924010022")]
    [InlineData("YL4324010022", null, "address 5: its serial number YL4324010022 is not one of a maker-wiper")]
    [InlineData("YL", null, "address 5: its serial number YL is not one of a maker-wiper")]
    [InlineData("", "YL2924010022", "address 5: its serial number is empty, not YL2924010022")]
    public async Task Another_piece_than_the_one_configured_publishes_nothing(string given, string? expected, string? detail)
    {
        serial = given;
        var (sensor, _) = Probe(expected);

        var first = await PollAsync(sensor);
        var second = await PollAsync(sensor);

        Assert.Equal(detail, (first as Reading.Failed)?.Detail);
        Assert.Equal(detail, (second as Reading.Failed)?.Detail);
        Assert.Equal(detail is null ? null : SensorFault.WrongDevice, (first as Reading.Failed)?.Fault);
    }

    [Fact]
    public async Task Probe_silent_about_its_number_is_not_ready_twice_and_then_believed_to_have_none_where_nobody_wants_to_know_it()
    {
        other = request => request == Serial ? "" : null;
        var (old, line) = Probe();

        Assert.Equal(
            new Reading.Failed(
                SensorFault.NotReady, "it did not answer about its serial number, 1 of 3 times; then it is believed to have none"),
            await PollAsync(old));
        Assert.Equal(SensorFault.NotReady, Fault(await PollAsync(old)));
        Assert.IsType<Reading.Measured>(await PollAsync(old));
        Assert.IsType<Reading.Measured>(await PollAsync(old));
        Assert.Equal(3, Sent(line, Serial));

        // Another piece may hang there now.
        old.Forget();
        Assert.Equal(SensorFault.NotReady, Fault(await PollAsync(old)));

        var known = Probe("YL2924010022").Sensor;
        for (var poll = 0; poll < 4; poll++)
        {
            Assert.Equal(SensorFault.NoAnswer, Fault(await PollAsync(known)));
        }
    }

    [Fact]
    public async Task Another_piece_whose_number_got_lost_once_is_found_out_at_the_next_poll_and_gave_no_number_meanwhile()
    {
        var lost = 1;
        serial = "YL4324010022";
        other = request => request == Serial && lost-- > 0 ? "" : null;
        var (sensor, _) = Probe();

        Assert.Equal(SensorFault.NotReady, Fault(await PollAsync(sensor)));
        Assert.Equal(SensorFault.WrongDevice, Fault(await PollAsync(sensor)));
        Assert.Equal(SensorFault.WrongDevice, Fault(await PollAsync(sensor)));
    }

    [Fact]
    public async Task Probe_that_says_that_it_has_no_number_is_believed_at_once()
    {
        other = request => request == Serial ? "05 83 02 81 30" : null;

        Assert.IsType<Reading.Measured>(await PollAsync(Probe().Sensor));
        Assert.Equal(SensorFault.Refused, Fault(await PollAsync(Probe("YL2924010022").Sensor)));
    }

    [Fact]
    public async Task Without_its_sequence_the_probe_is_read_as_it_is()
    {
        var (sensor, line) = Probe(sequenced: false);

        Assert.Equal(1.0, Ntu(await PollAsync(sensor)));
        Assert.Equal(2.0, Ntu(await PollAsync(sensor)));
        Assert.Empty(turn.Pauses);
        Assert.Equal([Ask, Serial, Ask], line.Written.Select(written => ProfileHex.Text(written.Bytes.AsSpan(..^2))));
    }

    [Fact]
    public async Task Wiping_that_is_not_acknowledged_fails_the_poll_before_it_waits()
    {
        other = request => request == Brush ? "" : null;
        var (sensor, _) = Probe();

        Assert.Equal(SensorFault.NoAnswer, Fault(await PollAsync(sensor)));
        Assert.Equal([8.0], turn.Seconds);
    }

    private static double? Ntu(Reading reading) =>
        Assert.IsType<Reading.Measured>(reading).Outputs.Single().Measurement?.Value;

    private static SensorFault Fault(Reading reading) => Assert.IsType<Reading.Failed>(reading).Fault;

    private static int Sent(ScriptedLine line, string request) =>
        line.Written.Count(written => ProfileHex.Text(written.Bytes.AsSpan(..^2)) == request);

    private ValueTask<Reading> PollAsync(ProfileSensor sensor) =>
        sensor.ReadAsync(turn, TestContext.Current.CancellationToken);

    private (ProfileSensor Sensor, ScriptedLine Line) Probe(string? serialNumber = null, bool sequenced = true)
    {
        List<Problem> problems = [];
        var profile = ProfileFile.Read("p.toml", Profile, problems);
        Assert.Empty(problems);
        ScriptedLine? line = null;
        line = new ScriptedLine(time, number => [(20, Answer(ProfileHex.Text(line!.Written[number - 1].Bytes.AsSpan(..^2))))]);
        var order = new ProfileOrder(5, ["turbidity"]) { Serial = serialNumber, Sequenced = sequenced };
        return (new ProfileSensor(profile!, new ModbusRtuMaster(line, time), order, time), line);
    }

    private string Answer(string request)
    {
        if (other(request) is { } text)
        {
            return text;
        }

        byte[] reply = request switch
        {
            Ask => [5, 3, 8, 0, 0, 0x80, 0x41, .. BitConverter.GetBytes(ntu(++asked))],
            Serial => [5, 3, 14, 0, .. System.Text.Encoding.ASCII.GetBytes(serial.PadRight(13, '\0'))],
            Brush => [5, 0x10, 0x31, 0, 0, 0],
            Rest => [5, 3, 0],
            _ => throw new InvalidOperationException(request),
        };
        var sum = ModbusCrc.Compute(reply);
        return Convert.ToHexString([.. reply, (byte)(sum & 0xFF), (byte)(sum >> 8)]);
    }

    private const string Profile =
        """
        id = "maker-wiper"
        maker = "Maker"
        name = "Wiper"
        grade = "reference"
        verified_on_hardware = false
        [source]
        manual = "Manual"
        revision = "1"
        where = "page 1"
        [line]
        baud = 9600
        parity = "none"
        stop_bits = 1
        address = 1
        timeout = "1s"
        turnaround = "20ms"
        [[read]]
        name = "turbidity"
        function = "holding"
        register = 0x2600
        count = 4
          [[read.output]]
          name = "turbidity"
          measurand = "turbidity_ntu"
          at = 4
          type = "f32"
          order = "DCBA"
        [identify]
        function = "holding"
        register = 0x0900
        count = 7
        type = "ascii"
        at = 1
        length = 13
        model_at = 2
        models = ["29"]
        [sequence]
        warm_up = "8s"
        settle = "20s"
        prelude_every = "30m"
        burst = 3
        burst_every = "2s"
        reduce = "median"
          [[sequence.prelude]]
          send = "10 31 00 00 00 00"
          reply = "10 31 00 00 00"
          source = "manual, page 14"
          example = "01 10 31 00 00 00 00 74 94"
          [[sequence.postlude]]
          send = "03 2E 00 00 01"
          drain = "100ms"
          source = "manual, page 13"
          example = "01 03 2E 00 00 01 8D 22"
        [[vector]]
        read = "turbidity"
        source = "manual, page 12"
        request = "01 03 26 00 00 04 4F 41"
        reply = "01 03 08 00 00 8D 41 00 00 8D 41 12 65"
        values = { turbidity = 17.625 }
        [[vector]]
        read = "identity"
        source = "manual, page 11"
        request = "01 03 09 00 00 07 07 94"
        reply = "01 03 0E 00 59 4C 31 30 31 34 30 31 30 30 32 32 00 4C 5F"
        serial = "YL1014010022"
        """;
}
