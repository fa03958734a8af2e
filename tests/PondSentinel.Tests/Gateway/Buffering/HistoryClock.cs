using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The time of a history: what it really is, and what the machine's clocks make of it. The wall clock is as wrong as
/// it likes while nobody vouches for it; the quartz drifts as much as a quartz may.</summary>
/// <param name="random">What decides.</param>
/// <param name="isAlwaysTrusted">Whether somebody vouches for the wall clock from the first moment on.</param>
internal sealed class HistoryClock(Random random, bool isAlwaysTrusted)
{
    private const double DriftMax = 50e-6;

    private readonly bool isAlwaysTrusted = isAlwaysTrusted;
    private double startMs = BufferBench.StartMs;
    private double drift;
    private long offMs;
    private Guid boot = BufferBench.Boot;
    private bool isTrusted = isAlwaysTrusted;

    /// <summary>What time it really is: UTC ms since 1970.</summary>
    public double TrueMs { get; private set; } = BufferBench.StartMs;

    private TimeSpan BootTime => TimeSpan.FromMilliseconds((TrueMs - startMs) * (1 + drift));

    /// <summary>Time goes by.</summary>
    public void Advance() => TrueMs += random.Next(50) == 0 ? random.Next(86_400_000) : random.Next(30_000);

    /// <summary>The machine starts anew.</summary>
    public void Reboot()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        TrueMs += random.Next(60_000);
        (boot, startMs) = (new Guid(bytes), TrueMs);
        drift = ((2 * random.NextDouble()) - 1) * DriftMax;
        isTrusted = isAlwaysTrusted;
        offMs = random.Next(4) switch { 0 => -(long)TrueMs, 1 => random.Next(), 2 => -random.Next(), _ => -random.Next(100_000) };
    }

    /// <summary>Reads the clocks.</summary>
    public ClockReading Read() => isTrusted
        ? Vouched() is var (wallMs, stamp) ? new ClockReading(boot, BootTime, wallMs, stamp) : default
        : new ClockReading(boot, BootTime, (long)TrueMs + offMs, null);

    /// <summary>Somebody vouches for the time.</summary>
    public ClockAnchor Trust()
    {
        isTrusted = true;
        var (wallMs, stamp) = Vouched();
        return new ClockAnchor(boot, BootTime, wallMs, stamp);
    }

    /// <summary>What somebody says who is asked in a later life of the machine, of which nothing else is heard.</summary>
    public ClockAnchor TrustLater() =>
        new(Guid.Empty, TimeSpan.FromSeconds(20), (long)TrueMs + 30_000, new ClockStamp(ClockSource.Ntp, 10));

    private (long WallMs, ClockStamp Stamp) Vouched()
    {
        var errorMs = random.Next(3) switch { 0 => 12, 1 => 60, _ => 3_000 };
        return ((long)Math.Round(TrueMs) + random.Next(-errorMs, errorMs + 1), new ClockStamp(ClockSource.Ntp, errorMs));
    }
}
