using System.Buffers.Binary;
using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Chemistry;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Analog;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Drivers.TiAds1115;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class Ads1115Tests
{
    private readonly HastyTime time = new();

    // Data sheet SBAS444, 8.6.3; the reset value is 8583.
    [Theory]
    [InlineData("a0", 4.096, 128, 0xC383)]
    [InlineData("a1", 4.096, 128, 0xD383)]
    [InlineData("a2", 4.096, 128, 0xE383)]
    [InlineData("a3", 4.096, 128, 0xF383)]
    [InlineData("a0-a1", 2.048, 128, 0x8583)]
    [InlineData("a0-a1", 0.512, 128, 0x8983)]
    [InlineData("a0", 4.096, 16, 0xC323)]
    public void Setting_is_the_word_that_the_data_sheet_gives(string pins, double fullScale, int rate, int expected) =>
        Assert.Equal(
            (ushort)expected,
            Ads1115Registers.Start(
                Index(Ads1115Registers.Pins, pins), Index(Ads1115Registers.FullScaleVolts, fullScale), Index(Ads1115Registers.Rates, rate)));

    [Theory]
    [InlineData(0x0C80, 4.096, 0.4)]
    [InlineData(0x2580, 4.096, 1.2)]
    [InlineData(0x3E80, 4.096, 2.0)]
    [InlineData(-16384, 2.048, -1.024)]
    [InlineData(1, 0.256, 0.0000078125)]
    public void Conversion_is_a_part_of_the_full_scale(int conversion, double fullScale, double volts) =>
        Assert.Equal(volts, Ads1115Registers.Volts((short)conversion, Index(Ads1115Registers.FullScaleVolts, fullScale)), 1e-12);

    [Fact]
    public async Task Median_of_the_conversions_is_taken_after_the_time_that_each_needs()
    {
        var chip = new Chip(0x0C80, 0x7000, 0x0C81, 0x0C7F, 0x0C80);

        Assert.Equal("0", Readings.Describe(await ReadAsync(chip, Loop("a0"))));
        Assert.Equal(TimeSpan.FromMilliseconds(5 * 69), time.Elapsed);
        Assert.Equal(Enumerable.Repeat("01C323", 5), chip.Settings);
    }

    [Fact]
    public async Task Conversion_that_is_not_done_is_waited_for_and_not_for_ever()
    {
        Assert.Equal("0", Readings.Describe(await ReadAsync(new Chip(0x0C80) { BusyPolls = 2 }, Loop("a0"))));
        Assert.Equal("TimedOut", Readings.Describe(await ReadAsync(new Chip(0x0C80) { BusyPolls = 99 }, Loop("a0"))));
    }

    [Fact]
    public async Task Number_of_another_input_is_not_taken_where_somebody_else_has_set_the_chip() =>
        Assert.Equal("Garbled", Readings.Describe(await ReadAsync(new Chip(0x0C80) { Shown = 0xD323 }, Loop("a0"))));

    [Theory]
    [InlineData(0x7FFF)]
    [InlineData(-0x8000)]
    public async Task Voltage_at_the_rail_has_no_value(int conversion) =>
        Assert.Equal("OverRange", Readings.Describe(await ReadAsync(new Chip((short)conversion), Loop("a0"))));

    [Fact]
    public async Task Nobody_at_the_address_is_no_answer() =>
        Assert.Equal(
            "NoAnswer",
            Readings.Describe(await Sensor(new ScriptedI2c((_, _, _) => null), Loop("a0")).ReadAsync(TestContext.Current.CancellationToken)));

    [Fact]
    public void Temperature_and_potassium_come_from_other_inputs_wherever_they_stand()
    {
        var inputs = Electrodes.Inputs;

        var outputs = Ads1115Evaluation.Of(inputs, Volts(t: 1.25, k: 0.1, nh4: 0.087637), Nowhere, Uncalibrated);

        Assert.Equal(
            "nh4n 46.96, nh4n_electrode 87.637, k 1, k_electrode 100, t 25",
            string.Join(", ", outputs.Select(output => FormattableString.Invariant($"{output.Output} {Math.Round(output.Measurement!.Value.Value, 3)}"))));
        Assert.All(outputs, output => Assert.Null(output.Fault));
    }

    [Theory]
    [InlineData(25.0, 1.0, 46.96, null)]
    [InlineData(null, 1.0, 46.96, SensorFault.Uncompensated)]
    [InlineData(25.0, null, 47.0, SensorFault.Uncompensated)]
    public void Temperature_and_potassium_of_other_devices_are_taken_where_they_are_fresh(
        double? celsius, double? potassium, double expected, SensorFault? fault)
    {
        var input = Electrodes.Inputs[0] with
        {
            Temperature = new WaterSource(null, null) { Channel = "pond-t.t" }, Potassium = new WaterSource(null, null) { Channel = "pond-k.k" },
        };

        var nh4n = Ads1115Evaluation.Of(
            [input], Volts(t: null, k: null, nh4: 0.087637), channel => channel == "pond-t.t" ? celsius : channel == "pond-k.k" ? potassium : -1, Uncalibrated)[0];

        Assert.Equal(expected, nh4n.Measurement!.Value.Value, 0.005);
        Assert.Equal(fault, nh4n.Fault);
        Assert.Equal(
            [new NeededChannel("temperature_from", "pond-t.t", Measurand.WaterTemperature), new NeededChannel("potassium_from", "pond-k.k", Measurand.Potassium)],
            new Ads1115Settings([input]).Needs);
    }

    [Fact]
    public void Calibration_in_force_takes_the_place_of_the_electrode_in_the_settings()
    {
        var fit = CalibrationFit.Of(
            CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(1, 30), new(10, 30 + 55), new(100, 30 + 112)], 20);
        var force = new CalibrationInForce("c7", fit.Curve);

        var outputs = Ads1115Evaluation.Of(
            Electrodes.Inputs, Volts(t: null, k: 0.1, nh4: 0.085), Nowhere, output => output == "nh4n" ? force : null);
        var nh4n = outputs.Single(output => output.Output == "nh4n");
        var k = outputs.Single(output => output.Output == "k");

        Assert.True(fit.IsAccepted);
        Assert.Equal((85.0, "c7"), (Math.Round(nh4n.Raw!.Value, 9), nh4n.Calibration));
        Assert.Equal((100.0, null), (Math.Round(k.Raw!.Value, 9), k.Calibration));
        Assert.Equal(
            Ads1115Evaluation.Of(Electrodes.Inputs, Volts(t: null, k: 0.1, nh4: 0.085), Nowhere, Uncalibrated).Single(output => output.Output == "k"), k);
        Assert.NotEqual(
            Ads1115Evaluation.Of(Electrodes.Inputs, Volts(t: null, k: 0.1, nh4: 0.085), Nowhere, Uncalibrated)
                .Single(output => output.Output == "nh4n").Measurement,
            nh4n.Measurement);
    }

    [Fact]
    public void Lost_temperature_leaves_values_that_are_doubted()
    {
        var outputs = Ads1115Evaluation.Of(Electrodes.Inputs, Volts(t: null, k: 0.1, nh4: 0.087637), Nowhere, Uncalibrated);

        Assert.Equal(
            [SensorFault.Uncompensated, null, SensorFault.Uncompensated, null, SensorFault.OverRange],
            outputs.Select(output => output.Fault));
        // The potassium is itself in doubt, so it is not taken off.
        Assert.Equal(47.0, outputs[0].Measurement!.Value.Value, 0.05);
        Assert.Null(outputs[^1].Measurement);
    }

    [Fact]
    public void Any_voltages_give_as_many_outputs_as_there_are_and_no_exception() =>
        Gen.Select(Gen.Short, Gen.Short, Gen.Short).Sample(words =>
        {
            var (t, k, nh4) = words;
            var outputs = Ads1115Evaluation.Of(Electrodes.Inputs, Volts(t * 6.144 / 32768, k * 6.144 / 32768, nh4 * 6.144 / 32768), Nowhere, Uncalibrated);

            Assert.Equal(Electrodes.Outputs.Select(output => output.Name), outputs.Select(output => output.Output));
            Assert.All(outputs, output => Assert.True(output.Measurement is null || double.IsFinite(output.Measurement.Value.Value)));
        });

    [Fact]
    public void Poll_waits_off_the_bus_for_its_conversions_and_holds_it_for_their_transfers()
    {
        var attachment = Ads1115Sensor.Model.On(LineKind.I2c)!;
        var order = new SensorOrder(0x48, []) { Settings = Electrodes };

        Assert.Equal(TimeSpan.FromMilliseconds(3 * 5 * 69), attachment.Waiting(order));
        Assert.Equal(TimeSpan.FromMilliseconds(3 * 5 * 3), attachment.LineTime(new I2cSettings(1), order));
    }

    [Fact]
    public async Task Bus_is_left_to_others_while_the_chip_converts()
    {
        var turn = new RecordedTurn(time);
        var sensor = (IPausingSensor)Sensor(new ScriptedI2c(new Chip(0x0C80) { BusyPolls = 1 }.Answer), Loop("a0"));

        Assert.Equal("0", Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));
        Assert.Equal(Enumerable.Repeat(69.0, 10), turn.Pauses.Select(pause => pause.TotalMilliseconds));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("pins = \"a3\"", "pins = \"a4\"", "g.toml:22:3: pins of [device.input] is not a word known here; use one of: a0-a1, a0-a3, a1-a3, a2-a3, a0, a1, a2, a3")]
    [InlineData("conversions = 5", "conversions = 4", "g.toml:25:3: conversions of [device.input] must be odd, because their median is taken; write one more")]
    [InlineData("full_scale_v = 4.096", "full_scale_v = 5", "g.toml:23:3: full_scale_v of [device.input] is none that an ADS1115 has; use one of: 6.144, 4.096, 2.048, 1.024, 0.512, 0.256")]
    [InlineData("samples_per_second = 16", "samples_per_second = 17", "g.toml:24:3: samples_per_second of [device.input] is none that an ADS1115 has; use one of: 8, 16, 32, 64, 128, 250, 475, 860")]
    [InlineData("volts = [0, 5]", "volts = [5, 5]", "g.toml:28:3: volts of [device.input] must be two different numbers; write what was seen at two points")]
    [InlineData("standards_mv = [41.6, 100]", "standards_mv = [100, 41.6]", "g.toml:35:3: standards_mv of [device.input] is -99 % of the slope of an ion-selective electrode, whose potential rises with concentration; check the order and the signs of the numbers, and gain and zero_mv")]
    [InlineData("standards_mg_l = [0.1, 1]", "standards_mg_l = [0, 1]", "g.toml:34:3: standards_mg_l of [device.input] must be above 0; write the concentrations of the standards, mg/L")]
    [InlineData("function = \"potassium\"", "function = \"sodium\"", "g.toml:33:3: function of [device.input] is not known: \"sodium\"; use one of: linear, polynomial, current-loop, ph, ammonium, potassium")]
    [InlineData("temperature_from = \"t\"", "temperature_from = \"k\"", "g.toml:36:3: temperature_from of [device.input] names no input that measures water_temperature_c: \"k\"; add a [[device.input]] that does, or correct the name")]
    [InlineData("temperature_from = \"t\"", "temperature_from = \"t\"\n  temperature_c = 18", "g.toml:36:3: [device.input] has both temperature_c and temperature_from; keep one")]
    [InlineData("output = \"k\"\n  pins", "output = \"t\"\n  pins", "g.toml:31:3: two inputs of this device give the output t; rename one")]
    [InlineData("range_mg_l = [0.1, 1000]", "range_mg_l = [0.1, 1000]\n  potassium_mg_l = 3", "g.toml:38:3: potassium_mg_l of [device.input] is not known here; remove it")]
    public void Inputs_are_read_and_every_mistake_is_named(string right, string wrong, string expected)
    {
        Assert.Contains(right, Configuration, StringComparison.Ordinal);
        var text = right.Length == 0 ? Configuration : Configuration.Replace(right, wrong, StringComparison.Ordinal);

        var loaded = GatewayConfigurationFile.Read("g.toml", text);

        Assert.Equal(
            expected.Split('|', StringSplitOptions.RemoveEmptyEntries), loaded.Problems.Select(problem => problem.ToString()));
        if (expected.Length == 0)
        {
            var settings = Assert.IsType<Ads1115Settings>(loaded.Configuration!.Devices[0].Settings);
            Assert.Equal(["t", "k"], settings.Inputs.Select(input => input.Name));
            Assert.Equal(
                new PolynomialFunction(Measurand.WaterTemperature, 0, 20, 0), settings.Inputs[0].Function);
            Assert.Equal(58.4, Assert.IsType<IonFunction>(settings.Inputs[1].Function).Electrode.SlopeMillivolts, 1e-9);
        }
    }

    // 21 mA is what a broken transmitter gives at the least; 2.1 V at 100 ohm.
    [Theory]
    [InlineData(100, "4.096", "")]
    [InlineData(195, "4.096", "")]
    [InlineData(196, "4.096", "g.toml:27:3: the 21 mA by which a broken transmitter shows itself are 4.116 V at 196 Ω, beyond full_scale_v = 4.096; take a smaller resistor, 100 Ω for 4.096 V, or a larger full_scale_v")]
    [InlineData(100, "2.048", "g.toml:27:3: the 21 mA by which a broken transmitter shows itself are 2.1 V at 100 Ω, beyond full_scale_v = 2.048; take a smaller resistor, 100 Ω for 4.096 V, or a larger full_scale_v")]
    [InlineData(250, "6.144", "")]
    public void Resistor_with_which_a_broken_transmitter_would_not_be_seen_is_refused(int ohms, string fullScale, string expected)
    {
        var text = Configuration
            .Replace("full_scale_v = 4.096", $"full_scale_v = {fullScale}", StringComparison.Ordinal)
            .Replace("function = \"linear\"", $"function = \"current-loop\"\n  shunt_ohm = {ohms}", StringComparison.Ordinal)
            .Replace("  volts = [0, 5]\n", "", StringComparison.Ordinal);

        Assert.Equal(
            expected.Length == 0 ? [] : [expected],
            GatewayConfigurationFile.Read("g.toml", text).Problems.Select(problem => problem.ToString()));
    }

    private const string Configuration =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"

        [[station]]
        id = "pond"

        [[bus]]
        id = "header"
        kind = "i2c"
        bus = 1

        [[device]]
        id = "adc"
        station = "pond"
        bus = "header"
        model = "ti-ads1115"
        interval = "10s"

          [[device.input]]
          output = "t"
          pins = "a3"
          full_scale_v = 4.096
          samples_per_second = 16
          conversions = 5
          function = "linear"
          measurand = "water_temperature_c"
          volts = [0, 5]
          values = [0, 100]
          [[device.input]]
          output = "k"
          pins = "a1"
          function = "potassium"
          standards_mg_l = [0.1, 1]
          standards_mv = [41.6, 100]
          temperature_from = "t"
          range_mg_l = [0.1, 1000]

          [[device.channel]]
          id = "temperature"
          output = "t"
        """;

    private static Ads1115Settings Electrodes { get; } = new(
    [
        new Ads1115Input("nh4n", 4, 1, 1, 5, new IonFunction(
            MeasuredIon.Ammonium,
            new ElectrodeInput(1, 0),
            new IonElectrode(10, new Millivolts(50), 56, 25),
            new Band(0.1, 1000),
            new PotassiumInterference(0.11)))
        {
            Temperature = new WaterSource(null, "t"),
            Potassium = new WaterSource(null, "k"),
        },
        new Ads1115Input("k", 5, 1, 1, 5, new IonFunction(
            MeasuredIon.Potassium,
            new ElectrodeInput(1, 0),
            new IonElectrode(1, new Millivolts(100), 58, 25),
            new Band(0.1, 1000),
            Interference: null))
        {
            Temperature = new WaterSource(null, "t"),
        },
        new Ads1115Input("t", 7, 1, 1, 5, new PolynomialFunction(Measurand.WaterTemperature, 0, 20, 0)),
    ]);

    private static double? Nowhere(string channel) => null;

    private static CalibrationInForce? Uncalibrated(string output) => null;

    private static Func<string, double?> Volts(double? t, double? k, double? nh4) =>
        name => name switch { "t" => t, "k" => k, _ => nh4 };

    private static int Index<T>(IReadOnlyList<T> all, T one) => all.ToList().IndexOf(one);

    // 4 to 20 mA over 100 ohm, 0 to 16.
    private static Ads1115Settings Loop(string pins) => new(
    [
        new Ads1115Input("level", Index(Ads1115Registers.Pins, pins), 1, 1, 5, new CurrentLoopFunction(Measurand.WaterLevel, 100, 0, 16)),
    ]);

    private ISensor Sensor(ScriptedI2c line, Ads1115Settings settings) => Ads1115Sensor.Model.On(LineKind.I2c)!.Create(
        new I2cBus(line, time), new SensorOrder(0x48, ["level"]) { Settings = settings });

    private async Task<Reading> ReadAsync(Chip chip, Ads1115Settings settings) =>
        await Sensor(new ScriptedI2c(chip.Answer), settings).ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>The chip, with what it converts one after the other: the last for ever.</summary>
    private sealed class Chip(params IReadOnlyList<short> conversions)
    {
        private ushort configuration = 0x8583;
        private int begun;
        private int polls;

        public int BusyPolls { get; init; }

        /// <summary>What it says that it is set to, where that is not what it was told.</summary>
        public ushort? Shown { get; init; }

        public List<string> Settings { get; } = [];

        public byte[]? Answer(int address, byte[] written, int wanted)
        {
            if (address != 0x48)
            {
                return null;
            }

            if (written.Length == 3)
            {
                Settings.Add(Convert.ToHexString(written));
                configuration = BinaryPrimitives.ReadUInt16BigEndian(written.AsSpan(1));
                (begun, polls) = (begun + 1, 0);
                return [];
            }

            var word = new byte[2];
            var isBusy = written[0] == 1 && polls++ < BusyPolls;
            BinaryPrimitives.WriteUInt16BigEndian(
                word,
                written[0] == 1
                    ? (ushort)((Shown ?? configuration) & (isBusy ? 0x7FFF : 0xFFFF))
                    : unchecked((ushort)conversions[Math.Min(begun, conversions.Count) - 1]));
            return word;
        }
    }
}
