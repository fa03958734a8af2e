using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting;

/// <summary>What people are told of an episode. The order is stored: only add at the end.</summary>
public enum NoticeKind
{
    /// <summary>It has begun and still holds at the newest value.</summary>
    Firing,

    /// <summary>It is over.</summary>
    Cleared,

    /// <summary>It came to light after it was over: late records brought it.</summary>
    Past,

    /// <summary>It was announced, and late records or another rule text show that it was none.</summary>
    Withdrawn,
}

/// <summary>One message to people, as every channel of notification gets it. The JSON form is the body of the webhook and
/// is described in Notification/Webhook/README.md: never rename a member, only add.</summary>
public sealed record AlertNotice
{
    /// <summary>Form of the message.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary>Identity of this message: who has seen it drops it.</summary>
    public required string Id { get; init; }

    /// <summary>Identity of the episode: all messages of one alert share it.</summary>
    public required string Episode { get; init; }

    /// <summary>The rule's id.</summary>
    public required string Rule { get; init; }

    /// <summary>What is told: <c>firing</c>, <c>cleared</c>, <c>past</c> or <c>withdrawn</c>.</summary>
    public required NoticeKind Phase { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>Site.</summary>
    public required string Site { get; init; }

    /// <summary>Station.</summary>
    public required string Station { get; init; }

    /// <summary>What people call the station, where its gateway has said.</summary>
    public string? StationLabel { get; init; }

    /// <summary>Where the station is: degrees north, WGS 84; null where its gateway has not said.</summary>
    public double? Lat { get; init; }

    /// <summary>Degrees east.</summary>
    public double? Lon { get; init; }

    /// <summary>Gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>Device.</summary>
    public required string Device { get; init; }

    /// <summary>Channel within the device.</summary>
    public required string Channel { get; init; }

    /// <summary>Wire name of the measurand.</summary>
    public required string Measurand { get; init; }

    /// <summary>What the device is good for, where its gateway has said: <c>reference</c>, or <c>indicative</c>.</summary>
    public string? Grade { get; init; }

    /// <summary>When it was last calibrated, as far as its gateway has reported.</summary>
    public DateTimeOffset? Calibrated { get; init; }

    /// <summary>Of the silence of a gateway, when something was last heard of it before: the minutes that are counted may begin later, with the
    /// backend itself. Null for anything else.</summary>
    public DateTimeOffset? Heard { get; init; }

    /// <summary>What of the channel all numbers here are, where not its values: <c>rolling 24 h mean</c>.</summary>
    public string? Statistic { get; init; }

    /// <summary>The same in Chinese.</summary>
    public string? StatisticZh { get; init; }

    /// <summary>Of a mean, how much of its period has values, percent; null where nobody has said.</summary>
    public int? Complete { get; init; }

    /// <summary>Unit of all numbers here, with its basis.</summary>
    public required string Unit { get; init; }

    /// <summary>The value that made the step: of a past episode the worst one.</summary>
    public required double Value { get; init; }

    /// <summary>Quality of that value, a number of QARTOD: 1 good, 2 unchecked, 3 suspect, 4 failed. Absent where it is not one value's.</summary>
    [JsonConverter(typeof(FlagNumberConverter))]
    public QualityFlag? Flag { get; init; }

    /// <summary>True where the truth lies at <see cref="Value"/> or beyond it, on the bad side: the probe cannot measure so much.</summary>
    public bool? Bound { get; init; }

    /// <summary>Reasons for the flag, tokens of the wire; absent where there are none.</summary>
    public IReadOnlyList<string>? Why { get; init; }

    /// <summary>The worst value of the episode so far.</summary>
    public required double Peak { get; init; }

    /// <summary>True where the truth lay at <see cref="Peak"/> or beyond it, on the bad side: a value was beyond its probe.</summary>
    public bool? PeakBound { get; init; }

    /// <summary>Whether the worst is a bound; notices of before said it of the value alone.</summary>
    internal bool IsPeakBound => (PeakBound ?? Bound) == true;

    /// <summary>The limit it is compared with.</summary>
    public required double Limit { get; init; }

    /// <summary>The limit that a value must pass to the good side before it is over.</summary>
    public double? Clear { get; init; }

    /// <summary>Which side of the limit is the bad one: <c>above</c> or <c>below</c>.</summary>
    public required string Side { get; init; }

    /// <summary>The channel's own value at <see cref="Time"/>, where the numbers here are of how it compares with others.</summary>
    public ChannelReading? Own { get; init; }

    /// <summary>The channels it is compared with, as they were at <see cref="Time"/>; null where it is compared with none, or what
    /// they had is no longer kept.</summary>
    public IReadOnlyList<ChannelReading>? Against { get; init; }

    /// <summary>The conditions under which the rule raises, with what was measured of each at <see cref="Time"/>.</summary>
    public IReadOnlyList<ConditionReading>? Conditions { get; init; }

    /// <summary>What others had at <see cref="Time"/>, for comparison: upstream. It decides nothing.</summary>
    public IReadOnlyList<ChannelReading>? Beside { get; init; }

    /// <summary>When the exceedance began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Time of the value that made the step.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was over, where it is: the value had been back for as long as the rule wants.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Since when the value was back, where it is over: the exceedance lasted until then. Null where nobody knows, as of an alarm that
    /// its gateway has told.</summary>
    public DateTimeOffset? Back { get; init; }

    /// <summary>Why it is withdrawn: <c>rule</c>, its rule was changed or taken out and judges it no longer, <c>values</c>, late ones show that
    /// it was not so, or <c>clock</c>, the backend's clock stood ahead when it was found. Null where it is something else, or not withdrawn.</summary>
    public string? Cause { get; init; }

    /// <summary>One line that says it all, times in UTC.</summary>
    public required string Summary { get; init; }

    /// <summary>The same in Chinese.</summary>
    public string? SummaryZh { get; init; }

    /// <summary>What the rule means.</summary>
    public required string Text { get; init; }

    /// <summary>The same in Chinese, where the rule's author has written it.</summary>
    public string? TextZh { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Do { get; init; }

    /// <summary>The same in Chinese, where the rule's author has written it.</summary>
    public string? DoZh { get; init; }

    /// <summary><c>true</c>: it is over because it has lasted for so long that it counts as usual, and the value need not have come back.
    /// </summary>
    public bool? Outlasted { get; init; }

    /// <summary>Of one that is taken back because its gateway is at another site now: which.</summary>
    public string? MovedTo { get; init; }

    /// <summary>The standard the limit comes from.</summary>
    public string? Standard { get; init; }

    /// <summary>The clause of the standard.</summary>
    public string? Clause { get; init; }

    /// <summary>The same in Chinese, where the rule's author has written it.</summary>
    public string? ClauseZh { get; init; }

    /// <summary>What of these was not compared with the text of the standard; null: nothing that anybody knows of.</summary>
    public string? Unchecked { get; init; }

    /// <summary>The same in Chinese.</summary>
    public string? UncheckedZh { get; init; }

    /// <summary>Whether nobody has reviewed the data yet: always so when an alert is told.</summary>
    public bool Provisional { get; init; }

    /// <summary>Makes the message of an episode.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="subject">The channel.</param>
    /// <param name="kind">What is told.</param>
    /// <param name="episode">The episode's id.</param>
    /// <param name="number">Number of the message within the episode, from 1.</param>
    /// <param name="step">Value, times and peak.</param>
    /// <param name="background">What is known of the channel beside its values.</param>
    /// <param name="others">What was measured beside it; null where the rule looks at nothing else.</param>
    internal static AlertNotice Of(
        AlertRule rule,
        AlertSubject subject,
        NoticeKind kind,
        string episode,
        int number,
        NoticeStep step,
        ChannelBackground background,
        OtherReadings? others = null) => new AlertNotice()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{episode}.{number}"),
        Episode = episode,
        Rule = rule.Id,
        Phase = kind,
        Severity = rule.Severity,
        Site = subject.Site,
        Station = subject.Station,
        Gateway = subject.Gateway,
        Device = subject.Device,
        Channel = subject.Channel,
        Measurand = subject.Measurand.WireName,
        StationLabel = background.Place?.Label,
        Lat = background.Place?.Latitude,
        Lon = background.Place?.Longitude,
        Grade = background.Grade,
        Calibrated = background.Calibrated,
        Heard = background.Heard,
        Statistic = rule.StatisticText,
        StatisticZh = rule.StatisticTextZh,
        Complete = step.IsJudged ? step.Value.CompletePercent : null,
        Unit = rule.Unit,
        Own = others?.Own,
        Against = others?.Against,
        Conditions = others?.Conditions,
        Beside = others?.Beside,
        Value = step.Value.Value,
        Flag = step.IsJudged && (rule.StatisticText is null || step.Value.Flag != QualityFlag.Good) ? step.Value.Flag : null,
        Bound = step.Value.IsAtLeast ? true : null,
        Why = step.IsJudged && step.Value.Why != Measurements.Why.None ? [.. WhyTokens.Tokens(step.Value.Why)] : null,
        Peak = step.Worst.Value,
        PeakBound = step.Worst.IsBound ? true : null,
        Limit = rule.Threshold.RaiseLimit,
        Clear = rule.Threshold.ClearLimit,
        Side = rule.Threshold.Side.Word,
        Since = step.Since,
        Time = step.Value.At,
        Until = step.Until,
        Back = step.Back,
        Summary = "",
        Outlasted = rule.IsUsualNow(step.IsOutlasted, step.Since, step.Until) ? true : null,
        Text = rule.Text,
        TextZh = rule.TextZh,
        Do = rule.Do,
        DoZh = rule.DoZh,
        Standard = rule.Standard,
        Clause = rule.Clause,
        ClauseZh = rule.ClauseZh,
        Unchecked = rule.Unchecked,
        UncheckedZh = rule.UncheckedZh,
        Provisional = true,
    }.Summarized();

    /// <summary>Makes the message that takes an episode back.</summary>
    /// <param name="last">The last message of the episode: its rule may be gone.</param>
    /// <param name="number">Number of the message within the episode.</param>
    /// <param name="at">Up to when the episode was believed to hold.</param>
    /// <param name="movedTo">The site at which its gateway is now, where that is why.</param>
    /// <param name="cause">One of <see cref="WithdrawalCauses"/>; null for any other.</param>
    internal static AlertNotice Withdrawing(AlertNotice last, int number, DateTimeOffset at, string? movedTo = null, string? cause = null) => (last with
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{last.Episode}.{number}"),
        Phase = NoticeKind.Withdrawn,
        Time = at,
        Until = at,
        Back = null,
        MovedTo = movedTo,
        Cause = cause,
        Flag = null,
        Complete = null,
        Why = null,
    }).Summarized();

