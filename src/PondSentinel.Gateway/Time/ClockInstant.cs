namespace PondSentinel.Gateway.Time;

/// <summary>All clocks at one instant.</summary>
/// <param name="BootTime">By the quartz, see <see cref="IKernelClock.BootTime"/>.</param>
/// <param name="SteeredTime">Steered, see <see cref="IKernelClock.SteeredTime"/>.</param>
/// <param name="WallMs">The wall clock, UTC ms since 1970.</param>
internal readonly record struct ClockInstant(TimeSpan BootTime, TimeSpan SteeredTime, long WallMs)
{
    private const int AttemptsMax = 5;
    private static readonly TimeSpan ApartMax = TimeSpan.FromMilliseconds(2);

    /// <summary>How far the wall clock lies before the steered time: only a step changes it. Ms.</summary>
    public long WallMinusSteeredMs => WallMs - (long)SteeredTime.TotalMilliseconds;

    /// <summary>Reads them.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="time">The wall clock.</param>
    public static ClockInstant Read(IKernelClock kernel, TimeProvider time)
    {
        // They cannot be read at once. A reading torn apart by the scheduler would look like a step, so it is taken again;
        // the last one is taken as it is.
        for (var attempt = 1; ; attempt++)
        {
            var before = kernel.BootTime;
            var steered = kernel.SteeredTime;
            var wallMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            var apart = kernel.BootTime - before;
            if (apart < ApartMax || attempt == AttemptsMax)
            {
                return new ClockInstant(before + (apart / 2), steered, wallMs);
            }
        }
    }
}
