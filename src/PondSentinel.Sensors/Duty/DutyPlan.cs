namespace PondSentinel.Sensors.Duty;

/// <summary>When a sensor with a fan and a laser runs.</summary>
/// <remarks>A laser diode wears while it shines and a fan while it turns; both rest best where most of the time is rest. From
/// <see cref="RestsFrom"/> on, half a minute of warm-up is at most a quarter of the time. Below, it would run nearly all the time
/// anyway, and be started more than 30 times an hour for it.</remarks>
/// <param name="WarmUp">How long after its start its values are none.</param>
/// <param name="Rests">Whether it rests between polls.</param>
/// <param name="Interval">Time between polls; null where nobody has said.</param>
internal sealed record DutyPlan(TimeSpan WarmUp, bool Rests, TimeSpan? Interval)
{
    /// <summary>Where its owner says nothing, it rests between polls that are so far apart.</summary>
    public static readonly TimeSpan RestsFrom = TimeSpan.FromMinutes(2);

    /// <summary>How long a poll waits off the line, on each poll.</summary>
    public TimeSpan Waiting => Rests ? WarmUp : TimeSpan.Zero;

    /// <summary>The plan of a device.</summary>
    /// <param name="order">What is wanted of it.</param>
    /// <param name="usualWarmUp">Its model's warm-up.</param>
    public static DutyPlan Of(SensorOrder order, TimeSpan usualWarmUp)
    {
        var settings = order.Settings as DutySettings;
        return new DutyPlan(
            settings?.WarmUp ?? usualWarmUp, settings?.Sleep ?? (order.Interval is { } interval && interval >= RestsFrom), order.Interval);
    }

    /// <summary>Whether a poll waits until the warm-up is over; else it says that there is no value yet.</summary>
    /// <param name="left">What is left of it.</param>
    public bool WaitsFor(TimeSpan left) => Rests || left < Interval;
}
