using PondSentinel.Simulator.Model;

namespace PondSentinel.Tests.Simulator.Model;

public sealed class AcidityTests
{
    [Theory]
    [InlineData(0, 6.90)] // 0.24 meq/L at 2,000 µatm: -log10(1.51e-8 x 2e-3 / 0.24e-3)
    [InlineData(0.02, 6.30)] // 0.06 meq/L left
    [InlineData(0.030, 4.51)] // 0.03 mmol/L of strong acid: nearly all of it free
    [InlineData(0.040, 3.92)] // 0.12 mmol/L
    public void Leaked_ammonium_gives_this_ph(double kilogramsPerCubicMetre, double ph) =>
        Assert.Equal(ph, Acidity.Ph(Acidity.BackgroundAlkalinity, kilogramsPerCubicMetre, afternoon: 0), 0.01);

    [Fact]
    public void More_leak_is_never_less_acid()
    {
        var before = double.MaxValue;
        for (var milligrams = 0; milligrams <= 300; milligrams++)
        {
            var ph = Acidity.Ph(Acidity.BackgroundAlkalinity, milligrams / 1000.0, afternoon: 0);
            Assert.True(ph < before);
            before = ph;
        }

        // Mine streams with 26 to 208 mg/L of N are reported at pH 3 to 4.
        Assert.InRange(before, 2.5, 3.2);
    }

    [Fact]
    public void Algae_lift_the_ph_by_a_tenth_in_the_afternoon() =>
        Assert.Equal(
            0.2,
            Acidity.Ph(Acidity.BackgroundAlkalinity, 0, afternoon: 1)
                - Acidity.Ph(Acidity.BackgroundAlkalinity, 0, afternoon: -1),
            0.001);
}
