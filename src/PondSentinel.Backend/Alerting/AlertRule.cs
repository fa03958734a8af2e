using System.Globalization;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Averages;
using PondSentinel.Measurements;
using PondSentinel.Rules;

namespace PondSentinel.Backend.Alerting;

/// <summary>A rule of the configuration: which channels, which limit, and what to tell people.</summary>
public sealed record AlertRule
{
    /// <summary>Name of the rule, for ever: episodes are kept under it.</summary>
    public required string Id { get; init; }

    /// <summary>What the limits are numbers of; fixes unit and basis.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>What of the channel the limits are held against; null: each value by itself.</summary>
    public Statistic? Statistic { get; init; }

    /// <summary>The average of channels that it watches; null: the channels themselves.</summary>
    internal AverageDefinition? Average { get; init; }

    /// <summary>The limits and holds.</summary>
    public required ThresholdRule Threshold { get; init; }

    /// <summary>When the limits are in force.</summary>
    public Validity Validity { get; init; }

    /// <summary>How soon somebody has to look.</summary>
    public required Severity Severity { get; init; }

    /// <summary>Only this site, or null for every one.</summary>
    public string? Site { get; init; }

    /// <summary>Only this station, or null for every one.</summary>
    public string? Station { get; init; }

    /// <summary>Only this device, or null for every one.</summary>
    public string? Device { get; init; }

    /// <summary>Only this channel, or null for every one of the measurand.</summary>
    public string? Channel { get; init; }

    /// <summary>What it means, for people.</summary>
    public required string Text { get; init; }

    /// <summary>What to do about it, for people.</summary>
    public string? Do { get; init; }

    /// <summary>What it means, in Chinese.</summary>
    public string? TextZh { get; init; }

    /// <summary>What to do about it, in Chinese.</summary>
    public string? DoZh { get; init; }

    /// <summary>The standard the limit comes from.</summary>
    public string? Standard { get; init; }

    /// <summary>The clause of the standard.</summary>
    public string? Clause { get; init; }

    /// <summary>The same in Chinese.</summary>
    public string? ClauseZh { get; init; }

    /// <summary>While what people are not told of it. It is raised all the same: this is the desk's.</summary>
    public QuietRule Quiet { get; init; } = QuietRule.None;

    /// <summary>What of standard and limits was not compared with the text of the standard; null: nothing that anybody knows of.</summary>
    public string? Unchecked { get; init; }

    /// <summary>The same in Chinese.</summary>
    public string? UncheckedZh { get; init; }

    /// <summary>Its id in its preset, where it is of one.</summary>
    internal string? PresetRule { get; init; }

    /// <summary>Rules of presets, by their ids there, that it waits for where they are at work.</summary>
    internal IReadOnlyList<string> PresetWaits { get; init; } = [];

    /// <summary>The gateway whose alarm it is, where it tells what a gateway has found; null: a rule of this backend.</summary>
    internal GatewayWord? ToldBy { get; init; }

    /// <summary>What it looks at beside its own channel; null: nothing.</summary>
    public JointStatistic? Joint => Statistic as JointStatistic;

    /// <summary>What the channels measure that it looks at beside its own.</summary>
    internal IEnumerable<Measurand> InputMeasurands => Joint is null
        ? []
        : Joint.Conditions.Select(condition => condition.Of).Append(Joint.Against?.Of).OfType<ChannelSelector>().Select(of => of.Measurand);

    /// <summary>What of the channel the limits are held against, for people; null: its values.</summary>
    public string? StatisticText => (Average?.Label, OfStatistic?.Text) switch
    {
        ({ } average, { } statistic) => $"{average}, {statistic}",
        var (average, statistic) => average ?? statistic ?? ToldBy?.Statistic,
    };

    /// <summary>The same in Chinese; null where there is no word for it.</summary>
    public string? StatisticTextZh => (Average?.LabelZh, OfStatistic is { } statistic ? ChineseNames.Statistic(statistic) : null) switch
    {
        ({ } average, { } of) => $"{average}，{of}",
        var (average, of) => average ?? of,
    };

