using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>What a notice tells, each piece as text already; the language puts them into sentences.</summary>
/// <param name="Quantity">What is measured.</param>
/// <param name="Statistic">What of it, where not its values.</param>
/// <param name="Place"><c>site/station</c>.</param>
/// <param name="Source"><c>device.channel</c>.</param>
/// <param name="Indicative">Whether the device shows a trend only.</param>
/// <param name="Value">The value that made the step.</param>
/// <param name="Peak">The worst one.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Side">The bad side, as a word of the language.</param>
/// <param name="Unit">Unit of all of them; empty for what is a number by itself.</param>
/// <param name="Since">When it began.</param>
/// <param name="Until">When it was over.</param>
internal sealed record Told(
    string Quantity,
    string? Statistic,
    string Place,
    string Source,
    bool Indicative,
    string Value,
    string Peak,
    string Limit,
    string Side,
    string Unit,
    string Since,
    string Until)
{
    /// <summary>The silence of a gateway; null for anything else.</summary>
    public ToldSilence? Silence { get; init; }

    /// <summary>Why it is withdrawn, one of <see cref="WithdrawalCauses"/>; null for anything else.</summary>
    public string? Cause { get; init; }

    /// <summary>Since when the value is back, where it is over and that is known.</summary>
    public string? Back { get; init; }

    /// <summary>Whether it is over by having lasted for so long that it counts as usual.</summary>
    public bool IsUsualNow { get; init; }

    /// <summary>Whether it ends with a value that is past the limit: the rule has ended, and not what it told of.</summary>
    public bool IsStillPast { get; init; }

    /// <summary>What is known since, where it is told again or late.</summary>
    public ToldLater? Later { get; init; }

    /// <summary>The site at which its gateway is now, where it is taken back for that.</summary>
    public string? MovedTo { get; init; }

    /// <summary>A number with its unit.</summary>
    /// <param name="number">The number.</param>
    public string WithUnit(string number) => Unit.Length == 0 ? number : $"{number} {Unit}";
}

/// <summary>The silence of a gateway, in words.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Site">Its site.</param>
/// <param name="Heard">When something was last heard of it before.</param>
/// <param name="For">For how long it was silent, as far as told.</param>
/// <param name="Counted">How much of that was counted; null for all.</param>
internal sealed record ToldSilence(string Gateway, string Site, string Heard, string For, string? Counted);

/// <summary>What the lines below the sentence are called.</summary>
internal sealed record FactLabels
{
    public required string Meaning { get; init; }

    public required string Place { get; init; }

    public required string Alarm { get; init; }

    public required string TakeOn { get; init; }

    public required string Page { get; init; }

    public required string Value { get; init; }

    public required string Limit { get; init; }

    public required string Averaging { get; init; }

    public required string Own { get; init; }

    public required string Against { get; init; }

    public required string Complete { get; init; }

    public required string Beside { get; init; }

    public required string Condition { get; init; }

    public required string Standard { get; init; }

    public required string Unchecked { get; init; }

    public required string Since { get; init; }

    public required string Until { get; init; }

    public required string Over { get; init; }

    public required string Worst { get; init; }

    public required string Quality { get; init; }

    public required string Device { get; init; }

    public required string Calibration { get; init; }

    public required string Action { get; init; }
}

/// <summary>The words and sentences of a language.</summary>
internal abstract class Vocabulary
{
    private static readonly EnglishVocabulary English = new();
    private static readonly ChineseVocabulary Chinese = new();

    /// <summary>Names of the lines below the sentence.</summary>
    public abstract FactLabels Labels { get; }

    /// <summary>What stands below every message.</summary>
    public abstract string Provisional { get; }

    /// <summary>The code of the language, for <c>lang</c> attributes.</summary>
    public abstract string Code { get; }

    /// <summary>A condition of a rule.</summary>
    /// <param name="condition">The condition.</param>
    public abstract string Condition(ConditionReading condition);

    /// <summary>What is to be done of what is over and nobody was told of.</summary>
    public abstract string PastAction { get; }

    /// <summary>What is to be done of what is over only because it has become usual.</summary>
    public abstract string OutlastedAction { get; }

    /// <summary>Stands behind the name of a line.</summary>
    public abstract string Colon { get; }

    /// <summary>Stands between two pieces of one line.</summary>
    public abstract string Comma { get; }

    /// <summary>Stands between two reasons.</summary>
    public abstract string Separator { get; }