    /// <summary>The message, as one of an incident that people know by another name.</summary>
    /// <param name="incident">The incident's id.</param>
    /// <param name="number">Number of the message within it.</param>
    /// <param name="last">The message of it before.</param>
    internal AlertNotice InIncident(string incident, int number, AlertNotice last) => (this with
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"{incident}.{number}"),
        Episode = incident,

        // By these receivers know one incident from another.
        Rule = last.Rule,
        Severity = last.Severity > Severity ? last.Severity : Severity,
        Since = last.Since < Since ? last.Since : Since,
        Peak = Side == LimitSide.Above.Word ? Math.Max(last.Peak, Peak) : Math.Min(last.Peak, Peak),
        PeakBound = last.PeakBound ?? PeakBound,

        // Of several nobody keeps which was back last.
        Back = null,
    }).Summarized();

    /// <summary>The message that an episode is over, for somebody who was never told that it had begun.</summary>
    internal AlertNotice ToldLate() => (this with
    {
        Phase = NoticeKind.Past,
        Value = Peak,
        Flag = null,
        Bound = PeakBound,
        Complete = null,
        Why = null,
        Own = null,
        Against = null,
        Conditions = null,
        Beside = null,
    }).Summarized();

    /// <summary>The JSON form.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AlertJson.Lines.AlertNotice);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is something else.</exception>
    public static AlertNotice FromJson(string json) =>
        JsonSerializer.Deserialize(json, AlertJson.Lines.AlertNotice)
        ?? throw new JsonException("A notice cannot be null.");

    /// <summary>Reads what <see cref="ToJson"/> wrote, or says why that cannot be.</summary>
    /// <param name="json">The text.</param>
    /// <param name="cause">Why it cannot be read; null where it was.</param>
    /// <returns>The notice; null where it cannot be read.</returns>
    internal static AlertNotice? Read(string json, out UnreadableCause? cause)
    {
        try
        {
            cause = null;
            return FromJson(json);
        }
        catch (JsonException)
        {
            cause = IsJson(json) ? UnreadableCause.Form : UnreadableCause.Damage;
            return null;
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private AlertNotice Summarized() => this with
    {
        Summary = NoticeText.SentenceOf(this, Language.English, TimeSpan.Zero),
        SummaryZh = NoticeText.SentenceOf(this, Language.Chinese, TimeSpan.Zero),
    };
}

/// <summary>Why what is kept of a notice cannot be read.</summary>
internal enum UnreadableCause
{
    /// <summary>It is JSON of another form: a later version has written it.</summary>
    Form,

    /// <summary>It is no JSON: something has damaged it.</summary>
    Damage,
}

/// <summary>Words for <see cref="UnreadableCause"/>. They are stored and labels of <c>/metrics</c>: never rename, only add.</summary>
internal static class UnreadableCauses
{
    extension(UnreadableCause cause)
    {
        /// <summary>The word.</summary>
        public string Word => cause == UnreadableCause.Form ? "form" : "damage";
    }
}

/// <summary>Why a notice is withdrawn. The words are a contract: never rename, only add.</summary>
internal static class WithdrawalCauses
{
    /// <summary>Its rule was changed or taken out: nobody has found that it was none.</summary>
    public const string Rule = "rule";

    /// <summary>Late values show that it was none.</summary>
    public const string Values = "values";

    /// <summary>It was found by a clock of the backend that stood ahead and has been set since: what holds is told anew.</summary>
    public const string Clock = "clock";
}

/// <summary>Where an episode stands when it is told of.</summary>
/// <param name="Value">The value that made the step; of a past episode the worst one, with the time at which it was raised.</param>
/// <param name="IsJudged">Whether the flag is that of this value.</param>
/// <param name="Worst">The worst value so far, and whether all that is known is that it was that or worse.</param>
/// <param name="Since">When the exceedance began.</param>
/// <param name="Until">When it was over, or null.</param>
internal readonly record struct NoticeStep(
    StepValue Value, bool IsJudged, (double Value, bool IsBound) Worst, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>Whether it is over because what has lasted so long counts as usual.</summary>
    public bool IsOutlasted { get; init; }

    /// <summary>Since when the value was back, where it is over and that is known.</summary>
    public DateTimeOffset? Back { get; init; }

    /// <summary>Where nobody knows any more which value made the step, or it is not the worst one, which is told then.</summary>
    /// <param name="raised">When it was raised.</param>
    /// <param name="worst">The worst value.</param>
    /// <param name="since">When the exceedance began.</param>
    /// <param name="until">When it was over, or null.</param>
    public static NoticeStep OfWorst(DateTimeOffset raised, (double Value, bool IsBound) worst, DateTimeOffset since, DateTimeOffset? until) => new(
        new StepValue(raised, worst.Value, IsAtLeast: worst.IsBound), IsJudged: false, worst, since, until);
}

/// <summary>What is known of a channel beside its values.</summary>
/// <param name="Grade">What its device is good for; null where nobody has said.</param>
/// <param name="Calibrated">When it was last calibrated; null where nobody has said.</param>
internal sealed record ChannelBackground(string? Grade, DateTimeOffset? Calibrated)
{
    /// <summary>Nothing.</summary>
    public static ChannelBackground None { get; } = new(null, null);

    /// <summary>Of the silence of a gateway, when something was last heard of it before; null for anything else.</summary>
    public DateTimeOffset? Heard { get; init; }

    /// <summary>Its station; null where nobody has said.</summary>
    public MetaStation? Place { get; init; }
}
