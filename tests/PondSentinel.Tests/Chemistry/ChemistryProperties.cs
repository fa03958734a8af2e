using CsCheck;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Chemistry;

/// <summary>What holds of the formulas everywhere: there and back, rising and falling, and where they end.</summary>
public sealed class ChemistryProperties
{
    private static readonly Gen<PhValue> AnyPh = Gen.Double[0, 14].Select(ph => new PhValue(ph));
    private static readonly Gen<WaterCelsius> AnyWater = Gen.Double[-5, 60].Select(degrees => new WaterCelsius(degrees));
    private static readonly Gen<double> AnyAmount = Gen.Double[0, 5000];

    [Fact]
    public void Every_basis_comes_back_as_it_was() => AnyAmount.Sample(amount =>
    {
        Near(amount, AmmoniumNitrogen.From(AmmoniumIon.From(new AmmoniumNitrogen(amount))).MilligramsPerLitre);
        Near(amount, UnionizedAmmonia.From(new UnionizedAmmoniaNitrogen(amount)).MilligramsPerLitre / UnionizedAmmonia.PerNitrogen);
    });

    [Fact]
    public void Ammonium_and_ammonia_make_up_the_total() =>
        Gen.Select(AnyAmount, AnyPh, AnyWater).Sample((amount, ph, water) =>
        {
            var total = new TotalAmmoniaNitrogen(amount);
            var ammonium = AmmoniaEquilibrium.Ammonium(total, ph, water).Value;
            Near(amount, ammonium.MilligramsPerLitre + AmmoniaEquilibrium.Unionized(total, ph, water).Value.MilligramsPerLitre);
            Near(amount, AmmoniaEquilibrium.Total(ammonium, ph, water).Value.MilligramsPerLitre);
        });

    [Fact]
    public void More_ammonia_is_un_ionized_the_higher_the_pH_and_the_warmer() =>
        Gen.Select(AnyPh, AnyPh, AnyWater, AnyWater).Sample((a, b, cold, warm) =>
        {
            var (low, high) = a.Value < b.Value ? (a, b) : (b, a);
            (cold, warm) = cold.Degrees < warm.Degrees ? (cold, warm) : (warm, cold);
            Assert.True(Share(low, cold) <= Share(high, cold));
            Assert.True(Share(low, cold) <= Share(low, warm));
            Assert.InRange(Share(low, cold), 0, 1);
        });

    [Fact]
    public void Criteria_fall_with_pH_and_warmth_and_salmonids_and_mussels_never_raise_them() =>
        Gen.Select(AnyPh, AnyPh, AnyWater, AnyWater).Sample((a, b, cold, warm) =>
        {
            var (low, high) = a.Value < b.Value ? (a, b) : (b, a);
            (cold, warm) = cold.Degrees < warm.Degrees ? (cold, warm) : (warm, cold);
            foreach (var guests in new[] { true, false })
            {
                var acute = Acute(low, cold, guests);
                var chronic = Chronic(low, cold, guests);
                Assert.True(acute >= Acute(high, cold, guests) && acute >= Acute(low, warm, guests));
                Assert.True(chronic >= Chronic(high, cold, guests) && chronic >= Chronic(low, warm, guests));
            }

            Assert.True(Acute(low, cold, true) <= Acute(low, cold, false));
            Assert.True(Chronic(low, cold, true) <= Chronic(low, cold, false));
        });

    [Theory]
    [InlineData(6.5, 0, false)]
    [InlineData(9.0, 30, false)]
    [InlineData(6.499, 20, true)]
    [InlineData(9.001, 20, true)]
    [InlineData(7, -0.01, true)]
    [InlineData(7, 30.01, true)]
    [InlineData(double.NaN, 20, true)]
    [InlineData(7, double.NaN, true)]
    public void Criteria_hold_from_pH_6_and_a_half_to_9_and_0_to_30_degrees(double ph, double celsius, bool isExtrapolated)
    {
        Assert.Equal(isExtrapolated, AmmoniaCriteria.Acute(new PhValue(ph), new WaterCelsius(celsius)).IsExtrapolated);
        Assert.Equal(isExtrapolated, AmmoniaCriteria.Chronic(new PhValue(ph), new WaterCelsius(celsius)).IsExtrapolated);
    }

    [Theory]
    [InlineData(17.4, 1.0)]
    [InlineData(17.6, 18.0 / 17)]
    [InlineData(0, 0)]
    public void Ratio_is_above_1_only_where_two_figures_are(double total, double ratio)
    {
        var criterion = AmmoniaCriteria.Acute(new PhValue(7), new WaterCelsius(20));

        Near(ratio, AmmoniaCriteria.Ratio(new TotalAmmoniaNitrogen(total), criterion).Value);
    }

    [Fact]
    public void Conductivity_comes_back_from_25_degrees_as_it_was() =>
        Gen.Select(AnyAmount, Gen.Double[0, 50], Gen.Double[0, 0.035]).Sample((amount, celsius, perDegree) =>
        {
            var water = new WaterCelsius(celsius);
            var specific = ConductivityReference.At25(new Conductivity(amount), water, perDegree);
            Near(amount, ConductivityReference.AtTemperature(specific.Value, water, perDegree).Value.MicrosiemensPerCentimetre);
            Assert.Equal(celsius > 30, specific.IsExtrapolated);
        });

    [Theory]
    [InlineData(1000, 25, 1000)]
    [InlineData(1000, 20, 1105.5832)]
    [InlineData(1000, 0, 1913.8756)]
    public void Conductivity_at_25_degrees_is_as_computed_by_hand(double measured, double celsius, double expected) =>
        Assert.Equal(expected, ConductivityReference.At25(new Conductivity(measured), new WaterCelsius(celsius)).Value.MicrosiemensPerCentimetre, 1e-3);

    [Fact]
    public void Water_colder_than_the_line_allows_has_no_conductivity()
    {
        var frozen = ConductivityReference.At25(new Conductivity(100), new WaterCelsius(-60));

        Assert.True(double.IsNaN(frozen.Value.MicrosiemensPerCentimetre) && frozen.IsExtrapolated);
    }

    [Fact]
    public void PH_compensated_back_is_as_it_was() =>
        Gen.Select(AnyPh, AnyWater, AnyWater).Sample((ph, counted, water) =>
        {
            var there = PhCompensation.At(ph, counted, water).Value;
            Assert.Equal(ph.Value, PhCompensation.At(there, water, counted).Value.Value, 1e-9);
            Assert.Equal(ph.Value > 7, there.Value > 7);
        });

    [Theory]
    [InlineData(4, 25, false)]
    [InlineData(12.5, 25, true)]
    [InlineData(-0.5, 25, true)]
    [InlineData(4, 51, true)]
    [InlineData(4, -1, true)]
    public void PH_holds_in_glass_and_in_liquid_water(double shown, double celsius, bool isExtrapolated) =>
        Assert.Equal(
            isExtrapolated, PhCompensation.At(new PhValue(shown), new WaterCelsius(celsius), new WaterCelsius(celsius)).IsExtrapolated);

    private static double Share(PhValue ph, WaterCelsius water) => AmmoniaEquilibrium.UnionizedShare(ph, water).Value;

    private static double Acute(PhValue ph, WaterCelsius water, bool withSalmonids) =>
        AmmoniaCriteria.Acute(ph, water, withSalmonids).Value.MilligramsPerLitre;

    private static double Chronic(PhValue ph, WaterCelsius water, bool withMussels) =>
        AmmoniaCriteria.Chronic(ph, water, withMussels).Value.MilligramsPerLitre;

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, Math.Abs(expected) * 1e-9);
}
