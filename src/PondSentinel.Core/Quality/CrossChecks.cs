using PondSentinel.Measurements;

namespace PondSentinel.Quality;

/// <summary>A check of a channel's value against what another channel measures. Pure.</summary>
/// <remarks>What two channels say of each other never fails a value: nobody knows which of the two is wrong. It makes it
/// suspect, with a reason.</remarks>
public abstract record CrossCheck
{
    private protected CrossCheck()
    {
    }

    /// <summary>Why a value is suspect to this check.</summary>
    public abstract Why Why { get; }

    /// <summary>What is wrong with the settings; null where nothing is.</summary>
    public abstract SettingFault? Fault { get; }

    /// <summary>Whether a value is suspect beside the other channel's number.</summary>
    /// <param name="value">The value, finite.</param>
    /// <param name="other">The other channel's number, finite and of about the same time.</param>
    public abstract bool IsSuspect(double value, double other);
}

/// <summary>Two channels that measure the same thing at the same place, for example the temperature of two probes in one pipe.
/// </summary>
/// <param name="Apart">How far they may be apart, in their unit; above zero.</param>
public sealed record AgreementCheck(double Apart) : CrossCheck
{
    /// <inheritdoc/>
    public override Why Why => Why.Disagrees;

    /// <inheritdoc/>
    public override SettingFault? Fault => double.IsFinite(Apart) && Apart > 0 ? null : new SettingFault("apart", "must be above 0", "write for example apart = 1");

    /// <inheritdoc/>
    public override bool IsSuspect(double value, double other) => Math.Abs(value - other) > Apart;
}

/// <summary>Ammonium does not come alone: with its anion it conducts. An ammonium value that the conductivity of the same water
/// cannot carry is no ammonium: potassium, a membrane that ends, a probe in air.</summary>
/// <remarks>At infinite dilution and 25 °C a mole of ammonium ions conducts 73.5 S cm² and as much charge of sulfate 80.0
/// (limiting ionic conductivities), which is 10.96 µS/cm for each mg/L of N; concentration takes more than half of it, and probes
/// are wrong by some tens of percent. <see cref="PerMilligramUsual"/> is below all that: it finds what cannot be, not what is a
/// little wrong.</remarks>
/// <param name="PerMilligram">Least conductivity that 1 mg/L of ammonium as N makes, µS/cm; above zero.</param>
/// <param name="NitrogenShare">What share of the channel's mg/L is nitrogen: 1 where it is measured as N.</param>
public sealed record ConductivityCheck(double PerMilligram, double NitrogenShare) : CrossCheck
{
    /// <summary>What holds where nobody says otherwise: 2 µS/cm for each mg/L of N.</summary>
    public const double PerMilligramUsual = 2;

    /// <inheritdoc/>
    public override Why Why => Why.Implausible;

    /// <inheritdoc/>
    public override SettingFault? Fault =>
        double.IsFinite(PerMilligram) && PerMilligram > 0 ? null : new SettingFault("per_mg_l", "must be above 0", "write for example per_mg_l = 2");

    /// <inheritdoc/>
    public override bool IsSuspect(double value, double other) => value * NitrogenShare * PerMilligram > other;
}

/// <summary>A value that is only to be trusted while something else is within bounds: dust while the air is not too humid, an
/// ion-selective electrode within its window of pH, an analog input while the supply holds.</summary>
/// <param name="Low">The other channel's number may not be below; minus infinity where there is no such bound.</param>
/// <param name="High">Nor above; infinity where there is no such bound.</param>
/// <param name="Because">Why a value is suspect outside.</param>
public sealed record ConditionCheck(double Low, double High, Why Because) : CrossCheck
{
    /// <summary>Above this humidity, %, droplets count as dust where nobody says otherwise: 85. Optical sensors inflate from about
    /// 75 % on, dust of minerals less than smoke (Jayaratne and others 2018, AMT 11:4883).</summary>
    public const double HumidityMaxUsual = 85;

    /// <summary>Below this pH an ammonium electrode is out of its window where nobody says otherwise: 4.</summary>
    public const double ElectrodePhMinUsual = 4;

    /// <summary>Above this pH it is too, because ammonium is ammonia there: 9.</summary>
    public const double ElectrodePhMaxUsual = 9;

    /// <inheritdoc/>
    public override Why Why => Because;

    /// <inheritdoc/>
    public override SettingFault? Fault => Low < High ? null : new SettingFault("low", "must be below high", "put the lower number first");

    /// <inheritdoc/>
    public override bool IsSuspect(double value, double other) => other < Low || other > High;
}
