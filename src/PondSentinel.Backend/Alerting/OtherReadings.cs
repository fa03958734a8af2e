using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>What a channel had at a time.</summary>
public sealed record ChannelReading
{
    /// <summary>Site.</summary>
    public required string Site { get; init; }

    /// <summary>Station.</summary>
    public required string Station { get; init; }

    /// <summary>Device.</summary>
    public required string Device { get; init; }

    /// <summary>Channel within the device.</summary>
    public required string Channel { get; init; }

    /// <summary>Wire name of the measurand.</summary>
    public required string Measurand { get; init; }

    /// <summary>Unit of the value.</summary>
    public required string Unit { get; init; }

    /// <summary>The value, the newest at that time.</summary>
    public required double Value { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>A condition of a rule, and what was measured of it.</summary>
public sealed record ConditionReading
{
    /// <summary>The condition in words; one that bars begins with <c>not</c>.</summary>
    public required string Text { get; init; }

    /// <summary>The same in Chinese; null where its statistic has no Chinese name yet.</summary>
    public string? TextZh { get; init; }

    /// <summary>The newest values of its channels; where it has a statistic, what that is made of.</summary>
    public required IReadOnlyList<ChannelReading> Readings { get; init; }
}

/// <summary>What was measured beside a channel when something is told of it: compared with what.</summary>
/// <param name="Own">The channel's own value; null where the numbers are its values anyway, or none is kept.</param>
/// <param name="Against">What it is compared with; null where it is with nothing, or none is kept.</param>
/// <param name="Conditions">The conditions; null where there are none.</param>
/// <param name="Beside">What is only shown; null where nothing is, or none is kept.</param>
internal sealed record OtherReadings(
    ChannelReading? Own, IReadOnlyList<ChannelReading>? Against, IReadOnlyList<ConditionReading>? Conditions, IReadOnlyList<ChannelReading>? Beside)
{
    /// <summary>Looks at the kept values.</summary>
    /// <param name="at">The time.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="row">The channel that it watches.</param>
    /// <param name="samples">The kept values.</param>
    /// <returns>What there was; null where the rule looks at nothing else.</returns>
    public static OtherReadings? At(DateTimeOffset at, AlertRule rule, SubjectRow row, SampleTables samples)
    {
        if (rule.Joint is not { } joint)
        {
            return null;
        }

        var sources = samples.Sources(row.Id).ConvertAll(source => (Channel: source, Inputs: rule.InputsOf(row.Subject, source)));
        List<ChannelReading> Of(int input, TimeSpan within) =>
        [
            .. sources.Where(source => (source.Inputs & input) != 0)
                .Select(source => ReadingOf(source.Channel, samples.Latest(row.Id, source.Channel.Source, at)))
                .OfType<ChannelReading>().Where(reading => at - reading.Time <= within),
        ];
        var against = joint.Against is { } comparison ? Of(1, comparison.Within) : [];
        List<ConditionReading> conditions = [];
        List<ChannelReading> beside = [];
        for (var i = 0; i < joint.Conditions.Count; i++)
        {
            var condition = joint.Conditions[i];
            var readings = Of(2 << i, condition.Within + (condition.Statistic?.Spacing ?? TimeSpan.Zero));
            if (condition.IsShown)
            {
                beside.AddRange(readings);
            }
            else
            {
                conditions.Add(new ConditionReading { Text = condition.Text, TextZh = ChineseNames.Condition(condition), Readings = readings });
            }
        }

        return new OtherReadings(
            joint.IsOfValues ? null : ReadingOf(row.Subject, samples.Latest(row.Id, 0, at)),
            against.Count > 0 ? against : null,
            conditions.Count > 0 ? conditions : null,
            beside.Count > 0 ? beside : null);
    }

    private static ChannelReading? ReadingOf(AlertSubject channel, (DateTimeOffset At, double Value)? value) => value is not var (at, number)
        ? null
        : new ChannelReading
        {
            Site = channel.Site,
            Station = channel.Station,
            Device = channel.Device,
            Channel = channel.Channel,
            Measurand = channel.Measurand.WireName,
            Unit = channel.Measurand.Unit,
            Value = number,
            Time = at,
        };
}
