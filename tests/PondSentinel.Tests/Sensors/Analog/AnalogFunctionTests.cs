using PondSentinel.Chemistry;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Analog;

namespace PondSentinel.Tests.Sensors.Analog;

public sealed class AnalogFunctionTests
{
    // 100 ohm: 0.1 V a milliampere; a level of 0 to 5000 mm.
    [Theory]
    [InlineData(0.0, "DeviceFault")]
    [InlineData(3.59, "DeviceFault")]
    [InlineData(3.61, "-121.875 OverRange")]
    [InlineData(3.79, "-65.625 OverRange")]
    [InlineData(3.81, "-59.375")]
    [InlineData(4.0, "0")]
    [InlineData(12.0, "2500")]
    [InlineData(20.0, "5000")]
    [InlineData(20.49, "5153.125")]
    [InlineData(20.51, "5159.375 OverRange")]
    [InlineData(20.99, "5309.375 OverRange")]
    [InlineData(21.01, "DeviceFault")]
    public void Current_loop_has_the_bands_of_namur(double milliamperes, string expected) =>
        Assert.Equal(expected, Apply(new CurrentLoopFunction(Measurand.WaterLevel, 100, 0, 5000), milliamperes / 10, default));

    [Theory]
    [InlineData(0.0, "x: 0.00 mA, the loop is open: check the transmitter's supply, the wires and the resistor")]
    [InlineData(0.49, "x: 0.49 mA, the loop is open: check the transmitter's supply, the wires and the resistor")]
    [InlineData(0.51, "x: 0.51 mA, the transmitter says that it, or its sensor, is broken")]
    [InlineData(3.59, "x: 3.59 mA, the transmitter says that it, or its sensor, is broken")]
    [InlineData(21.01, "x: 21.01 mA, the transmitter says that it, or its sensor, is broken")]
    [InlineData(12.0, null)]
    public void Current_loop_without_a_value_says_why(double milliamperes, string? expected) => Assert.Equal(
        expected, new CurrentLoopFunction(Measurand.WaterLevel, 100, 0, 5000).Apply("x", milliamperes / 10, default, calibrated: null)[0].Detail);

    [Fact]
    public void Straight_line_goes_through_its_points()
    {
        var line = PolynomialFunction.Through(Measurand.WaterTemperature, (0.5, -10), (2.5, 40));

        Assert.Equal("-10", Apply(line, 0.5, default));
        Assert.Equal("40", Apply(line, 2.5, default));
        Assert.Equal("15", Apply(line, 1.5, default));
    }

    [Fact]
    public void Polynomial_of_a_certificate() =>
        Assert.Equal("525", Apply(new PolynomialFunction(Measurand.TurbidityNtu, 5, 200, 30), 2, default));

    [Fact]
    public void Ph_is_behind_an_amplifier_and_its_potential_stands_beside_it()
    {
        // PH-4502C like: inverting, zero at 2.5 V.
        var function = new PhFunction(new ElectrodeInput(-5, 2500), new PhElectrode(new Millivolts(0), Nernst.SlopeMillivolts(25), 25));
        var volts = 2.5 - (5 * 3 * Nernst.SlopeMillivolts(25) / 1000);

        var outputs = function.Apply("ph", volts, new WaterAround(25, null, false), calibrated: null);

        Assert.Equal(["ph", "ph_electrode"], outputs.Select(output => output.Output));
        Assert.Equal(4.0, outputs[0].Measurement!.Value.Value, 1e-9);
        Assert.Equal(3 * Nernst.SlopeMillivolts(25), outputs[1].Measurement!.Value.Value, 1e-9);
        Assert.Equal([Measurand.Ph, Measurand.PhElectrode], outputs.Select(output => output.Measurement!.Value.Measurand));
    }

    [Theory]
    [InlineData(1.0, 0, 0.0, false, null)]
    [InlineData(1.0, 0, 0.0, true, SensorFault.Uncompensated)]
    [InlineData(0.84, 0, 0.0, false, SensorFault.DeviceFault)]
    [InlineData(1.06, 0, 0.0, false, SensorFault.DeviceFault)]
    [InlineData(1.0, 31, 0.031, false, SensorFault.DeviceFault)]
    [InlineData(1.0, 0, 0.5, false, SensorFault.OverRange)]
    [InlineData(1.0, 0, -0.5, false, SensorFault.OverRange)]
    public void Ph_that_is_doubtful_is_kept_and_says_why(double share, double offset, double volts, bool isLost, SensorFault? expected)
    {
        var electrode = new PhElectrode(new Millivolts(offset), share * Nernst.SlopeMillivolts(25), 25);

        var ph = new PhFunction(new ElectrodeInput(1, 0), electrode).Apply("ph", volts, new WaterAround(null, null, isLost), calibrated: null)[0];

        Assert.NotNull(ph.Measurement);
        Assert.Equal(expected, ph.Fault);
    }

    [Theory]
    [InlineData(25.0, null, false, "46.999 87.637")]
    [InlineData(null, null, false, "46.999 87.637")]
    [InlineData(25.0, 20.0, false, "46.211 87.637")]
    [InlineData(25.0, 20.0, true, "46.211 Uncompensated 87.637")]
    [InlineData(25.0, 23.6, false, "46.069 Uncompensated 87.637")]
    [InlineData(12.0, null, false, "50.435 Uncompensated 87.637")]
    [InlineData(25.0, 2000.0, false, "-31.817 OverRange 87.637")]
    public void Ammonium_is_corrected_for_what_is_known_and_doubted_for_what_is_not(
        double? celsius, double? potassium, bool isLost, string expected)
    {
        var function = new IonFunction(
            MeasuredIon.Ammonium,
            new ElectrodeInput(1, 0),
            new IonElectrode(10, new Millivolts(50), 56, 25),
            new Band(0.1, 1000),
            new PotassiumInterference(PotassiumInterference.UsualSelectivity));

        Assert.Equal(expected, Rounded(function.Apply("nh4n", 0.087637, new WaterAround(celsius, potassium, isLost), calibrated: null)));
    }

    private static string Apply(AnalogFunction function, double volts, WaterAround water) =>
        Rounded(function.Apply("x", volts, water, calibrated: null));

    private static string Rounded(IReadOnlyList<OutputReading> outputs) => Readings.Describe(new Reading.Measured(
    [
        .. outputs.Select(output => output.Measurement is { } measurement
            ? output with { Measurement = measurement with { Value = Math.Round(measurement.Value, 3) } }
            : output),
    ]));
}