    /// <summary>Whether one value of a probe is enough to raise it: its test for spikes waits for the next one.</summary>
    internal bool RaisesByOneValue => Threshold.HoldRaise == TimeSpan.Zero && OfStatistic is null && Average is null && ToldBy is null
        && !Measurand.IsFoundByBackend;

    /// <summary>What is unwise about its clear limit, and how to mend it; null where nothing is, or nobody knows.</summary>
    internal (string What, string Mend)? ClearDoubt =>
        Joint?.Against is null ? ClearLimit.Doubt(Measurand, Joint is { } joint ? joint.Own : Statistic, Threshold) : null;

    /// <summary>For how long an alarm of it holds what was usual when it was raised; null: it is not held against what is usual.</summary>
    internal TimeSpan? UsualFor => PartsOf(Statistic).OfType<DeviationStatistic>().Any() ? DeviationStatistic.HoldFor : null;

    /// <summary>Whether an end of it is none of the value, which need not have come back: what has lasted so long counts as usual.</summary>
    /// <param name="isOutlasted">Whether what was usual was held no more.</param>
    /// <param name="since">When the exceedance began.</param>
    /// <param name="until">When it was over; null where it is not.</param>
    internal bool IsUsualNow(bool isOutlasted, DateTimeOffset since, DateTimeOffset? until) => isOutlasted || until - since >= UsualFor;

    private Statistic? OfStatistic => Statistic is JointStatistic { IsOfValues: true } ? null : Statistic;

    /// <summary>The unit of the limits.</summary>
    public string Unit => ToldBy?.Unit ?? Statistic?.UnitOf(Measurand.Unit) ?? Measurand.Unit;

    /// <summary>What the limits are held against, for people: <c>PM10, rolling 24 h mean</c>.</summary>
    public string Quantity => StatisticText is { } text ? $"{Measurand.Label}, {text}," : Measurand.Label;

    /// <summary>Everything that decides when it raises and for whom, as one text: where it differs from what the state was
    /// computed by, the state is computed anew.</summary>
    public string Definition => string.Create(
        CultureInfo.InvariantCulture,
        $"{Site ?? "*"}/{Station ?? "*"}/{Device ?? "*"}/{Channel ?? "*"} {Measurand.WireName} {Threshold.Side} {Threshold.RaiseLimit:R} clear {Threshold.ClearLimit:R} hold {Threshold.HoldRaise:c} {Threshold.HoldClear:c} silence {Threshold.SilenceMax:c}{(Statistic is null ? "" : $" of {Statistic}")}{(Validity == default ? "" : $" valid {Validity.From:O} {Validity.Before:O}")}{(Average is null ? "" : $" average {Average.Id} {Average.Text}")}");

    /// <summary>Of a <see cref="Definition"/>, what says which series the limits are held against: where it is the same, what a statistic has
    /// learnt is good for other limits too. Empty where each value is judged by itself.</summary>
    /// <param name="definition">The definition, also one of an earlier version.</param>
    internal static string SeriesOf(string definition)
    {
        var limits = definition.IndexOf(" silence ", StringComparison.Ordinal);
        var begin = limits < 0 ? -1 : definition.IndexOf(" of ", limits, StringComparison.Ordinal);
        if (begin < 0)
        {
            return "";
        }

        var series = definition[begin..];
        var valid = series.LastIndexOf(" valid ", StringComparison.Ordinal);
        var average = series.IndexOf(" average ", Math.Max(valid, 0), StringComparison.Ordinal);
        return valid < 0 ? series : series[..valid] + (average < 0 ? "" : series[average..]);
    }

    /// <summary>Of such a series, what is made of the watched channel, before conditions have a say: where it is the same, what that has learnt
    /// is good for other conditions too. Empty where nothing is made of it, or there are no conditions.</summary>
    /// <param name="series">What <see cref="SeriesOf"/> gave.</param>
    internal static string OwnOf(string series)
    {
        var conditions = series.IndexOf(" where ", StringComparison.Ordinal);
        return conditions < 0
            || series.StartsWith(" of  against ", StringComparison.Ordinal)
            || series.IndexOf(" average ", conditions, StringComparison.Ordinal) >= 0 ? "" : series[..conditions];
    }

