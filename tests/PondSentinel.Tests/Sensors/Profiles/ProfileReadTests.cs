using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class ProfileReadTests
{
    private static readonly ProfileOutput Level = new()
    {
        Output = new SensorOutput("level", Measurand.WaterLevel) { Range = new Band(0, 5000) },
        Number = new RegisterNumber(NumberType.S16, 2, ByteOrder.ABCD),
    };

    [Theory]
    [InlineData("04 D2", 0.1, 0, 123.4)]
    [InlineData("04 D2", 0.001, 0, 1.234)]
    [InlineData("04 D2", 0.1, -100, 23.4)]
    [InlineData("FF FB", 1, 10, 5.0)]
    [InlineData("00 07", 1e11, 0, 7e11)]
    public void Number_is_scaled_to_the_decimal_that_the_probe_means(string bytes, double scale, double offset, double expected)
    {
        var output = Level with { Scale = scale, Offset = offset, Output = Level.Output with { Range = null } };

        Assert.Equal(expected, output.Interpret(Hex.Bytes("00 00" + bytes)).Measurement?.Value);
    }

    [Theory]
    [InlineData("00 03", 1.234)]
    [InlineData("00 00", 1234.0)]
    [InlineData("00 06", 0.001234)]
    [InlineData("00 07", null)]
    [InlineData("80 01", null)]
    public void Probe_says_itself_how_many_decimals_there_are(string decimals, double? expected)
    {
        var output = Level with { Decimals = new RegisterNumber(NumberType.U16, 0, ByteOrder.ABCD) };

        var reading = output.Interpret(Hex.Bytes(decimals + "04 D2"));

        Assert.Equal((expected, expected is null ? SensorFault.WrongDevice : (SensorFault?)null), (reading.Measurement?.Value, reading.Fault));
        Assert.Equal(expected * 1000, (output with { Scale = 1000, Output = output.Output with { Range = null } }).Interpret(Hex.Bytes(decimals + "04 D2")).Measurement?.Value);
    }

    /// <summary>Coils and inputs lie eight to a byte, the first in its lowest bit.</summary>
    [Theory]
    [InlineData(0, "01 00 00", 1.0)]
    [InlineData(7, "80 00 00", 1.0)]
    [InlineData(8, "FF 01 FF", 1.0)]
    [InlineData(8, "FF FE FF", 0.0)]
    [InlineData(18, "00 00 04", 1.0)]
    public void Coil_or_input_is_one_bit(int at, string bytes, double value)
    {
        var output = new ProfileOutput
        {
            Output = new SensorOutput("pump", Measurand.PumpRunning), Number = new RegisterNumber(NumberType.Bit, at, ByteOrder.ABCD),
        };

        Assert.Equal(value, output.Interpret(Hex.Bytes(bytes)).Measurement?.Value);
        Assert.Equal(1 - value, (output with { Scale = -1, Offset = 1 }).Interpret(Hex.Bytes(bytes)).Measurement?.Value);
    }

    [Fact]
    public void Numbers_that_mean_none_and_zero_that_means_absent_are_no_values()
    {
        var output = Level with { Invalid = [-1, 0x7FFF], IsAbsentAtZero = true };

        Assert.Equal((null, SensorFault.DeviceFault), Of(output, "FF FF"));
        Assert.Equal((null, SensorFault.DeviceFault), Of(output, "7F FF"));
        Assert.Equal((null, SensorFault.Absent), Of(output, "00 00"));
        Assert.Equal((1.0, null), Of(output, "00 01"));
        Assert.Equal((0.0, null), Of(Level, "00 00"));
    }

    [Theory]
    [InlineData("00 00 8D 41", "5.0672E-41")]
    [InlineData("8D 41 00 00", "-5.9472717E-31")]
    [InlineData("42 8D 00 00", "70.5")]
    public void Impossible_number_says_that_it_is_another_probe_and_nothing_of_the_read_is_kept(string bytes, string shown)
    {
        var temperature = new ProfileOutput
        {
            Output = new SensorOutput("temperature", Measurand.WaterTemperature),
            Number = new RegisterNumber(NumberType.F32, 0, ByteOrder.ABCD),
            Plausible = new Band(-5, 60),
        };
        var read = Read([temperature, Level with { Number = Level.Number with { At = 4 } }]);

        // The first two are 17.625 degrees in another byte order.
        var failed = Assert.IsType<Reading.Failed>(read.Interpret(Hex.Bytes(bytes + "00 01")));

        Assert.Equal(SensorFault.WrongDevice, failed.Fault);
        Assert.Equal($"temperature: {shown} °C cannot be: another probe, or another byte order?", failed.Detail);
        Assert.IsType<Reading.Measured>(read.Interpret(Hex.Bytes("41 8D 00 00 00 01")));
        Assert.IsType<Reading.Measured>(read.Interpret(Hex.Bytes("00 00 00 00 00 01")));
    }

    [Theory]
    [InlineData(0xFF, null, 0x00, false)]
    [InlineData(0xFF, null, 0x10, true)]
    [InlineData(0x04, null, 0x0B, false)]
    [InlineData(0x04, null, 0x0C, true)]
    [InlineData(0xFF, 0xFF, 0xFE, false)]
    [InlineData(0xFF, 0xFF, 0xFF, true)]
    [InlineData(0x0F, 0x03, 0xF3, true)]
    [InlineData(0x0F, 0x00, 0xF0, true)]
    public void Fault_is_a_byte_or_bits_of_it(int mask, int? value, int given, bool expected) =>
        Assert.Equal(
            expected,
            new ProfileFault(1, "text") { Mask = (byte)mask, Value = (byte?)value }.IsSetIn([0x55, (byte)given]));

    [Fact]
    public void Fault_of_some_outputs_leaves_the_others_and_may_leave_a_doubtful_number()
    {
        var other = Level with { Output = new SensorOutput("other", Measurand.WaterPressure), Number = Level.Number with { At = 4 } };
        var fault = new ProfileFault(0, "the fan is slow") { Outputs = ["level"] };
        var bytes = Hex.Bytes("01 00 00 07 00 08");

        Assert.Equal(
            [new OutputReading("level", null, SensorFault.DeviceFault) { Detail = "the fan is slow" }, Value(Measurand.WaterPressure, "other", 8)],
            Outputs(Read([Level, other], fault), bytes));
        Assert.Equal(
            [
                Value(Measurand.WaterLevel, "level", 7) with { Fault = SensorFault.NotReady, Detail = "the fan is slow" },
                Value(Measurand.WaterPressure, "other", 8) with { Fault = SensorFault.NotReady, Detail = "the fan is slow" },
            ],
            Outputs(Read([Level, other], fault with { Outputs = [], KeepsNumbers = true, Fault = SensorFault.NotReady }), bytes));
        Assert.Equal(
            new Reading.Failed(SensorFault.DeviceFault, "the fan is slow"),
            Read([Level, other], fault with { Outputs = [] }).Interpret(bytes));
    }

    [Fact]
    public void Any_registers_of_any_profile_are_read_without_an_exception()
    {
        foreach (var read in SensorCatalogue.Profiles.SelectMany(profile => profile.Reads))
        {
            Gen.Byte.Array[2 * read.Count].Sample(bytes => read.Interpret(bytes), iter: 200);
        }
    }

    private static (double? Value, SensorFault? Fault) Of(ProfileOutput output, string bytes)
    {
        var reading = output.Interpret(Hex.Bytes("00 00" + bytes));
        return (reading.Measurement?.Value, reading.Fault);
    }

    private static OutputReading Value(Measurand measurand, string name, double value) =>
        new(name, new Measurement(measurand, value), null);

    private static IReadOnlyList<OutputReading> Outputs(ProfileRead read, byte[] bytes) =>
        Assert.IsType<Reading.Measured>(read.Interpret(bytes)).Outputs;

    private static ProfileRead Read(IReadOnlyList<ProfileOutput> outputs, params ProfileFault[] faults) => new()
    {
        Name = "all", IsInput = false, Register = 0, Count = 3, Outputs = outputs, Faults = faults,
    };
}
