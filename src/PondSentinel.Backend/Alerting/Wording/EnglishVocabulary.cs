using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>English.</summary>
internal sealed class EnglishVocabulary : Vocabulary
{
    private static readonly (Why Why, string Words)[] Table =
    [
        (Why.NoAnswer, "nothing answers: check power, cable and connector"),
        (Why.TimedOut, "the device did not answer in time"),
        (Why.Refused, "the device refuses to answer"),
        (Why.Garbled, "the answer cannot be read: check the cable and its shield"),
        (Why.BusDown, "the port itself is gone: check the adapter"),
        (Why.DeviceFault, "the device reports that it is broken"),
        (Why.OverRange, "outside what the device can measure"),
        (Why.OutOfBounds, "outside the range set for this channel"),
        (Why.Maintenance, "in maintenance"),
        (Why.Calibrating, "being calibrated"),
        (Why.Spike, "a lone spike"),
        (Why.Rate, "changes faster than water does"),
        (Why.Flat, "has not moved for long"),
        (Why.Fog, "too humid for an optical dust sensor"),
        (Why.EstimatedTime, "the time is an estimate"),
        (Why.Unsaved, "sent from memory, the gateway's card took nothing"),
        (Why.WrongDevice, "another device answers than the one configured"),
        (Why.NotReady, "the device is still warming up"),
        (Why.Absent, "the part that would measure this is not fitted"),
        (Why.Uncompensated, "computed without the water's temperature or another ion"),
        (Why.Incomplete, "something may not have been counted since the value before"),
        (Why.Gap, "samples are missing before it"),
        (Why.Disagrees, "another probe of the same says something else"),
        (Why.Undervoltage, "the supply is too low"),
        (Why.OutOfWindow, "the water is outside what the electrode works in"),
        (Why.Implausible, "another probe says that it cannot be so"),
        (Why.Extrapolated, "computed outside of the range that its formula is made for"),
        (Why.Uncalibrated, "nobody can say how it is calibrated"),
        (Why.Other, "for a reason that this version does not know"),
    ];

    public override FactLabels Labels { get; } = new()
    {
        Meaning = "Meaning",
        Place = "Where",
        Alarm = "Alarm",
        TakeOn = "Take it on",
        Page = "On the page",
        Value = "Value",
        Limit = "Limit",
        Averaging = "Judged by",
        Own = "Measured here",
        Complete = "Completeness",
        Beside = "For comparison",
        Against = "Compared with",
        Condition = "And",
        Standard = "Standard",
        Unchecked = "Not checked",
        Since = "Since",
        Until = "Until",
        Over = "Over since",
        Worst = "Worst",
        Quality = "Quality",
        Device = "Measured by",
        Calibration = "Calibration",
        Action = "What to do",
    };

    public override string Provisional => "Data are provisional: nobody has reviewed them yet.";

    public override string Code => "en";

    public override string Colon => ": ";

    public override string Comma => ", ";

    public override string Separator => "; ";

    public override string EachValue => "each value";

    protected override IReadOnlyList<(Why Why, string Words)> ReasonTable => Table;

    public override string Title(AlertNotice notice, Told told)
    {
        var of = told.Statistic is { } statistic ? $" ({statistic})" : "";
        var (limit, place) = ($"{told.Side} {told.WithUnit(told.Limit)}", $"at {told.Place}");
        return notice.Phase switch
        {
            NoticeKind.Firing when told.Silence is { } silence => $"{Severity(notice.Severity)}: nothing heard of gateway {silence.Gateway} at {silence.Site} since {silence.Heard}",
            NoticeKind.Cleared when told is { Silence: { } silence, Back: not null } => $"Over: gateway {silence.Gateway} at {silence.Site} is heard again",
            NoticeKind.Past when told is { Silence: { } silence, Back: not null } => $"Late news, over: gateway {silence.Gateway} at {silence.Site} was not heard",
            NoticeKind.Firing => $"{Severity(notice.Severity)}: {told.Quantity} {told.WithUnit(told.Value)}, {told.Side} {told.Limit}, {place}{of}",
            NoticeKind.Cleared when told.IsUsualNow => $"Counts as usual now: {told.Quantity} {limit} {place}{of}",
            NoticeKind.Cleared when told.IsStillPast => $"No longer judged: {told.Quantity} {limit} {place}{of}",
            NoticeKind.Cleared => $"Over: {told.Quantity} {limit} {place}{of}",
            NoticeKind.Past => $"Late news, over: {told.Quantity} was {limit} {place}{of}",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Rule => $"No longer judged: {told.Quantity} {limit} {place}{of}",
            NoticeKind.Withdrawn => $"Withdrawn: {told.Quantity} {limit} {place}{of}",
            _ => throw new ArgumentOutOfRangeException(nameof(notice), notice.Phase, "Not a defined kind."),
        };
    }

    public override string What(Told told) => told.Silence is { } silence
        ? $"Silence of gateway {silence.Gateway} at {silence.Site}"
        : $"{told.Quantity}{(told.Statistic is { } statistic ? $", {statistic}," : "")} at {told.Place} {told.Source}{(told.Indicative ? " (indicative, not for compliance)" : "")}";

