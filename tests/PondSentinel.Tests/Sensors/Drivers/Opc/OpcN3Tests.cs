using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Spi;
using PondSentinel.Sensors.Drivers.AlphasenseOpcN3;
using PondSentinel.Sensors.Duty;
using PondSentinel.Simulator;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Sensors.Drivers.Opc;

public sealed class OpcN3Tests : IDisposable
{
    private readonly HastyTime time = new();
    private readonly Faults faults = new();
    private readonly List<string> did = [];
    private readonly List<string> broken = [];
    private readonly OpcN3Twin opc;
    private double pm10 = 159.4;

    public OpcN3Tests() => opc = Twin();

    public void Dispose() => opc.Dispose();

    [Fact]
    public async Task Resting_it_is_started_counts_for_ten_seconds_after_its_warm_up_and_is_stopped()
    {
        var sensor = Sensor(TimeSpan.FromMinutes(5));

        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        Assert.Equal(["fan on", "laser on", "histogram of an unknown time", "histogram", "laser off", "fan off"], did);
        Assert.Equal((false, false), (opc.Fan, opc.Laser));
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(21), TimeSpan.FromSeconds(23));
        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        Assert.Empty(broken);
    }

    [Fact]
    public async Task Asked_often_each_poll_takes_what_was_counted_since_the_last()
    {
        var sensor = Sensor(TimeSpan.FromSeconds(15));
        await PollAsync(sensor);
        did.Clear();
        for (var poll = 0; poll < 3; poll++)
        {
            await Task.Delay(TimeSpan.FromSeconds(15), time, TestContext.Current.CancellationToken);
            Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        }

        Assert.Equal(["histogram", "histogram", "histogram"], did);
        Assert.Empty(broken);
    }

    [Fact]
    public async Task Asked_seldom_what_it_holds_is_too_old_and_is_thrown_away()
    {
        var sensor = Sensor(TimeSpan.FromMinutes(1));
        await PollAsync(sensor);
        did.Clear();
        await Task.Delay(TimeSpan.FromSeconds(48), time, TestContext.Current.CancellationToken);

        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        Assert.Equal(["histogram", "histogram"], did);
    }

    [Theory]
    [InlineData(0xFF, "NoAnswer")]
    [InlineData(0x00, "NoAnswer")]
    [InlineData(0x55, "Garbled")]
    [InlineData(0x31, "TimedOut")]
    public async Task Line_without_a_sensor_and_one_with_another_have_names_and_are_left_alone_for_a_while(byte value, string fault)
    {
        opc.Wire = (_, _, _) => value;
        var sensor = Sensor(TimeSpan.FromMinutes(5));
        Assert.Equal(fault, await PollAsync(sensor));
        Assert.Equal(fault, await PollAsync(sensor));
        Assert.Empty(broken);

        opc.Wire = (_, _, right) => right;
        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
    }

    [Fact]
    public async Task Line_that_reads_ones_after_it_was_busy_has_a_sensor_that_is_disturbed()
    {
        var asked = 0;
        opc.Wire = (_, at, right) => at == -1 && ++asked == 2 ? (byte)0xFF : right;

        Assert.Equal("Garbled", await PollAsync(Sensor(TimeSpan.FromMinutes(5))));
    }

    [Fact]
    public async Task What_is_measured_begins_with_the_counting()
    {
        var turn = new RecordedTurn(time);
        await ((IPausingSensor)Sensor(TimeSpan.FromMinutes(5))).ReadAsync(turn, TestContext.Current.CancellationToken);

        Assert.Equal([TimeSpan.FromSeconds(10), OpcN3Sensor.Sample], turn.Pauses);
        Assert.Equal(turn.PausedAt[1], turn.MeasuringAt[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(23)]
    public void Any_bin_that_is_full_makes_the_masses_doubtful(int bin)
    {
        var bytes = Good();
        bytes.AsSpan(bin * 2, 2).Fill(0xFF);

        var reading = Assert.IsType<Reading.Measured>(OpcN3Histogram.Interpret(Summed(bytes), TimeSpan.FromSeconds(10)));
        Assert.Equal(
            (SensorFault.OverRange, $"bin {bin} is full: there were more particles than it can count"),
            (reading.Outputs[2].Fault, reading.Outputs[2].Detail));
    }

    [Fact]
    public async Task After_a_garbled_histogram_the_next_is_thrown_away()
    {
        var sensor = Sensor(TimeSpan.FromSeconds(15));
        await PollAsync(sensor);
        opc.Wire = (command, at, right) => command == 0x30 && at == 69 ? (byte)(right ^ 0x10) : right;
        await Task.Delay(TimeSpan.FromSeconds(15), time, TestContext.Current.CancellationToken);
        Assert.Equal("Garbled", await PollAsync(sensor));

        opc.Wire = (_, _, right) => right;
        did.Clear();
        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        Assert.Equal(["histogram", "histogram"], did);
    }

    [Theory]
    [InlineData("OPC-R1 FirmwareVer=02.10", "WrongDevice")]
    [InlineData("opc-n3", "WrongDevice")]
    public async Task Another_model_publishes_nothing(string information, string fault)
    {
        using var other = Twin(information);

        Assert.Equal(fault, await PollAsync(Sensor(other, time, TimeSpan.FromMinutes(5))));
        Assert.DoesNotContain("laser on", did);
    }

    [Fact]
    public async Task Fan_or_laser_that_does_not_start_is_a_fault_of_the_device()
    {
        faults.Switch(FaultKind.Fan);
        Assert.Equal("its fan does not start", await DetailAsync(Sensor(TimeSpan.FromMinutes(5))));
        faults.Switch(FaultKind.Laser);
        Assert.Equal("its laser does not start", await DetailAsync(Sensor(TimeSpan.FromMinutes(5))));
    }

    [Fact]
    public async Task Numbers_that_it_doubts_stand_with_the_doubt()
    {
        faults.Switch(FaultKind.Error);
        Assert.Equal("7.6 DeviceFault 12.3 DeviceFault 159.4 DeviceFault 0 DeviceFault 25 50.001", await PollAsync(Sensor(TimeSpan.FromMinutes(5))));
        faults.Switch(FaultKind.Rail);
        Assert.Equal("7.6 OverRange 12.3 OverRange 159.4 OverRange 4.67 OverRange 25 50.001", await PollAsync(Sensor(TimeSpan.FromMinutes(5))));
        faults.Switch(FaultKind.NoNumber);
        Assert.Equal("Garbled", await PollAsync(Sensor(TimeSpan.FromMinutes(5))));
        faults.Switch(FaultKind.None);
        pm10 = -1;
        Assert.Equal("Garbled", await PollAsync(Sensor(TimeSpan.FromMinutes(5))));
    }

    [Fact]
    public async Task Bus_that_fails_is_said_in_its_own_words() =>
        Assert.Equal(
            new Reading.Failed(SensorFault.BusDown, FailingSpi.Words),
            await Sensor(new FailingSpi(), time, TimeSpan.FromMinutes(5)).ReadAsync(TestContext.Current.CancellationToken));

    [Fact]
    public async Task One_that_runs_on_and_lost_its_power_is_started_again_at_the_next_poll()
    {
        var sensor = Sensor(TimeSpan.FromMinutes(1));
        await PollAsync(sensor);
        await Task.Delay(TimeSpan.FromMinutes(1), time, TestContext.Current.CancellationToken);
        faults.Switch(FaultKind.Restart);

        Assert.Equal("its laser is off", await DetailAsync(sensor));
        faults.Switch(FaultKind.None);
        Assert.Equal("7.6 12.3 159.4 4.67 25 50.001", await PollAsync(sensor));
        Assert.Equal(2, did.Count(what => what == "laser on"));
    }

    [Theory]
    [InlineData("177450304", null, null)]
    [InlineData("177450304", "177450304", null)]
    [InlineData("OPC-N3 177450304 s", "177450304", null)]
    [InlineData("OPC-N3 177450304 s", "opc-n3 177450304 S", null)]
    [InlineData("177450304", "177450305", "its serial number is 177450304, not 177450305")]
    [InlineData("177450304", "17745030", "its serial number is 177450304, not 17745030")]
    [InlineData("", "177450304", "its serial number is empty, not 177450304")]
    public async Task Another_piece_than_the_one_configured_publishes_nothing(string given, string? expected, string? detail)
    {
        using var piece = Twin(serial: given);
        var sensor = Sensor(piece, time, TimeSpan.FromMinutes(5), expected);

        for (var poll = 0; poll < 2; poll++)
        {
            var failed = await sensor.ReadAsync(TestContext.Current.CancellationToken) as Reading.Failed;
            Assert.Equal((detail is null ? null : SensorFault.WrongDevice, detail), (failed?.Fault, failed?.Detail));
        }

        Assert.Equal(detail is null, did.Contains("laser on"));
        Assert.Empty(broken);
    }

    [Fact]
    public void Any_text_is_a_serial_number_of_one_line() =>
        Gen.Byte.Array[0, 60].Sample(bytes => Assert.All(OpcN3Serial.Of(bytes).ToString(), letter => Assert.InRange(letter, ' ', '~')));

    [Theory]
    [InlineData(1000, 10, true)]
    [InlineData(499, 10, false)]
    [InlineData(2200, 10, false)]
    [InlineData(30, 0.3, false)]
    [InlineData(6100, 61, false)]
    public void Time_that_it_counted_must_fit_the_time_that_passed(int hundredths, double elapsed, bool taken)
    {
        var bytes = Good();
        BitConverter.TryWriteBytes(bytes.AsSpan(52), (ushort)hundredths);

        var reading = OpcN3Histogram.Interpret(Summed(bytes), TimeSpan.FromSeconds(elapsed));
        Assert.Equal(taken ? "Measured" : "DeviceFault", reading is Reading.Failed failed ? failed.Fault.ToString() : "Measured");
    }

    [Fact]
    public void Laser_that_is_off_gives_no_value()
    {
        var bytes = Good();
        bytes.AsSpan(82, 2).Clear();

        Assert.Equal("DeviceFault", Readings.Describe(OpcN3Histogram.Interpret(Summed(bytes), TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public void Any_bytes_have_a_meaning_and_none_with_a_wrong_checksum_is_a_value() =>
        (from bytes in Gen.Byte.Array[86] from sum in Gen.Bool select (bytes, sum)).Sample(
            input =>
            {
                var reading = OpcN3Histogram.Interpret(input.sum ? Summed(input.bytes) : input.bytes, TimeSpan.FromSeconds(10));
                if (reading is Reading.Measured measured)
                {
                    Assert.True(input.sum, "a wrong checksum was taken");
                    Assert.All(measured.Outputs, output => Assert.True(double.IsFinite(output.Measurement!.Value.Value)));
                }
            },
            iter: 20_000);

    [Fact]
    public void Histogram_with_any_bit_turned_is_not_taken() =>
        Gen.Int[0, (86 * 8) - 1].Sample(bit =>
        {
            var bytes = Summed(Good());
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Equal("Garbled", Readings.Describe(OpcN3Histogram.Interpret(bytes, TimeSpan.FromSeconds(10))));
        });

    [Fact]
    public void Whatever_comes_over_the_line_ends_and_never_throws() =>
        (from seed in Gen.Int from sharp in Gen.Bool select (seed, sharp)).Sample(
            input =>
            {
                var clock = new HastyTime();
                var random = new Random(input.seed);
                using var line = new OpcN3Twin("opc", new Faults(), () => Sense(159.4), Unread(clock), clock)
                {
                    Wire = (_, _, right) => random.Next(input.sharp ? 8 : 200) == 0 ? (byte)random.Next(256) : right,
                };
                var sensor = Sensor(line, clock, TimeSpan.FromSeconds(15));
                for (var poll = 0; poll < 4; poll++)
                {
                    var reading = sensor.ReadAsync(CancellationToken.None).AsTask().Result;
                    if (reading is Reading.Measured measured)
                    {
                        Assert.Equal(159.4, measured.Outputs[2].Measurement!.Value.Value);
                    }
                }
            },
            iter: 300);

    private static byte[] Good()
    {
        var bytes = new byte[86];
        BitConverter.TryWriteBytes(bytes.AsSpan(52), (ushort)1000);
        BitConverter.TryWriteBytes(bytes.AsSpan(54), (ushort)467);
        BitConverter.TryWriteBytes(bytes.AsSpan(82), (ushort)600);
        return bytes;
    }

    private static byte[] Summed(byte[] bytes)
    {
        var sum = PondSentinel.Sensors.Buses.ModbusRtu.ModbusCrc.Compute(bytes.AsSpan(..^2));
        return [.. bytes[..^2], (byte)(sum & 0xFF), (byte)(sum >> 8)];
    }

    private ISensor Sensor(TimeSpan interval) => Sensor(opc, time, interval);

    private static ISensor Sensor(ISpiLine line, HastyTime clock, TimeSpan interval, string? serial = null) =>
        OpcN3Sensor.Model.On(LineKind.Spi)!.Create(
            new SpiBus(line, clock),
            new SensorOrder(0, ["pm10"]) { Interval = interval, Settings = new DutySettings(null, null), Serial = serial });

    private OpcN3Twin Twin(string information = "OPC-N3 Iss1.1", string serial = OpcN3Twin.UsualSerial) =>
        new("opc", faults, () => Sense(pm10), Unread(time), time)
        {
            Information = information, Serial = serial, Did = did.Add, Broken = broken.Add,
        };

    private static Sense Sense(double pm10) => measurand => measurand switch
    {
        Measurand.Pm1 => 7.6, Measurand.Pm25 => 12.3, Measurand.Pm10 => pm10, Measurand.HousingTemperature => 25, _ => 50,
    };

    private static ServedLog Unread(HastyTime clock) => new(TextWriter.Null, clock, new SiteClock(clock, TimeSpan.Zero, 1));

    private static async Task<string?> DetailAsync(ISensor sensor) =>
        (await sensor.ReadAsync(TestContext.Current.CancellationToken) as Reading.Failed)?.Detail;

    private static async Task<string> PollAsync(ISensor sensor)
    {
        var reading = await sensor.ReadAsync(TestContext.Current.CancellationToken);
        return Readings.Describe(reading is Reading.Measured measured
            ? new Reading.Measured(
                [
                    .. measured.Outputs.Select(output =>
                        output with { Measurement = output.Measurement!.Value with { Value = Math.Round(output.Measurement.Value.Value, 3) } }),
                ])
            : reading);
    }

    private sealed class FailingSpi : ISpiLine
    {
        public const string Words = "/dev/spidev0.0 is not there";

        public string Place => "/dev/spidev0.0";

        public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read) => Words;

        public void Dispose()
        {
        }
    }
}
