using CsCheck;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Chemistry;

/// <summary>Expected numbers are computed by hand from the equations with CODATA 2018 and IUPAC abridged weights, apart from
/// this code.</summary>
public sealed class ElectrodeTests
{
    [Theory]
    [InlineData(0, 54.198814)]
    [InlineData(10, 56.183028)]
    [InlineData(20, 58.167243)]
    [InlineData(25, 59.159350)]
    [InlineData(30, 60.151457)]
    [InlineData(40, 62.135671)]
    public void Slope_of_an_ideal_electrode(double celsius, double millivolts) =>
        Assert.Equal(millivolts, Nernst.SlopeMillivolts(celsius), 1e-5);

    [Theory]
    [InlineData(120.0, 25, 4.972)]
    [InlineData(120.0, 10, 4.864)]
    [InlineData(-60.0, 35, 8.057)]
    public void Ph_of_an_electrode_with_97_percent_slope_and_3_mV_offset(double millivolts, double celsius, double ph)
    {
        var electrode = new PhElectrode(new Millivolts(3.0), 57.68, 25);

        Assert.Equal(0.975, electrode.SlopeShare, 5e-4);
        Assert.Equal(ph, electrode.At(new Millivolts(millivolts), celsius).Value, 5e-4);
    }

    [Theory]
    [InlineData(4.01, 6.86)]
    [InlineData(6.86, 4.01)]
    [InlineData(9.18, 4.01)]
    public void Two_buffers_in_any_order_give_the_electrode(double first, double second)
    {
        var electrode = PhElectrode.FromBuffers((first, Potential(first)), (second, Potential(second)), 25);

        Assert.Equal(57.68, electrode.SlopeMillivolts, 1e-9);
        Assert.Equal(3.0, electrode.AtPh7.Value, 1e-9);

        static double Potential(double ph) => 3.0 + (57.68 * (7 - ph));
    }

    [Fact]
    public void Cold_water_measured_without_its_temperature_reads_nearer_to_7()
    {
        var ideal = new PhElectrode(new Millivolts(0), Nernst.SlopeMillivolts(25), 25);
        var potential = new Millivolts(3 * Nernst.SlopeMillivolts(10));

        Assert.Equal(4.0, ideal.At(potential, 10).Value, 1e-9);
        Assert.Equal(4.150931, ideal.At(potential, 25).Value, 1e-6);
    }

    [Theory]
    [InlineData(87.637, 25, 47.0)]
    [InlineData(87.637, 12, 50.4)]
    [InlineData(50.0, 25, 10.0)]
    public void Ammonium_of_an_electrode_calibrated_at_10_mg_a_litre(double millivolts, double celsius, double expected)
    {
        var electrode = new IonElectrode(10, new Millivolts(50.0), 56.0, 25);

        Assert.Equal(expected, electrode.MilligramsPerLitreAt(new Millivolts(millivolts), celsius), 0.05);
    }

    [Fact]
    public void Two_standards_give_the_electrode()
    {
        var electrode = IonElectrode.FromStandards((1, 100), (100, 218.318699), 25);

        Assert.Equal(1.0, electrode.SlopeShare, 1e-6);
        Assert.Equal(0.1, electrode.MilligramsPerLitreAt(new Millivolts(100 - 59.1593495), 25), 1e-6);
    }

    [Theory]
    [InlineData(0.1, 47.0, 20, 46.28)]
    [InlineData(0.11, 2.540737, 39.098, 1.0)]
    [InlineData(0.11, 0.5, 39.098, -1.0408)]
    public void Potassium_is_taken_off_by_moles_and_nothing_is_clamped(
        double selectivity, double apparent, double potassium, double expected) =>
        Assert.Equal(
            expected,
            new PotassiumInterference(selectivity).Without(new AmmoniumNitrogen(apparent), new PotassiumIon(potassium)).MilligramsPerLitre,
            4e-3);

    [Fact]
    public void Electrode_gives_back_what_an_ideal_one_would_show() =>
        (from ph in Gen.Double[0, 14] from celsius in Gen.Double[0, 50] from share in Gen.Double[0.85, 1.05] from offset in Gen.Double[-30, 30] from buffers in Gen.Double[5, 40]
         select (ph, celsius, share, offset, buffers)).Sample(input =>
         {
             var electrode = new PhElectrode(
                 new Millivolts(input.offset), input.share * Nernst.SlopeMillivolts(input.buffers), input.buffers);
             var potential = input.offset + (input.share * Nernst.SlopeMillivolts(input.celsius) * (7 - input.ph));

             Assert.Equal(input.ph, electrode.At(new Millivolts(potential), input.celsius).Value, 1e-9);
         });
}
