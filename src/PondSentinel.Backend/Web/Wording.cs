using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Completeness;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>What page and report say, in one language. What rules, gateways and people have written stays in their words.</summary>
internal sealed class Wording
{
    private static readonly Wording English = new(Language.English);
    private static readonly Wording Chinese = new(Language.Chinese);

    private readonly Vocabulary words;

    private Wording(Language language) => (Language, words) = (language, Vocabulary.Of(language));

    /// <summary>The language.</summary>
    public Language Language { get; }

    /// <summary>Its code, for <c>lang</c> attributes.</summary>
    public string Code => words.Code;

    private bool IsChinese => Language == Language.Chinese;

    /// <summary>The words of a language.</summary>
    /// <param name="language">The language.</param>
    public static Wording Of(Language language) => language == Language.Chinese ? Chinese : English;

    /// <summary>A number with as many digits as mean something.</summary>
    /// <param name="measurand">What it is.</param>
    /// <param name="value">The number.</param>
    public static string Number(Measurand measurand, double value) => Figures.Of(measurand, value);

    /// <summary>A flag's name in the API: <c>good unchecked suspect bad missing</c>.</summary>
    /// <param name="flag">The flag.</param>
    public static string Token(QualityFlag flag) => Vocabulary.Of(Language.English).Flag(flag);

    /// <summary>One of two texts: the Chinese one for who reads Chinese, where somebody has written it.</summary>
    /// <param name="english">The text.</param>
    /// <param name="chinese">The same in Chinese; may be null.</param>
    public string? Either(string? english, string? chinese) => IsChinese ? chinese ?? english : english;

    /// <summary>What is measured.</summary>
    /// <param name="measurand">The measurand.</param>
    public string Label(Measurand measurand) => words.Label(measurand);

    /// <summary>A unit with its basis; pH keeps its name.</summary>
    /// <param name="unit">The unit in English.</param>
    public string Unit(string unit) => unit == Measurand.Ph.Unit ? unit : words.Unit(unit);

    /// <summary>A number with its unit; pH is its own.</summary>
    /// <param name="number">The number.</param>
    /// <param name="unit">The unit in English.</param>
    public string WithUnit(string number, string unit) => $"{number} {words.Unit(unit)}".TrimEnd();

    /// <summary>The worst of an episode, beside the limit that it has crossed.</summary>
    /// <param name="rule">The rule; null where the configuration has it no more, so that nobody knows the unit.</param>
    /// <param name="measurand">What the channel measures.</param>
    /// <param name="peak">The number.</param>
    /// <param name="isBound">Whether all that is known is that it was that or worse.</param>
    public string Worst(AlertRule? rule, Measurand measurand, double peak, bool isBound) => (rule, isBound) switch
    {
        (null, false) => Figures.Limit(peak),
        (null, true) => words.OrWorse(Figures.Limit(peak)),
        ({ } known, _) => WithUnit(Number(known, known.StatisticText is null ? measurand : null, peak, isBound), known.Unit),
    };

    /// <summary>A number beside the limit that it is held against, without its unit.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="measurand">What the channel measures, where it is a number of that.</param>
    /// <param name="number">The number.</param>
    /// <param name="isBound">Whether all that is known is that it is that or worse.</param>
    public string Number(AlertRule rule, Measurand? measurand, double number, bool isBound) =>
        Figures.Beside(measurand, number, rule.Threshold.RaiseLimit) is var figures && isBound ? words.Bound(rule.Threshold.Side.Word, figures) : figures;

    /// <summary>A limit: <c>above 15 mg/L as N</c>.</summary>
    /// <param name="rule">Its rule.</param>
    public string Limit(AlertRule rule) =>
        $"{words.Side(rule.Threshold.Side.Word)} {WithUnit(Figures.Limit(rule.Threshold.RaiseLimit), rule.Unit)}";

    /// <summary>What a rule's limits are held against; null: each value.</summary>
    /// <param name="rule">The rule.</param>
    public string? Statistic(AlertRule rule) => Either(rule.StatisticText, rule.StatisticTextZh);

    /// <summary>What a rule's limits are numbers of.</summary>
    /// <param name="rule">The rule.</param>
    public string Quantity(AlertRule rule) => (Statistic(rule), IsChinese) switch
    {
        (null, _) => Label(rule.Measurand),
        ({ } statistic, true) => $"{Label(rule.Measurand)}（{statistic}）",
        ({ } statistic, false) => $"{Label(rule.Measurand)}, {statistic}",
    };

