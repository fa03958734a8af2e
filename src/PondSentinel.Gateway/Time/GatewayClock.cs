using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Tells the time, and how far it may be believed.</summary>
/// <remarks>
/// <para>Every reading compares the wall clock with the boot-time clock. Slewing moves both alike, so their difference
/// changes only when somebody sets the wall clock: that is a step, and ends the trust in the machine's clock until it has
/// kept still for <see cref="Settling"/> and is vouched for again.</para>
/// <para>Trust comes from the kernel's NTP discipline, else from one exchange with the backend, else from the owner's
/// word (<see cref="ClockPolicy.System"/>). A backend's time holds on the boot-time clock alone and outlives steps.</para>
/// <para>Thread-safe. <see cref="Changed"/> is raised on the thread that took the reading, before it gets its answer: an
/// event about a step is written before the first record after it.</para>
/// </remarks>
public sealed class GatewayClock
{
    /// <summary>How far the wall clock may wander from the boot-time clock before it counts as set, ms.</summary>
    public const int StepMsMin = 100;

    /// <summary>Error bound of a clock that only its owner vouches for, ms.</summary>
    public const int OwnerErrorMs = 1000;

    // 2025-01-01 and 2200-01-01: a backend outside them is wrong, whatever it says.
    private const long ServerMsMin = 1_735_689_600_000;
    private const long ServerMsMax = 7_258_118_400_000;

    private readonly IKernelClock kernel;
    private readonly TimeProvider time;
    private readonly ClockPolicy policy;
    private readonly Lock gate = new();

    private long? wallMinusBootMs;
    private TimeSpan? steppedAt;
    private ClockAnchor? server;
    private ClockStamp? lastTrust;
    private long anchorErrorMs;

    /// <summary>Makes the clock; takes no reading yet.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="time">The wall clock.</param>
    /// <param name="options">Who is believed.</param>
    public GatewayClock(IKernelClock kernel, TimeProvider time, ClockOptions options)
    {
        this.kernel = kernel;
        this.time = time;
        policy = options.Source;
    }

    /// <summary>How long the wall clock has to keep still after a step before it can be believed: 10 s.</summary>
    public static TimeSpan Settling { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer of the backend may take to be of use: 10 s.</summary>
    public static TimeSpan ServerAnswerMax { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Raised when trust is gained, becomes much better or is lost, and when the wall clock was set.</summary>
    public event Action<ClockChange>? Changed;

    /// <summary>Time since boot. Never steps; for durations and for <see cref="AcceptServerTime"/>.</summary>
    public TimeSpan BootTime => kernel.BootTime;

    /// <summary>Takes a reading of all clocks.</summary>
    public ClockReading Now()
    {
        List<ClockChange> changes = [];
        ClockReading reading;
        lock (gate)
        {
            reading = Read(changes);
        }

        Announce(changes);
        return reading;
    }

    /// <summary>Takes the backend's word for the time.</summary>
    /// <param name="askedAtBoot">Boot time when the question was sent.</param>
    /// <param name="answeredAtBoot">Boot time when the answer came.</param>
    /// <param name="serverNowMs">What the backend said: UTC, ms since 1970.</param>
    /// <returns>Whether it is of use: in time, possible, and better than the word before.</returns>
    public bool AcceptServerTime(TimeSpan askedAtBoot, TimeSpan answeredAtBoot, long serverNowMs)
    {
        var roundTrip = answeredAtBoot - askedAtBoot;
        if (roundTrip < TimeSpan.Zero || roundTrip > ServerAnswerMax || serverNowMs is < ServerMsMin or > ServerMsMax)
        {
            return false;
        }

        // The backend read its clock somewhere between question and answer; the middle is wrong by at most half.
        var errorMs = (long)Math.Ceiling(roundTrip.TotalMilliseconds / 2);
        var anchor = new ClockAnchor(
            kernel.BootId, askedAtBoot + (roundTrip / 2), serverNowMs, new ClockStamp(ClockSource.Srv, errorMs));
        List<ClockChange> changes = [];
        lock (gate)
        {
            if (server is { } older && older.At(answeredAtBoot).Stamp.ErrorMs < errorMs)
            {
                return false;
            }

            server = anchor;
            Read(changes);
        }

        Announce(changes);
        return true;
    }

    private ClockReading Read(List<ClockChange> changes)
    {
        var (bootTime, wallMs) = ReadTogether();
        var stepMs = NoteStep(bootTime, wallMs);
        var reading = Judge(bootTime, wallMs);
        if (stepMs is { } byMs)
        {
            changes.Add(new ClockChange.Stepped(byMs, reading));
        }

        NoteTrust(reading, changes);
        return reading;
    }

    // The two clocks cannot be read at once. A reading torn apart by the scheduler would look like a step, so it is
    // taken again; the last one is taken as it is.
    private (TimeSpan BootTime, long WallMs) ReadTogether()
    {
        const int AttemptsMax = 5;
        for (var attempt = 1; ; attempt++)
        {
            var before = kernel.BootTime;
            var wallMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            var apart = kernel.BootTime - before;
            if (apart < TimeSpan.FromMilliseconds(2) || attempt == AttemptsMax)
            {
                return (before + (apart / 2), wallMs);
            }
        }
    }

    private long? NoteStep(TimeSpan bootTime, long wallMs)
    {
        var difference = wallMs - (long)bootTime.TotalMilliseconds;
        var stepMs = difference - wallMinusBootMs;
        if (stepMs is null)
        {
            wallMinusBootMs = difference;
            return null;
        }

        if (Math.Abs(stepMs.Value) < StepMsMin)
        {
            return null;
        }

        wallMinusBootMs = difference;
        steppedAt = bootTime;
        return stepMs;
    }

    private ClockReading Judge(TimeSpan bootTime, long wallMs)
    {
        var still = steppedAt is not { } stepped || bootTime - stepped >= Settling;
        var discipline = kernel.Discipline;
        if (still && discipline.Synchronised)
        {
            return new ClockReading(
                kernel.BootId,
                bootTime,
                wallMs,
                new ClockStamp(ClockSource.Ntp, (long)Math.Ceiling(discipline.ErrorMax.TotalMilliseconds)));
        }

        if (server is { } anchor)
        {
            var (serverMs, stamp) = anchor.At(bootTime);
            return new ClockReading(kernel.BootId, bootTime, serverMs, stamp);
        }

        return new ClockReading(
            kernel.BootId,
            bootTime,
            wallMs,
            still && policy == ClockPolicy.System ? new ClockStamp(ClockSource.Rtc, OwnerErrorMs) : null);
    }

    private void NoteTrust(ClockReading reading, List<ClockChange> changes)
    {
        if (reading.Trust is not { } trust)
        {
            if (lastTrust is { } last)
            {
                changes.Add(new ClockChange.Lost(last.Source, reading));
            }
        }
        else if (lastTrust is null
            || (trust.ErrorMs < anchorErrorMs
                && (trust.Source != lastTrust.Value.Source || trust.ErrorMs * 2 <= anchorErrorMs)))
        {
            // From one source half the error, not merely less: the kernel's bound breathes with every NTP poll.
            changes.Add(new ClockChange.Anchored(
                new ClockAnchor(reading.Boot, reading.BootTime, reading.WallMs, trust)));
            anchorErrorMs = trust.ErrorMs;
        }

        lastTrust = reading.Trust;
    }

    private void Announce(List<ClockChange> changes)
    {
        foreach (var change in changes)
        {
            Changed?.Invoke(change);
        }
    }
}