    /// <summary>What the rule means where its author has not said: <c>pH below 6</c>.</summary>
    public string PlainText => string.Create(
        CultureInfo.InvariantCulture, $"{Quantity} {Threshold.Side.Word} {Threshold.RaiseLimit}{BesideNumber}");

    /// <summary>The unit of the limits, as it stands behind a number: none for pH, which is its own.</summary>
    internal string PlainUnit => Vocabulary.Of(Language.English).Unit(Unit);

    /// <summary>The same behind a number; nothing where there is none, as of pH.</summary>
    internal string BesideNumber => PlainUnit is { Length: > 0 } unit ? $" {unit}" : "";

    /// <summary>The same in Chinese.</summary>
    public string PlainTextZh => string.Create(
        CultureInfo.InvariantCulture,
        $"{ChineseNames.Label(Measurand)}{(StatisticTextZh is { } statistic ? $"（{statistic}）" : "")}{(Threshold.Side == LimitSide.Above ? "高于" : "低于")} {Threshold.RaiseLimit} {ChineseNames.Unit(Unit)}").TrimEnd();

    /// <summary>Whether it watches a channel.</summary>
    /// <param name="subject">The channel.</param>
    public bool AppliesTo(AlertSubject subject) =>
        subject.Measurand == Measurand
        && (Site ?? subject.Site) == subject.Site
        && (Station ?? subject.Station) == subject.Station
        && (Device ?? subject.Device) == subject.Device
        && (subject.Name, Average?.Id) is var ((channel, average), own) && average == own
        && (Channel ?? channel) == channel;

    /// <summary>A value with what it is worth where it lies beyond its probe's range.</summary>
    /// <param name="sample">The value; one of another channel is judged by what that measures.</param>
    internal AlertSample Judged(in AlertSample sample) =>
        !sample.Origin.IsOwn ? sample
        : Average is { } average ? sample with { Complete = sample.Complete / average.Rule.Hours }
        : BeyondRange.Judged(sample, ToldBy is null ? Measurand : null);

    /// <summary>Whether what is kept of a channel is kept for it.</summary>
    /// <param name="row">The channel as it is kept: for all rules that look at nothing else, or for one that looks at several.</param>
    internal bool Watches(SubjectRow row) => row.Joint == (Joint is null && ToldBy is null ? "" : Id) && AppliesTo(row.Subject)
        && (ToldBy?.Gateway ?? row.Subject.Gateway) == row.Subject.Gateway;

    /// <summary>The inputs of the rule that a channel is one for where the rule watches another, as bits; 0: none.</summary>
    /// <param name="watched">The channel that the rule watches.</param>
    /// <param name="other">The channel.</param>
    internal int InputsOf(AlertSubject watched, AlertSubject other) =>
        Joint is null || other == watched ? 0 : Joint.InputsOf(selector => IsOneOf(selector, watched, other));

    private static IReadOnlyList<Statistic> PartsOf(Statistic? statistic) => statistic switch
    {
        JointStatistic joint => PartsOf(joint.Own),
        ChainStatistic chain => chain.Parts,
        null => [],
        _ => [statistic],
    };

    private static bool IsOneOf(ChannelSelector selector, AlertSubject watched, AlertSubject other) =>
        selector.Measurand == other.Measurand
        && (selector.Site ?? watched.Site) is var site && (site == ChannelSelector.All || site == other.Site)
        && (selector.Station ?? watched.Station) is var station && (station == ChannelSelector.All || station == other.Station)
        && (selector.Device ?? other.Device) == other.Device
        && other.Name.Average is null
        && (selector.Channel ?? other.Channel) == other.Channel;
}

/// <summary>What a gateway says of its own alarm beside the limits.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Statistic">What of the channel all numbers are, for people; null: its values.</param>
/// <param name="Unit">Their unit, where it is not the measurand's.</param>
internal sealed record GatewayWord(string Gateway, string? Statistic, string? Unit);
