using PondSentinel.Measurements;

namespace PondSentinel.Chemistry;

/// <summary>How total ammonia divides into the ammonium ion and un-ionized ammonia, the one that poisons fish.</summary>
/// <remarks>
/// <para>Source: Emerson, Russo, Lund and Thurston 1975, J. Fish. Res. Board Can. 32:2379-2383, in the form of EPA-822-R-99-014:
/// pKa = 0.09018 + 2729.92 / T, with T = 273.2 + t, as their table is computed. 273.15 gives 0.4 % less NH3.</para>
/// <para>Holds for fresh water of 0 to 30 °C and pH 0 to 14. In water of high ionic strength, such as a leachate full of sulfate, there is less
/// NH3 than computed, which is the safe side.</para>
/// </remarks>
public static class AmmoniaEquilibrium
{
    private const double EmersonZeroCelsiusKelvin = 273.2;
    private static readonly Band Table = new(0, 30);
    private static readonly Band Scale = new(0, 14);

    /// <summary>The pH at which half of the ammonia is un-ionized.</summary>
    /// <param name="water">Temperature of the water.</param>
    public static Computed<double> AcidConstant(WaterCelsius water) =>
        new(0.09018 + (2729.92 / (EmersonZeroCelsiusKelvin + water.Degrees)), !Table.Contains(water.Degrees));

    /// <summary>Which part of total ammonia is un-ionized, 0 to 1.</summary>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    public static Computed<double> UnionizedShare(PhValue ph, WaterCelsius water)
    {
        var constant = AcidConstant(water);
        return new(1 / (1 + Math.Pow(10, constant.Value - ph.Value)), IsBeyond(ph, constant));
    }

    /// <summary>Total ammonia from the ammonium alone, which is all that an ion-selective electrode sees.</summary>
    /// <param name="ammonium">The ammonium.</param>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    public static Computed<TotalAmmoniaNitrogen> Total(AmmoniumNitrogen ammonium, PhValue ph, WaterCelsius water)
    {
        var constant = AcidConstant(water);
        return new(
            new TotalAmmoniaNitrogen(ammonium.MilligramsPerLitre * (1 + Math.Pow(10, ph.Value - constant.Value))), IsBeyond(ph, constant));
    }

    /// <summary>The ammonium in total ammonia.</summary>
    /// <param name="total">The total ammonia.</param>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    public static Computed<AmmoniumNitrogen> Ammonium(TotalAmmoniaNitrogen total, PhValue ph, WaterCelsius water)
    {
        var constant = AcidConstant(water);
        return new(
            new AmmoniumNitrogen(total.MilligramsPerLitre / (1 + Math.Pow(10, ph.Value - constant.Value))), IsBeyond(ph, constant));
    }

    /// <summary>The un-ionized ammonia in total ammonia, counted as nitrogen.</summary>
    /// <param name="total">The total ammonia.</param>
    /// <param name="ph">The water's pH.</param>
    /// <param name="water">Its temperature.</param>
    public static Computed<UnionizedAmmoniaNitrogen> Unionized(TotalAmmoniaNitrogen total, PhValue ph, WaterCelsius water)
    {
        var share = UnionizedShare(ph, water);
        return new(new UnionizedAmmoniaNitrogen(total.MilligramsPerLitre * share.Value), share.IsExtrapolated);
    }

    private static bool IsBeyond(PhValue ph, Computed<double> constant) => constant.IsExtrapolated || !Scale.Contains(ph.Value);
}
