namespace PondSentinel.Gateway.Time;

/// <summary>Whether the battery-backed clock bears the wall clock out.</summary>
/// <remarks>One with an empty battery says 1970 or 2000, while the system begins at a date that it has kept in a file: neither
/// is the time. Not thread-safe.</remarks>
/// <param name="kernel">The kernel.</param>
/// <param name="options">What the owner says of it.</param>
internal sealed class HardwareClockCheck(IKernelClock kernel, ClockOptions options)
{
    // Asking it costs a transfer on its bus.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(10);

    private const long ResolutionMs = 1000;

    private TimeSpan? askedAt;
    private double? apartMs;

    /// <summary>Asks anew next time, because the wall clock was set.</summary>
    public void Forget() => askedAt = null;

    /// <summary>How far the wall clock may be wrong by the word of the battery-backed one, ms; null where that one has no
    /// time, or another than two quartzes can come to.</summary>
    /// <param name="now">The other clocks.</param>
    public double? ErrorMs(ClockInstant now)
    {
        var ownErrorMs = options.RtcError.TotalMilliseconds + ResolutionMs + ClockAnchor.DriftMs(now.BootTime);
        if (askedAt is not { } asked || now.BootTime - asked >= AskAgain)
        {
            askedAt = now.BootTime;
            apartMs = kernel.HardwareClockMs is { } hardwareMs && hardwareMs >= options.EarliestMs
                ? Math.Abs((double)now.WallMs - hardwareMs)
                : null;
        }

        // What the wall clock can have moved since without being seen to be set.
        var unseenMs = GatewayClock.StepMsMin + (2 * ClockAnchor.DriftMs(AskAgain));
        return apartMs <= ownErrorMs + ClockAnchor.DriftMs(now.BootTime) ? ownErrorMs + apartMs + unseenMs : null;
    }
}