    /// <summary>The words of a language.</summary>
    /// <param name="language">The language.</param>
    public static Vocabulary Of(Language language) => language switch
    {
        Language.English => English,
        Language.Chinese => Chinese,
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, "Not a defined language."),
    };

    /// <summary>A few words: how soon to look, or that it is over, what, how much and where.</summary>
    public abstract string Title(AlertNotice notice, Told told);

    /// <summary>What is measured, where, and by what: how a sentence begins.</summary>
    public abstract string What(Told told);

    /// <summary>One sentence that says it all.</summary>
    public abstract string Sentence(NoticeKind kind, Told told);

    /// <summary>How soon somebody has to look.</summary>
    public abstract string Severity(Severity severity);

    /// <summary>A flag.</summary>
    public abstract string Flag(QualityFlag flag);

    /// <summary>Reasons, each as a few words.</summary>
    public IReadOnlyList<string> Reasons(Why why) =>
        [.. ReasonTable.Where(row => (why & row.Why) != 0).Select(row => row.Words)];

    /// <summary>Reasons that are given as tokens of the wire, each as a few words.</summary>
    public IReadOnlyList<string> Reasons(IReadOnlyList<string>? tokens) =>
        Reasons(tokens?.Aggregate(Why.None, (sum, token) => sum | WhyTokens.Parse(token)) ?? Why.None);

    /// <summary>What is measured.</summary>
    public abstract string Label(Measurand measurand);

    /// <summary>A unit with its basis.</summary>
    /// <param name="unit">The unit in English.</param>
    public abstract string Unit(string unit);

    /// <summary>The bad side of a limit.</summary>
    /// <param name="side"><c>above</c> or <c>below</c>.</param>
    public abstract string Side(string side);

    /// <summary>A number that the truth lies at or beyond.</summary>
    /// <param name="side">The side on which it lies: <c>above</c> or <c>below</c>.</param>
    /// <param name="number">The number.</param>
    public abstract string Bound(string side, string number);

    /// <summary>A number that the truth lies at or beyond, where nobody knows on which side.</summary>
    /// <param name="number">The number.</param>
    public abstract string OrWorse(string number);

    /// <summary>What to do where the probe cannot measure so much.</summary>
    public abstract string BoundAction { get; }

    /// <summary>A limit with what it takes to be over.</summary>
    public abstract string Limit(Told told, string? clear);

    /// <summary>What of the values the limit is held against, where a rule has a statistic.</summary>
    /// <param name="notice">The notice.</param>
    public abstract string? Statistic(AlertNotice notice);

    /// <summary>What is held against the limit where there is no statistic.</summary>
    public abstract string EachValue { get; }

    /// <summary>What measures: the channel by its device, at its gateway.</summary>
    public abstract string Source(Told told, string gateway);

    /// <summary>What a device is good for.</summary>
    public abstract string Grade(string grade);

    /// <summary>What the rule means, by its author.</summary>
    public abstract string Meaning(AlertNotice notice);

    /// <summary>A text of a rule's author in this language, where there is one, else in the other.</summary>
    /// <param name="english">The text in English.</param>
    /// <param name="chinese">The same in Chinese.</param>
    public abstract string? Either(string? english, string? chinese);

    /// <summary>The clause of a rule's limit, and what of it nobody has compared with the standard; null where there is neither.</summary>
    /// <param name="rule">The rule.</param>
    public string? Clause(AlertRule rule) => Either(rule.Unchecked, rule.UncheckedZh) is not { } doubt ? Either(rule.Clause, rule.ClauseZh)
        : string.Join(Comma, new[] { Either(rule.Clause, rule.ClauseZh), $"{Labels.Unchecked}{Colon}{doubt}" }.OfType<string>());

    /// <summary>What to do, by the rule's author.</summary>
    public abstract string? Action(AlertNotice notice);

    /// <summary>When the channel was last calibrated.</summary>
    /// <param name="day">The day; null where none is known.</param>
    /// <param name="daysBefore">How many days before the value; negative: after it.</param>
    public abstract string Calibrated(string? day, int daysBefore);

    /// <summary>A time of the clocks of those who read, to the minute.</summary>
    /// <param name="at">The time.</param>
    /// <param name="utcOffset">What these clocks are ahead of UTC.</param>
    public abstract string Time(DateTimeOffset at, TimeSpan utcOffset);

    /// <summary>A length of time, in two units at most.</summary>
    public abstract string Length(TimeSpan length);

    /// <summary>A length with how it stands to a time: <c>since 10 min</c>.</summary>
    public abstract string Lasting(string begun, TimeSpan length);

    /// <summary>When it was over, with how long the value had been back by then.</summary>
    public abstract string Held(string over, TimeSpan length);

    /// <summary>The words of each reason.</summary>
    protected abstract IReadOnlyList<(Why Why, string Words)> ReasonTable { get; }

    /// <summary>Day and minute, without the zone.</summary>
    protected static string Minute(DateTimeOffset at, TimeSpan utcOffset) =>
        at.ToOffset(utcOffset).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The name of a zone by its offset: <c>UTC+8</c>, <c>UTC+5:30</c>, <c>UTC</c>.</summary>
    protected static string Zone(TimeSpan utcOffset)
    {
        var minutes = Math.Abs(utcOffset.Minutes);
        return utcOffset == TimeSpan.Zero ? "UTC" : string.Create(
            CultureInfo.InvariantCulture,
            $"UTC{(utcOffset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(utcOffset.Hours)}{(minutes == 0 ? "" : $":{minutes:00}")}");
    }
}