    /// <summary>What a rule means, by its author.</summary>
    /// <param name="rule">The rule.</param>
    public string Meaning(AlertRule rule) => Either(rule.Text, rule.TextZh)!;

    /// <summary>Standard and clause of a rule; empty where it names none.</summary>
    /// <param name="rule">The rule.</param>
    public string Source(AlertRule rule) => string.Join(words.Comma, new[] { rule.Standard, Clause(rule) }.OfType<string>());

    /// <summary>The clause of a rule's limit, and what of it nobody has compared with the standard; null where there is neither.</summary>
    /// <param name="rule">The rule.</param>
    public string? Clause(AlertRule rule) => words.Clause(rule);

    /// <summary>A flag as a word.</summary>
    /// <param name="flag">The flag.</param>
    public string Flag(QualityFlag flag) => words.Flag(flag);

    /// <summary>Reasons as sentences.</summary>
    /// <param name="why">The reasons.</param>
    public IReadOnlyList<string> Reasons(Why why) => words.Reasons(why);

    /// <summary>What a calibration has found: how much of the slope is left, the offset, and what was shown in the standards before anything
    /// was done; empty where nobody has noted it.</summary>
    /// <param name="record">The calibration.</param>
    public string Found(CalibrationRecord record)
    {
        var slopes = string.Join(" / ", record.SlopePercent.Select(slope => string.Create(CultureInfo.InvariantCulture, $"{slope:0.0}")));
        var unit = record.Kind.IsElectrode ? Measurand.PhElectrode.Unit : record.Measurand.Unit;
        var before = string.Join(words.Comma, record.AsFound.Select(reading => string.Create(
            CultureInfo.InvariantCulture, $"{reading.Raw:0.###}{(record.Kind.IsElectrode ? $" {unit}" : "")} {(IsChinese ? "对应" : "in")} {reading.Standard:0.###}")));
        return string.Join(IsChinese ? "；" : "; ", new[]
        {
            slopes.Length > 0 ? $"{(IsChinese ? "斜率" : "slope")} {slopes} %" : "",
            record.Offset is { } offset ? $"{(IsChinese ? "零点偏移" : "offset")} {WithUnit(string.Create(CultureInfo.InvariantCulture, $"{offset:0.###}"), unit)}" : "",
            before.Length > 0 ? $"{(IsChinese ? "校准前示值" : "as found")} {before}" : "",
        }.Where(part => part.Length > 0));
    }

    /// <summary>What became of polls.</summary>
    /// <param name="fate">Their fate.</param>
    public string Fate(Fate fate) => IsChinese ? fate.WordsZh : fate.Words;

    /// <summary>What became of a channel's polls, in a sentence.</summary>
    /// <param name="summary">The sums.</param>
    public string Completeness(LedgerSummary summary) => LedgerText.Of(summary, Language);

    /// <summary>A length of time, in two units at most.</summary>
    /// <param name="ms">The length, ms.</param>
    public string Span(long ms) => LedgerText.Span(ms, Language);

    /// <summary>What account is called that no channel can be told of.</summary>
    public string NoChannel => IsChinese ? "丢失，且无法确定所属通道" : "Lost, and no channel can be told";

    /// <summary>Why records are lost, as a sentence.</summary>
    /// <param name="cause">The cause.</param>
    public string Loss(LossCause cause) => cause switch
    {
        LossCause.Full => IsChinese ? "缓存已满" : "the buffer was full",
        LossCause.Thin => IsChinese ? "已抽稀：由均值代表" : "thinned: a mean stands for them",
        LossCause.Bad => IsChinese ? "存储卡无法读取" : "the card could not be read",
        LossCause.Space => IsChinese ? "磁盘已满" : "the disk was full",
        LossCause.Had => IsChinese ? "后台遗忘之前已入库" : "stored before the backend forgot it",
        _ => IsChinese ? "本版本无法识别的原因" : "for a cause that this version does not know",
    };

    /// <summary>Where a gateway has its time from.</summary>
    /// <param name="source">The source.</param>
    public string Clock(ClockSource source) => source switch
    {
        ClockSource.Gps => IsChinese ? "卫星授时" : "satellite",
        ClockSource.Ntp => IsChinese ? "网络授时" : "network time",
        ClockSource.Rtc => IsChinese ? "自带时钟" : "its own clock",
        ClockSource.Srv => IsChinese ? "本后台" : "this backend",
        ClockSource.Est => IsChinese ? "估计值" : "estimate",
        _ => source.ToString(),
    };
}
