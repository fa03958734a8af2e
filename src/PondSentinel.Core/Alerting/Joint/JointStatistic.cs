using System.Globalization;

namespace PondSentinel.Alerting;

/// <summary>What of a channel a limit is held against where other channels have a say: compared with another, and only where
/// conditions hold.</summary>
/// <remarks>
/// <para>It takes the values of all these channels in order of time, at one time those of the others first, each with the inputs that
/// it is one for: bit 0 is the channel that is compared with, bit 1 and on the conditions in their order. Only values of the watched
/// channel make anything, and what was waited for of it in vain. So its series is a function of values in order, as of any statistic.</para>
/// </remarks>
public sealed record JointStatistic : Statistic
{
    /// <summary>The most conditions a rule may have.</summary>
    public const int ConditionsMax = 12;

    /// <summary>What of the channel, or of how it compares; null: each value by itself.</summary>
    public Statistic? Own { get; init; }

    /// <summary>What it is compared with; null: with nothing.</summary>
    public Comparison? Against { get; init; }

    /// <summary>What else must hold to raise.</summary>
    public required IReadOnlyList<Condition> Conditions { get; init; }

    /// <inheritdoc/>
    public override string Text => string.Join(", ", new[] { Against?.Text, Own?.Text }.OfType<string>());

    /// <inheritdoc/>
    public override TimeSpan Spacing => Own?.Spacing ?? TimeSpan.Zero;

    /// <summary>A statistic with channels that are shown beside it.</summary>
    /// <param name="statistic">The statistic; null: each value.</param>
    /// <param name="shown">What is shown.</param>
    /// <param name="silence">Longest time between two values that counts.</param>
    public static JointStatistic Beside(Statistic? statistic, Condition shown, TimeSpan silence) => statistic is JointStatistic joint
        ? joint with { Conditions = [.. joint.Conditions, shown] }
        : new JointStatistic { Own = statistic, Conditions = [shown], SilenceMax = silence };

    /// <summary>Whether the series is the channel's own values.</summary>
    public bool IsOfValues => Against is null && Own is null;

    /// <inheritdoc/>
    public override string UnitOf(string unit)
    {
        var compared = Against?.Scale == ComparisonScale.Ratio ? "times" : unit;
        return Own?.UnitOf(compared) ?? compared;
    }

    /// <summary>The inputs that a channel is one for, as bits.</summary>
    /// <param name="isOneOf">Whether the channel is one of those that are selected.</param>
    public int InputsOf(Func<ChannelSelector, bool> isOneOf)
    {
        ArgumentNullException.ThrowIfNull(isOneOf);
        var inputs = Against is not null && isOneOf(Against.Of) ? 1 : 0;
        for (var i = 0; i < Conditions.Count; i++)
        {
            inputs |= isOneOf(Conditions[i].Of) ? 2 << i : 0;
        }

        return inputs;
    }

    /// <inheritdoc/>
    public override bool Takes(SampleOrigin origin) => !origin.IsTick || Own?.Takes(origin) == true;

    /// <inheritdoc/>
    public override Statistic InLocalTime(TimeSpan utcOffset) => this with { Own = Own?.InLocalTime(utcOffset) };

    /// <inheritdoc/>
    public override IStatisticRun Begin(ReadOnlySpan<byte> memory) => new JointRun(this, memory);

    /// <summary>All that decides what it makes, in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Own} against {Against} where {string.Join(" and ", Conditions)}");
}
