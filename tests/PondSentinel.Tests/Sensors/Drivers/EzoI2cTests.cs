using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Drivers.AtlasEzo;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class EzoI2cTests
{
    private static readonly string[] Asked = ["i", "Status", "Slope,?"];

    private readonly HastyTime time = new();

    [Theory]
    [InlineData("ph", "01 37 2E 30 32 31 00", "7.021")]
    [InlineData("ph", "01 B7 AE B0 B2 B1 00", "7.021")]
    [InlineData("ph", "81 37 2E 30 32 31 80", "7.021")]
    [InlineData("ph", "01 31 34 2E 30 30 30 00", "14 OverRange")]
    [InlineData("ph", "01 30 2E 30 30 31 00", "0.001 OverRange")]
    [InlineData("ph", "01 2D 31 2E 30 30 30 00", "-1 OverRange")]
    [InlineData("ph", "02", "Refused")]
    [InlineData("ph", "FE", "TimedOut")]
    [InlineData("ph", "FF", "Refused")]
    [InlineData("ph", "00", "Garbled")]
    [InlineData("ph", "03 37 2E 30 32 31 00", "Garbled")]
    [InlineData("ph", "01 00", "Garbled")]
    [InlineData("ph", "01 37 2E 3F 30 30 00", "Garbled")]
    [InlineData("ph", "01 37 2E 07 30 30 00", "Garbled")]
    [InlineData("ph", "01 37 2E 30 32 31 2C 37 2E 30 00", "Garbled")]
    [InlineData("ph", "01 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37 37", "Garbled")]
    [InlineData("ec", "01 31 34 31 33 00", "1413")]
    [InlineData("ec", "01 30 2E 30 30 00", "0 OverRange")]
    [InlineData("ec", "01 30 2E 30 35 00", "0.05 OverRange")]
    [InlineData("ec", "01 30 2E 30 37 00", "0.07")]
    [InlineData("ec", "01 35 30 30 30 30 30 00", "500000 OverRange")]
    [InlineData("ec", "01 31 34 31 33 2C 37 36 33 00", "Garbled")]
    [InlineData("rtd", "01 32 35 2E 31 30 34 00", "25.104")]
    [InlineData("rtd", "01 2D 30 2E 35 30 30 00", "-0.5")]
    [InlineData("rtd", "01 2D 31 30 32 33 2E 30 30 30 00", "DeviceFault")]
    [InlineData("orp", "01 32 30 39 2E 36 00", "209.6")]
    [InlineData("orp", "01 2D 31 30 31 39 2E 39 00", "-1019.9 OverRange")]
    [InlineData("do", "01 37 2E 38 32 00", "7.82")]
    [InlineData("do", "01 32 35 30 2E 30 30 00", "250 OverRange")]
    [InlineData("do", "01 2D 30 2E 35 30 00", "-0.5 OverRange")]
    public async Task Every_reply_has_one_meaning(string circuit, string hex, string expected)
    {
        var line = Circuit(circuit, hex);

        Assert.Equal(expected, Readings.Describe(await ReadAsync(line, circuit)));
    }

    [Fact]
    public async Task Reading_is_asked_for_after_the_time_that_the_data_sheet_gives()
    {
        var fake = new FakeTimeProvider();
        var link = new EzoI2c(Circuit("ph", "01 37 2E 30 32 31 00"), 0x63, fake);

        var answer = link.AskAsync("R", TimeSpan.FromMilliseconds(900), new LoneTurn(fake), TestContext.Current.CancellationToken).AsTask();
        fake.Advance(TimeSpan.FromMilliseconds(899));
        Assert.False(answer.IsCompleted);
        fake.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new EzoAnswer("7.021", null), await answer);
    }

    [Fact]
    public async Task Busy_circuit_is_asked_again_and_its_answer_taken()
    {
        var reading = await ReadAsync(Circuit("ph", "FE", "FE", "01 37 2E 30 32 31 00"), "ph");

        Assert.Equal("7.021", Readings.Describe(reading));
        Assert.Equal(TimeSpan.FromMilliseconds((3 * 300) + 900 + 100 + 100), time.Elapsed);
    }

    [Fact]
    public async Task Circuit_that_stays_busy_is_given_up_after_three_seconds()
    {
        Assert.Equal(
            new Reading.Failed(SensorFault.TimedOut, "still busy with RT,25.0 after 3 s"), await ReadAsync(Circuit("ph", "FE"), "ph"));
        Assert.Equal(TimeSpan.FromMilliseconds((3 * 300) + 3000), time.Elapsed);
    }

    [Fact]
    public async Task Command_that_got_lost_is_sent_once_more()
    {
        var line = Circuit("ph", "FF", "01 37 2E 30 32 31 00");

        Assert.Equal("7.021", Readings.Describe(await ReadAsync(line, "ph")));
        Assert.Equal(["i", "Status", "Slope,?", "RT,25.0", "RT,25.0"], Commands(line));
    }

    [Fact]
    public async Task Circuit_is_asked_what_it_is_at_first_and_after_each_failure()
    {
        var line = Circuit("ph", "01 37 2E 30 32 31 00", "01 37 2E 30 32 31 00", "02", "01 37 2E 30 32 31 00");
        var sensor = Sensor(line, "ph");

        for (var poll = 0; poll < 4; poll++)
        {
            await sensor.ReadAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal([.. Asked, "RT,25.0", "RT,25.0", "RT,25.0", .. Asked, "RT,25.0"], Commands(line));
    }

    [Theory]
    [InlineData("ph", "?i,EC,2.10", "an EZO-EC answers where an EZO-pH is configured")]
    [InlineData("orp", "?I,D.O.,1.98", "an EZO-D.O. answers where an EZO-ORP is configured")]
    public async Task Another_circuit_in_the_socket_is_no_reading(string configured, string answer, string expected)
    {
        var line = Script(new Dictionary<string, string[]> { ["i"] = [Reply(answer)], ["R"] = ["01 37 2E 30 32 31 00"] });

        Assert.Equal(new Reading.Failed(SensorFault.WrongDevice, expected), await ReadAsync(line, configured));
    }

    /// <summary>What comes where either of two circuits holds the line low: the bytes of both, and-ed.</summary>
    [Theory]
    [InlineData("?i,pH,2.14", "?i,EC,2.14", "not the name of a circuit: @@")]
    [InlineData("?i,pH,2.14", "?I,D.O.,2.14", "no answer of an EZO circuit: ")]
    public async Task Two_circuits_of_two_kinds_at_one_address_are_nonsense_and_no_other_piece(string one, string other, string expected)
    {
        var both = new string([.. one.Zip(other, (first, second) => (char)(first & second))]);
        var line = Script(new Dictionary<string, string[]> { ["i"] = [Reply(both)], ["R"] = ["01 37 2E 30 32 31 00"] });

        var failed = Assert.IsType<Reading.Failed>(await ReadAsync(line, "ph"));
        Assert.Equal(SensorFault.Garbled, failed.Fault);
        Assert.StartsWith(expected, failed.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("do", "?I,D.O.,1.98", "?,O,mg", true)]
    [InlineData("do", "?i,DO,2.13", "?O,mg", true)]
    [InlineData("do", "?i,DO,2.13", "?O,%,mg", false)]
    [InlineData("ec", "?i,EC,2.10", "?O,EC", true)]
    [InlineData("ec", "?i,EC,2.10", "?,O,EC", true)]
    [InlineData("ec", "?i,EC,2.10", "?,O,EC,TDS,S,SG", false)]
    [InlineData("ec", "?i,EC,2.10", "?,O,TDS", false)]
    [InlineData("rtd", "?i,RTD,2.01", "?S,c", true)]
    [InlineData("rtd", "?i,RTD,2.01", "?S,f", false)]
    public async Task Circuit_set_to_another_output_or_scale_gives_no_number(string circuit, string kind, string setting, bool isRight)
    {
        var line = Script(new Dictionary<string, string[]>
        {
            ["i"] = [Reply(kind)],
            ["O"] = [Reply(setting)],
            ["S"] = [Reply(setting)],
            ["R"] = [Reply("20.000")],
        });

        Assert.Equal(isRight ? "20" : "Refused", Readings.Describe(await ReadAsync(line, circuit)));
    }

    [Fact]
    public async Task Circuit_is_told_the_temperature_that_somebody_knows_before_each_reading()
    {
        var line = Circuit("ec", "01 31 34 31 33 00");

        var measured = Assert.IsType<Reading.Measured>(await ReadAsync(line, "ec", temperatureCelsius: 19.5));

        Assert.Equal(["i", "O,?", "Status", "RT,19.5"], Commands(line));
        Assert.Equal(
            [("specific_conductance", new Measurement(Measurand.SpecificConductance, 1413), (SensorFault?)null)],
            measured.Outputs.Select(output => (output.Output, output.Measurement!.Value, output.Fault)));
    }

    [Theory]
    [InlineData("ph", "01 37 2E 30 32 31 00", "7.021", "7.021 Uncompensated")]
    [InlineData("ec", "01 31 34 31 33 00", "1413", "Uncompensated")]
    [InlineData("do", "01 37 2E 38 32 00", "7.82", "7.82 Uncompensated")]
    public async Task Circuit_is_told_the_temperature_that_another_device_measures_and_its_value_is_doubted_without(
        string circuit, string hex, string told, string lost)
    {
        double? elsewhere = 12.25;
        var line = Circuit(circuit, hex);
        var model = SensorCatalogue.Models[$"atlas-ezo-{circuit}"];
        var settings = new EzoSettings(EzoCircuit.All.First(each => each.Id == circuit), null) { TemperatureFrom = "pond-t.t" };
        var sensor = model.On(LineKind.I2c)!.Create(new I2cBus(line, time), new SensorOrder(0x63, [settings.Outputs[0].Name])
        {
            Settings = settings,
            Elsewhere = channel => channel == "pond-t.t" ? elsewhere : throw new InvalidOperationException(channel),
        });

        Assert.Equal(told, Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        elsewhere = null;
        Assert.Equal(lost, Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(["RT,12.25", "RT,25.0"], Commands(line).Where(command => command.StartsWith("RT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Conductivity_without_a_temperature_is_not_called_referred_to_25_degrees()
    {
        var line = Circuit("ec", "01 31 34 31 33 00");

        var measured = Assert.IsType<Reading.Measured>(await ReadAsync(line, "ec"));

        Assert.Equal(["i", "O,?", "Status", "RT,25.0"], Commands(line));
        Assert.Equal(
            [("conductivity", new Measurement(Measurand.Conductivity, 1413), (SensorFault?)null)],
            measured.Outputs.Select(output => (output.Output, output.Measurement!.Value, output.Fault)));
    }

    [Fact]
    public async Task Bus_is_left_to_others_while_the_circuit_works()
    {
        var turn = new RecordedTurn(time);
        var sensor = Assert.IsType<EzoSensor>(Sensor(Circuit("ph", "FE", "01 37 2E 30 32 31 00"), "ph"));

        Assert.Equal("7.021", Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));
        Assert.Equal([300.0, 300, 300, 900, 100], turn.Pauses.Select(pause => pause.TotalMilliseconds));
        Assert.Equal(time.Elapsed, TimeSpan.FromTicks(turn.Pauses.Sum(pause => pause.Ticks)));
    }

    [Theory]
    [InlineData("?Status,P,5.038", "it last started because its power came; 5.038 V at its VCC")]
    [InlineData("?STATUS,B,3.05", "it last started because its supply broke down (brown-out); 3.050 V at its VCC")]
    [InlineData("?Status,W,5.0", "it last started because it hung and its watchdog helped; 5.000 V at its VCC")]
    [InlineData("?Status,X,5.0", null)]
    [InlineData("?Status,P,five", null)]
    [InlineData("?i,pH,2.14", null)]
    public async Task First_reading_after_getting_to_know_it_says_why_the_circuit_last_started_and_later_ones_do_not(string answer, string? detail)
    {
        var line = Script(new() { ["i"] = [Reply("?i,pH,2.14")], ["Status"] = [Reply(answer)], ["R"] = [Reply("7.021")] });
        var sensor = Sensor(line, "ph");

        Assert.Equal((detail, null), Told(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        Assert.Equal((null, null), Told(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
        sensor.Forget();
        Assert.Equal((detail, null), Told(await sensor.ReadAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("?Slope,99.7,100.3,-0.89", null)]
    [InlineData("?Slope,99.7,100.3", null)]
    [InlineData("?Slope,90.0,90.0,10.00", null)]
    [InlineData("?Slope,89.9,100.3,-0.89", "the electrode has 89.9 and 100.3 % of the ideal slope and -0.89 mV at pH 7: clean it, calibrate, else replace it")]
    [InlineData("?Slope,99.7,80,1", "the electrode has 99.7 and 80 % of the ideal slope and 1 mV at pH 7: clean it, calibrate, else replace it")]
    [InlineData("?SLOPE,99.7,100.3,-10.01", "the electrode has 99.7 and 100.3 % of the ideal slope and -10.01 mV at pH 7: clean it, calibrate, else replace it")]
    [InlineData("?Slope,,100.3,0", null)]
    [InlineData("?Slope,1,2,3,4", null)]
    public async Task Values_of_an_electrode_that_its_circuit_calls_worn_are_kept_and_doubted(string answer, string? detail)
    {
        var line = Script(new() { ["i"] = [Reply("?i,pH,2.14")], ["Slope"] = [Reply(answer)], ["R"] = [Reply("7.021")] });
        var sensor = Sensor(line, "ph");

        for (var poll = 0; poll < 2; poll++)
        {
            var reading = await sensor.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(detail is null ? "7.021" : "7.021 DeviceFault", Readings.Describe(reading));
            Assert.Equal(detail, Told(reading).Detail);
        }
    }

    [Fact]
    public async Task Circuit_is_asked_anew_each_day_because_somebody_may_have_calibrated_it()
    {
        var fake = new FakeTimeProvider();
        var line = Circuit("ph", "01 37 2E 30 32 31 00");
        var sensor = new EzoSensor(EzoCircuit.All[0], () => EzoWater.Unknown, new EzoI2c(line, 0x63, fake), fake);
        var turn = new RecordedTurn(time);

        foreach (var hours in (int[])[0, 23, 1, 1])
        {
            fake.Advance(TimeSpan.FromHours(hours));
            await sensor.ReadAsync(turn, TestContext.Current.CancellationToken);
        }

        Assert.Equal([.. Asked, "RT,25.0", "RT,25.0", .. Asked, "RT,25.0", "RT,25.0"], Commands(line));
    }

    private static (string? Detail, SensorFault? Fault) Told(Reading reading)
    {
        var output = Assert.IsType<Reading.Measured>(reading).Outputs.Single();
        return (output.Detail, output.Fault);
    }

    [Fact]
    public async Task Bus_that_fails_is_said_in_its_own_words()
    {
        var line = Circuit("ph");
        line.Fault = new I2cFault(SensorFault.BusDown, "/dev/i2c-1 is not there");

        Assert.Equal(new Reading.Failed(SensorFault.BusDown, "/dev/i2c-1 is not there"), await ReadAsync(line, "ph"));
    }

    [Fact]
    public async Task Nobody_at_the_address_costs_one_transfer_and_no_waiting()
    {
        var line = new ScriptedI2c((_, _, _) => null);

        Assert.Equal("NoAnswer", Readings.Describe(await ReadAsync(line, "ph")));
        Assert.Single(line.Written);
        Assert.Equal(TimeSpan.Zero, time.Elapsed);
    }

    [Fact]
    public void Any_bytes_are_understood_or_refused_without_an_exception() =>
        Gen.Byte.Array[0, 64].Sample(
            bytes =>
            {
                if (EzoI2cReply.Of(bytes).Text is { } text)
                {
                    foreach (var circuit in EzoCircuit.All)
                    {
                        circuit.Mistaken(text);
                        circuit.Setting?.Objection(text);
                        circuit.Interpret(text, EzoWater.At(19.5));
                        circuit.Interpret(text, new EzoWater(null, IsLost: true));
                        EzoCalibration.Held(text);
                        EzoStatus.In(text);
                        EzoSlope.In(text);
                    }
                }
            },
            iter: 20_000);

    [Fact]
    public void Text_is_the_same_whichever_top_bits_the_bus_has_set() =>
        (from number in Gen.Int[0, 14_000] from glitches in Gen.Long select (number, glitches)).Sample(
            input =>
            {
                var text = FormattableString.Invariant($"{input.number / 1000.0:0.000}");
                byte[] bytes = [1, .. Encoding.ASCII.GetBytes(text), 0, 0, 0];
                for (var i = 0; i < bytes.Length; i++)
                {
                    bytes[i] |= (byte)(((input.glitches >> i) & 1) << 7);
                }

                Assert.Equal(new EzoI2cReply(EzoI2cCode.Done, text), EzoI2cReply.Of(bytes));
            },
            iter: 5_000);

    [Theory]
    [InlineData("7.021", 7.021)]
    [InlineData("-0.5", -0.5)]
    [InlineData("500000.00", 500000.0)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData(".5", null)]
    [InlineData("7.", null)]
    [InlineData("+7.0", null)]
    [InlineData(" 7.0", null)]
    [InlineData("7,0", null)]
    [InlineData("7.0e3", null)]
    [InlineData("--7", null)]
    [InlineData("7.0.0", null)]
    [InlineData("NaN", null)]
    [InlineData("7.0211", null)]
    [InlineData("1234567", null)]
    public void Number_has_the_form_that_circuits_give_and_no_other(string text, double? expected) =>
        Assert.Equal(expected, EzoText.Number(text));

    /// <summary>A circuit that says what it should, and to readings what is given: the last for ever.</summary>
    private static ScriptedI2c Circuit(string id, params string[] readings) => Script(new Dictionary<string, string[]>
    {
        ["i"] = [Reply($"?i,{EzoCircuit.All.First(circuit => circuit.Id == id).Word},2.14")],
        ["O"] = [Reply(id == "ec" ? "?,O,EC" : "?,O,mg")],
        ["S"] = [Reply("?S,c")],
        ["Status"] = [Reply("?Status,P,5.038")],
        ["Slope"] = [Reply("?Slope,99.7,100.3,-0.89")],
        ["R"] = readings,
    });

    // By the word of the command that was written last; of others it says that it does not know them.
    private static ScriptedI2c Script(Dictionary<string, string[]> replies)
    {
        var said = new Dictionary<string, int>(StringComparer.Ordinal);
        var command = "";
        return new ScriptedI2c((_, written, wanted) =>
        {
            if (wanted == 0)
            {
                command = Encoding.ASCII.GetString(written).Split(',')[0].Replace("RT", "R", StringComparison.Ordinal);
                return [];
            }

            var script = replies.GetValueOrDefault(command, ["02"]);
            var next = said.GetValueOrDefault(command);
            said[command] = next + 1;
            return Hex.Bytes(script[Math.Min(next, script.Length - 1)]);
        });
    }

    private static string Reply(string text) => $"01{Convert.ToHexString(Encoding.ASCII.GetBytes(text))}00";

    private static IEnumerable<string> Commands(ScriptedI2c line) =>
        line.Written.Select(written => Encoding.ASCII.GetString(written.Bytes));

    private ISensor Sensor(ScriptedI2c line, string circuit, double? temperatureCelsius = null)
    {
        var model = SensorCatalogue.Models[$"atlas-ezo-{circuit}"];
        var settings = new EzoSettings(EzoCircuit.All.First(each => each.Id == circuit), temperatureCelsius);
        return model.On(LineKind.I2c)!.Create(
            new I2cBus(line, time), new SensorOrder(0x63, [model.Outputs[0].Name]) { Settings = settings });
    }

    private async Task<Reading> ReadAsync(ScriptedI2c line, string circuit, double? temperatureCelsius = null) =>
        await Sensor(line, circuit, temperatureCelsius).ReadAsync(TestContext.Current.CancellationToken);
}
