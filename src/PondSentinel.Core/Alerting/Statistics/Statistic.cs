namespace PondSentinel.Alerting;

/// <summary>What of a channel a limit is held against, where it is not each value by itself: a mean, a change, the distance
/// from what is usual. Turns the channel's values into another series, which a <see cref="ThresholdRule"/> judges.</summary>
/// <remarks>Pure: its time is the values' own, and its memory is bytes that can be kept and taken up again. The same values in
/// the same order give the same series, wherever it was interrupted.</remarks>
public abstract record Statistic
{
    /// <summary>Longest time between two values that counts as covered by them. Default 30 minutes.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What it is, for people: <c>mean of 1h</c>.</summary>
    public abstract string Text { get; }

    /// <summary>Usual time between two values of the series that it makes; zero where each value makes one.</summary>
    public abstract TimeSpan Spacing { get; }

    /// <summary>The unit of the series, as people write it.</summary>
    /// <param name="unit">The unit of the values.</param>
    public virtual string UnitOf(string unit) => unit;

    /// <summary>A limit that judges the series (<see cref="ThresholdRule.ForValuesEvery"/>).</summary>
    /// <param name="threshold">The limit as it was meant for the values.</param>
    public ThresholdRule Judging(ThresholdRule threshold)
    {
        ArgumentNullException.ThrowIfNull(threshold);
        return threshold.ForValuesEvery(Spacing);
    }

    /// <summary>Whether it has anything to make of a value; of the watched channel's own it always has.</summary>
    /// <param name="origin">Whose value it is.</param>
    public virtual bool Takes(SampleOrigin origin) => origin.IsOwn;

    /// <summary>The same statistic for another local time, where it goes by the clock; else itself.</summary>
    /// <param name="utcOffset">What local time is ahead of UTC.</param>
    public virtual Statistic InLocalTime(TimeSpan utcOffset) => this;

    /// <summary>Takes up a run.</summary>
    /// <param name="memory">What <see cref="IStatisticRun.Memory"/> of the same statistic gave; empty for a new one.</param>
    /// <exception cref="InvalidDataException">It is the memory of another statistic.</exception>
    public abstract IStatisticRun Begin(ReadOnlySpan<byte> memory);
}

/// <summary>A statistic on its way through the values of one channel.</summary>
public interface IStatisticRun
{
    /// <summary>All it has to know of what it has seen.</summary>
    ReadOnlyMemory<byte> Memory { get; }

    /// <summary>Whether an alarm is on and what it was raised against is held no more: then what has lasted counts as usual, and its end says
    /// nothing of the value.</summary>
    bool HasOutlasted => false;

    /// <summary>Takes the next value.</summary>
    /// <param name="sample">The value, later than the one before; one that is no evidence moves the time on and nothing else.</param>
    /// <param name="series">Takes what it makes of it, rising in time: nothing, or one, or several where time has passed.</param>
    void Step(in AlertSample sample, ICollection<AlertSample> series);

    /// <summary>Told whether an alarm is on by what it makes: before the first value, and after each value that raised or ended one.</summary>
    /// <param name="isOn">Whether one is.</param>
    /// <param name="isNew">Whether it was the last value that raised it.</param>
    void Alarm(bool isOn, bool isNew)
    {
    }
}
