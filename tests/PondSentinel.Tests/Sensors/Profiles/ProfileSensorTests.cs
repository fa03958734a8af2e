using Microsoft.Extensions.Time.Testing;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class ProfileSensorTests
{
    private const string Ph = "01 03 04 33 33 F3 40 40 78";
    private const string Temperature = "01 03 04 CD CC 7C 41 E4 50";
    private const string Electrode = "01 03 04 E1 7A 24 C1 37 46";

    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Poll_asks_for_what_is_wanted_and_for_the_temperature_by_which_another_byte_order_shows()
    {
        var line = Line(Ph, Temperature, Electrode);

        var reading = await Read(line, "electrode", "ph");

        Assert.Equal(["010328000002CDAB", "010324000002CEFB", "010312000002C173"], line.Written.Select(written => Convert.ToHexString(written.Bytes)));
        Assert.Equal(
            [
                new OutputReading("ph", new Measurement(Measurand.Ph, 7.6), null),
                new OutputReading("temperature", new Measurement(Measurand.WaterTemperature, 15.8), null),
                new OutputReading("electrode", new Measurement(Measurand.PhElectrode, -10.28), null),
            ],
            Assert.IsType<Reading.Measured>(reading).Outputs);
    }

    [Fact]
    public async Task Read_that_fails_after_one_that_did_not_takes_only_its_own_outputs_along()
    {
        var reading = await Read(Line(Ph, "01 03 04 CD CC 7C 41 E4 51", Electrode), "ph", "temperature", "electrode");

        Assert.Equal(
            [("ph", null), ("temperature", SensorFault.Garbled), ("electrode", null)],
            Assert.IsType<Reading.Measured>(reading).Outputs.Select(output => (output.Output, output.Fault)));
    }

    [Fact]
    public async Task Probe_that_is_silent_is_not_asked_for_the_rest()
    {
        var line = Line("", Temperature, Electrode);

        var reading = await Read(line, "ph", "temperature", "electrode");

        Assert.Equal(SensorFault.NoAnswer, Assert.IsType<Reading.Failed>(reading).Fault);
        Assert.Single(line.Written);
    }

    [Fact]
    public async Task Wiper_in_the_light_fails_the_whole_poll_because_the_probe_has_stopped_measuring()
    {
        var line = Line("0B 03 0A 00 00 AC 41 00 00 44 41 FF 00 62 81");

        var reading = await Probe("yosemitech-y511", line, 11, "temperature")
            .ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            new Reading.Failed(
                SensorFault.DeviceFault, "the wiper is in the wrong position and the probe has stopped measuring: free the wiper"),
            reading);
    }

    // State register 19 of a NextPM, behind its numbers.
    [Theory]
    [InlineData("01 03 02 00 00 B8 44", null)]
    [InlineData("01 03 02 00 02 39 85", SensorFault.DeviceFault)]
    [InlineData("", SensorFault.NoAnswer)]
    [InlineData("01 03 02 00 00 B8 45", SensorFault.Garbled)]
    public async Task Numbers_that_the_probe_doubts_elsewhere_or_of_which_it_does_not_say_are_kept_and_doubted(string state, SensorFault? fault)
    {
        var reading = await StateLast(Line(Mass, state)).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            [("pm1", 12.3, fault), ("pm25", 20, fault), ("pm10", 55.5, fault)],
            Assert.IsType<Reading.Measured>(reading).Outputs.Select(
                output => (output.Output, output.Measurement!.Value.Value, output.Fault)));
    }

    [Fact]
    public async Task Fault_of_a_part_takes_only_the_numbers_of_that_part_along_in_whichever_read_they_stand()
    {
        var line = Line(Mass, "01 03 02 00 10 B9 88", "01 03 04 11 AD 09 2E E8 A2");

        var reading = await StateLast(line, "pm10", "humidity").ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            "12.3 20 55.5 DeviceFault DeviceFault", Readings.Describe(reading));
    }

    [Fact]
    public async Task Fault_of_the_whole_probe_behind_its_numbers_leaves_none_of_them()
    {
        var reading = await StateLast(Line(Mass, "01 03 02 00 20 B9 9C")).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(SensorFault.DeviceFault, Assert.IsType<Reading.Failed>(reading).Fault);
    }

    private const string Mass = "01 03 0C 30 0C 00 00 4E 20 00 00 D8 CC 00 00 B2 81";

    private ProfileSensor StateLast(ScriptedLine line, params string[] outputs)
    {
        var nextPm = SensorCatalogue.Profiles.Single(profile => profile.Id == "tera-nextpm");
        IReadOnlyList<ProfileRead> reads =
            [.. nextPm.Reads.Where(read => read.Name == "mass"), .. nextPm.Reads.Where(read => read.Name == "state"), .. nextPm.Reads.Where(read => read.Name == "inside")];
        return new ProfileSensor(
            nextPm with { Reads = reads, Identity = null },
            new ModbusRtuMaster(line, time),
            new ProfileOrder(1, outputs.Length == 0 ? ["pm10"] : outputs),
            time);
    }

    private ScriptedLine Line(params string[] replies) => new(time, number => [(20, replies[number - 1])]);

    private ValueTask<Reading> Read(ScriptedLine line, params string[] outputs) =>
        Probe("yosemitech-y532", line, 1, outputs).ReadAsync(TestContext.Current.CancellationToken);

    // Without asking who it is and without waiting, which have tests of their own.
    private ProfileSensor Probe(string id, ScriptedLine line, byte address, params string[] outputs) => new(
        SensorCatalogue.Profiles.Single(profile => profile.Id == id) with { Identity = null, Sequence = null },
        new ModbusRtuMaster(line, time),
        new ProfileOrder(address, outputs),
        time);
}
