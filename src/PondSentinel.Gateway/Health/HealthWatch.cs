using PondSentinel.Wire;

namespace PondSentinel.Gateway.Health;

/// <summary>Decides when health is told: every so often, and as soon as something matters that did not before. Used by one
/// at a time.</summary>
/// <param name="now">How the gateway is.</param>
/// <param name="interval">Time between two messages at most; it may change.</param>
/// <param name="time">The clock.</param>
internal sealed class HealthWatch(Func<HealthMessage> now, Func<TimeSpan> interval, TimeProvider time)
{
    /// <summary>How often it looks whether something matters: 10 s, or the interval where that is shorter.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private Alarm told;
    private long? toldAt;

    /// <summary>The next message; the first is due at once.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task<HealthMessage> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = toldAt is { } last ? interval() - time.GetElapsedTime(last) : TimeSpan.Zero;
            var health = now();
            if (left <= TimeSpan.Zero || Alarm.In(health) != told)
            {
                told = Alarm.In(health);
                toldAt = time.GetTimestamp();
                return health;
            }

            await Task.Delay(left < LookInterval ? left : LookInterval, time, cancellationToken);
        }
    }

    // What somebody should know before the interval is over. Numbers that only grow are not among it, but that they began
    // to grow is.
    private readonly record struct Alarm(
        string? BufferFault, ClockSource? Clock, bool? Undervoltage, bool Full, bool Bad, bool Space, bool Spent)
    {
        public static Alarm In(HealthMessage health) => new(
            health.BufferFault,
            health.Clock?.Source,
            health.Undervoltage,
            health.Lost.GetValueOrDefault(LossCause.Full) > 0,
            health.Lost.GetValueOrDefault(LossCause.Bad) > 0,
            health.Lost.GetValueOrDefault(LossCause.Space) > 0,
            health.Link is { } link && link.MonthBytes >= link.BudgetBytes);
    }
}