    public override string Sentence(NoticeKind kind, Told told)
    {
        var what = What(told);
        var limit = $"{told.Side} {told.WithUnit(told.Limit)}";
        return kind switch
        {
            NoticeKind.Firing when told.Silence is { } silence => $"Nothing has been heard of gateway {silence.Gateway} at {silence.Site} since {silence.Heard}, for {silence.For}; the limit is {told.WithUnit(told.Limit)}{(silence.Counted is { } counted ? $" ({counted} of it counted: the backend did not listen before)" : "")}",
            NoticeKind.Cleared when told is { Silence: { } silence, Back: { } back } => $"Gateway {silence.Gateway} at {silence.Site} is heard again; nothing was heard of it from {silence.Heard} to {back}",
            NoticeKind.Past when told is { Silence: { } silence, Back: { } back } => $"Late news: nothing was heard of gateway {silence.Gateway} at {silence.Site} from {silence.Heard} to {back}; it is over",
            NoticeKind.Firing => $"{what} is {told.WithUnit(told.Value)}, {told.Side} {told.Limit}, since {told.Since}",
            NoticeKind.Cleared when told.IsUsualNow => $"{what} has been {limit} since {told.Since}, at worst {told.Peak}, for so long that it counts as usual now; it need not have come back",
            NoticeKind.Cleared when told.IsStillPast => $"{what} is no longer judged by this rule, which is out of force or was taken back. This is no all-clear: the last value is {told.WithUnit(told.Value)}, {told.Side} {told.Limit}; so it was from {told.Since}, at worst {told.Peak}",
            NoticeKind.Cleared => $"{what} is back at {told.WithUnit(told.Value)}; it was {told.Side} {told.Limit} from {told.Since}{(told.Back is null ? "" : $" to {told.Back}")}, at worst {told.Peak}",
            NoticeKind.Past when told.Back is null => $"Late news: {what} was {limit} from {told.Since}, at worst {told.Peak}; it was over at {told.Until}",
            NoticeKind.Past => $"Late news: {what} was {limit} from {told.Since} to {told.Back}, at worst {told.Peak}; it is over",
            NoticeKind.Withdrawn when told.MovedTo is { } site => $"Withdrawn: {what} was reported {limit} since {told.Since}; its gateway is at {site} now, and what holds there is told there",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Rule => $"Withdrawn: {what} was reported {limit} since {told.Since}, by a rule that was changed or taken out and judges it no longer. This is no all-clear",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Values => $"Withdrawn: {what} was reported {limit} since {told.Since}, and late values show that it was not so",
            NoticeKind.Withdrawn when told.Cause == WithdrawalCauses.Clock => $"Withdrawn: {what} was reported {limit} since {told.Since}, by a clock of the backend that stood ahead and has been set. This is no all-clear: what holds is told anew",
            NoticeKind.Withdrawn => $"Withdrawn: {what} was reported {limit} since {told.Since}, and that no longer holds: late values or a changed rule",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a defined kind."),
        };
    }

    public override string Severity(Severity severity) => severity switch
    {
        PondSentinel.Alerting.Severity.Info => "Information",
        PondSentinel.Alerting.Severity.Medium => "Medium",
        PondSentinel.Alerting.Severity.High => "High",
        PondSentinel.Alerting.Severity.Urgent => "URGENT",
        _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, "Not a defined severity."),
    };

    public override string Flag(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "good",
        QualityFlag.NotEvaluated => "unchecked",
        QualityFlag.Suspect => "suspect",
        QualityFlag.Fail => "bad",
        QualityFlag.Missing => "missing",
        _ => "unknown",
    };

    public override string Label(Measurand measurand) => measurand.Label;

    // "pH is 5.2 pH" helps nobody, nor does "is 1 1 = yes".
    public override string Unit(string unit) => unit switch
    {
        "pH" => "",
        "1 = yes" => "(1 = yes)",
        _ => unit,
    };

    public override string Side(string side) => side;

    public override string Bound(string side, string number) => $"{(side == "above" ? "at least" : "at most")} {number}";

    public override string OrWorse(string number) => $"{number} or worse";

    public override string BoundAction => "Take a hand sample: this is beyond what the probe measures";

    public override string Limit(Told told, string? clear) =>
        $"{told.Side} {told.WithUnit(told.Limit)}{(clear is null ? "" : $"; over when {(told.Side == "above" ? "below" : "above")} {clear}")}";

    public override string? Statistic(AlertNotice notice) => notice.Statistic;

    public override string Source(Told told, string gateway) => $"{told.Source}, gateway {gateway}";

    public override string Grade(string grade) => grade == "indicative" ? "indicative: shows a trend, not for compliance" : grade;

    public override string Meaning(AlertNotice notice) => notice.Text;

    /// <inheritdoc/>
    public override string? Either(string? english, string? chinese) => english;

    public override string? Action(AlertNotice notice) => notice.Do;

    public override string Condition(ConditionReading condition) => condition.Text;

    public override string OutlastedAction =>
        "Look at the curve: this has lasted so long that it counts as usual now, and the value need not have come back. Only a rule with a limit still tells of it";

    public override string PastAction => "Nothing now, it is over: look at its curve, and at the site for what it has left";

    public override string Calibrated(string? day, int daysBefore) => day is null
        ? "none known"
        : string.Create(CultureInfo.InvariantCulture, $"{day} ({daysBefore switch
        {
            0 => "the same day",
            1 => "1 day before",
            -1 => "1 day after this",
            > 0 => $"{daysBefore} days before",
            _ => $"{-daysBefore} days after this",
        }})");

    public override string Time(DateTimeOffset at, TimeSpan utcOffset) => $"{Minute(at, utcOffset)} {Zone(utcOffset)}";

    public override string Length(TimeSpan length) => length switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Seconds} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Minutes} min"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.Hours} h {length.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.Days} d {length.Hours} h"),
    };

    public override string Lasting(string begun, TimeSpan length) => $"{begun}, for {Length(length)}";

    public override string Held(string over, TimeSpan length) => $"{over}, when it had been back for {Length(length)}";
}
