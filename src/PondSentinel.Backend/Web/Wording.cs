using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>What the page says, which speaks English.</summary>
internal static class Wording
{
    /// <summary>A number with as many digits as mean something.</summary>
    /// <param name="measurand">What it is.</param>
    /// <param name="value">The number.</param>
    public static string Number(Measurand measurand, double value) => Figures.Of(measurand, value);

    /// <summary>A number with its unit; pH is its own.</summary>
    /// <param name="number">The number.</param>
    /// <param name="unit">The unit.</param>
    public static string WithUnit(string number, string unit) => $"{number} {Vocabulary.Of(Language.English).Unit(unit)}".TrimEnd();

    /// <summary>The worst of an episode, beside the limit that it has crossed.</summary>
    /// <param name="rule">The rule; null where the configuration has it no more, so that nobody knows the unit.</param>
    /// <param name="measurand">What the channel measures.</param>
    /// <param name="peak">The number.</param>
    public static string Worst(AlertRule? rule, Measurand measurand, double peak) => rule is null
        ? Figures.Limit(peak)
        : WithUnit(Figures.Beside(rule.StatisticText is null ? measurand : null, peak, rule.Threshold.RaiseLimit), rule.Unit);

    /// <summary>A flag as a word.</summary>
    /// <param name="flag">The flag.</param>
    public static string Flag(QualityFlag flag) => Vocabulary.Of(Language.English).Flag(flag);

    /// <summary>Reasons as sentences.</summary>
    /// <param name="why">The reasons.</param>
    public static IReadOnlyList<string> ReasonsOf(Why why) => Vocabulary.Of(Language.English).Reasons(why);

    /// <summary>Why records are lost, as a sentence.</summary>
    /// <param name="cause">The cause.</param>
    public static string Loss(LossCause cause) => cause switch
    {
        LossCause.Full => "the buffer was full",
        LossCause.Thin => "thinned: a mean stands for them",
        LossCause.Bad => "the card could not be read",
        LossCause.Space => "the disk was full",
        LossCause.Had => "stored before the backend forgot it",
        _ => "for a cause that this version does not know",
    };

    /// <summary>Where a gateway has its time from.</summary>
    /// <param name="source">The source.</param>
    public static string Clock(ClockSource source) => source switch
    {
        ClockSource.Gps => "satellite",
        ClockSource.Ntp => "network time",
        ClockSource.Rtc => "its own clock",
        ClockSource.Srv => "this backend",
        ClockSource.Est => "estimate",
        _ => source.ToString(),
    };
}
