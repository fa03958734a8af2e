using PondSentinel.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Time;

/// <summary>How a machine gets its wall clock at boot, and who corrects it.</summary>
internal enum MachineKind
{
    /// <summary>No battery: it begins at a date that it kept, or anywhere.</summary>
    Bare,

    /// <summary>A battery-backed clock within a second.</summary>
    WithRtc,

    /// <summary>One whose battery is empty.</summary>
    WithDeadRtc,
}

/// <summary>A machine whose true time the test knows. Its quartz drifts, its wall clock is stepped and slewed, it sleeps,
/// loses power and comes back. What its kernel says of the discipline is honest.</summary>
internal sealed class SimulatedMachine : TimeProvider, IKernelClock
{
    private const double QuartzPerUnit = 95e-6;
    private const double KernelGrowthPerUnit = 500e-6;

    private static readonly DateTime Begin = new(2026, 7, 1, 6, 0, 0, DateTimeKind.Utc);
    private static readonly TimeSpan NtpPoll = TimeSpan.FromSeconds(64);
    private static readonly TimeSpan UnsynchronisedAt = TimeSpan.FromSeconds(16);

    private readonly Random random;
    private readonly MachineKind kind;
    private double quartz;
    private double slewPerUnit;
    private TimeSpan slewLeft;
    private DateTime truth = Begin;
    private TimeSpan raw;
    private TimeSpan steered;
    private DateTime wall;
    private DateTime savedWall = Begin;
    private bool isDaemonOn;
    private bool isSynchronised;
    private TimeSpan polledAt;
    private TimeSpan polledError;

    public SimulatedMachine(Random random, MachineKind kind)
    {
        this.random = random;
        this.kind = kind;
        wall = Begin;
        Boot();
    }

    public Guid BootId { get; private set; }

    public TimeSpan BootTime => raw;

    public TimeSpan SteeredTime => steered;

    public double TrueMs => (truth - DateTime.UnixEpoch).TotalMilliseconds;

    public Discipline Discipline
    {
        get
        {
            var error = polledError + ((raw - polledAt) * KernelGrowthPerUnit) + slewLeft.Duration();
            return isSynchronised && error < UnsynchronisedAt
                ? new Discipline(Synchronised: true, error)
                : new Discipline(Synchronised: false, UnsynchronisedAt);
        }
    }

    public long? HardwareClockMs => kind switch
    {
        MachineKind.WithRtc => (long)(TrueMs / 1000) * 1000,
        MachineKind.WithDeadRtc => (long)raw.TotalSeconds * 1000,
        _ => null,
    };

    public override DateTimeOffset GetUtcNow() => wall;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => steered.Ticks;

    // Nothing that is simulated waits: whoever sets a timer is answered before it ends.
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new IdleTimer();

    public void Advance(TimeSpan trueTime)
    {
        while (trueTime > TimeSpan.Zero)
        {
            var step = trueTime < NtpPoll ? trueTime : NtpPoll;
            Pass(step);
            trueTime -= step;
            if (isDaemonOn && raw - polledAt >= NtpPoll)
            {
                PollNtp();
            }
        }
    }

    /// <summary>Advances to a point on the boot-time clock; not at all where that has passed.</summary>
    public void AdvanceTo(TimeSpan bootTime)
    {
        while (raw < bootTime)
        {
            Advance(TimeSpan.FromTicks(Math.Max(1, (long)((bootTime - raw).Ticks * (1 - (2 * QuartzPerUnit))))));
        }
    }

    public void StepWall(TimeSpan by)
    {
        // The kernel forgets its discipline when anybody sets the clock.
        wall += by;
        isSynchronised = false;
        slewLeft = TimeSpan.Zero;
        polledAt = raw;
    }

    public void StartDaemon()
    {
        isDaemonOn = true;
        PollNtp();
    }

    public void StopDaemon() => isDaemonOn = false;

    public void LosePower(TimeSpan away)
    {
        savedWall = random.Next(2) == 0 ? wall : savedWall;
        truth += away;
        Boot();
    }

    private void Boot()
    {
        BootId = NewGuid();
        (isDaemonOn, isSynchronised, slewLeft) = (false, false, TimeSpan.Zero);
        quartz = QuartzPerUnit * ((random.NextDouble() * 2) - 1);
        var took = TimeSpan.FromMilliseconds(random.Next(5_000, 30_000));
        (raw, steered, polledAt) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        wall = kind == MachineKind.WithRtc
            ? truth + TimeSpan.FromMilliseconds(random.Next(-900, 900))
            : random.Next(5) switch
            {
                0 => DateTime.UnixEpoch,
                1 => truth + TimeSpan.FromDays(random.Next(1, 2000)),
                2 => truth - TimeSpan.FromMinutes(random.Next(0, 600)),
                _ => savedWall,
            };
        Pass(took);
    }

    private void Pass(TimeSpan trueTime)
    {
        quartz = Math.Clamp(quartz + ((random.NextDouble() - 0.5) * 10e-6), -QuartzPerUnit, QuartzPerUnit);
        var byQuartz = trueTime * (1 + quartz);
        var slewed = TimeSpan.FromTicks(Math.Sign(slewLeft.Ticks)
            * Math.Min(slewLeft.Duration().Ticks, (long)(byQuartz.Ticks * slewPerUnit)));
        slewLeft -= slewed;
        truth += trueTime;
        raw += byQuartz;
        steered += byQuartz + slewed;
        wall += byQuartz + slewed;
    }

    private void PollNtp()
    {
        // As timesyncd and chrony do: set it where it is far off, else let it run faster or slower.
        polledError = TimeSpan.FromMilliseconds(random.Next(2, 200));
        var offset = wall - truth - (polledError * ((random.NextDouble() * 2) - 1));
        if (offset.Duration() > TimeSpan.FromMilliseconds(400))
        {
            StepWall(-offset);
        }
        else
        {
            slewLeft = -offset;
            slewPerUnit = random.Next(2) == 0 ? 500e-6 : 0.08;
        }

        polledAt = raw;
        isSynchronised = true;
    }

    private Guid NewGuid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private sealed class IdleTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
