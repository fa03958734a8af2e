using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Tells the time, and how far it may be believed.</summary>
/// <remarks>
/// <para>Every reading compares the wall clock with the steered boot-time clock. Slewing moves both alike, so their
/// difference changes only when somebody sets the wall clock: that is a step, and ends the trust in the machine's clock until
/// it has kept still for <see cref="Settling"/> and is vouched for again.</para>
/// <para>Who is believed, and within what bounds, is in README.md of this folder. What was once known outlives steps and
/// silence: it is carried on by the quartz, with an error that grows.</para>
/// <para>Thread-safe. <see cref="Changed"/> is raised on the thread that took the reading, before anybody gets another: an
/// event about a step is written before the first record after it. A handler must not ask the clock.</para>
/// </remarks>
public sealed class GatewayClock
{
    /// <summary>How far the wall clock may wander from the boot-time clock before it counts as set, ms.</summary>
    public const int StepMsMin = 100;

    /// <summary>While the kernel's bound is not above this, ms, nobody else is asked.</summary>
    public const int DisciplineGoodMs = 1000;

    // Whole milliseconds, cut off.
    private const int ResolutionMs = 1;

    // No kernel calls a clock synchronised that may be wrong by more (include/linux/timex.h, NTP_PHASE_LIMIT).
    private const int ServerErrorMsMax = 16_000;

    // 2200-01-01: a backend that says so is wrong.
    private const long ServerMsMax = 7_258_118_400_000;

    private readonly IKernelClock kernel;
    private readonly TimeProvider time;
    private readonly ClockOptions options;
    private readonly HardwareClockCheck hardware;
    private readonly Lock gate = new();

    private long? wallMinusSteeredMs;
    private TimeSpan? steppedAt;
    private ClockAnchor? server;
    private ClockAnchor? held;
    private Word? last;
    private long anchorErrorMs;

    /// <summary>Makes the clock; takes no reading yet.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="time">The wall clock.</param>
    /// <param name="options">Who is believed.</param>
    public GatewayClock(IKernelClock kernel, TimeProvider time, ClockOptions options)
    {
        this.kernel = kernel;
        this.time = time;
        this.options = options;
        hardware = new HardwareClockCheck(kernel, options);
    }

    /// <summary>How long the wall clock has to keep still after a step before it can be believed: 10 s.</summary>
    public static TimeSpan Settling { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an answer of the backend may take to be of use: 10 s.</summary>
    public static TimeSpan ServerAnswerMax { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Raised when trust is gained, becomes much better or is lost, and when the wall clock was set.</summary>
    public event Action<ClockChange>? Changed;

    /// <summary>Time since boot. Never steps; for durations and for <see cref="AcceptServerTime"/>.</summary>
    public TimeSpan BootTime => kernel.BootTime;

    /// <summary>Whether somebody vouches for the time now, rather than that it is carried on by the quartz or not known.</summary>
    public bool IsVouchedFor
    {
        get
        {
            lock (gate)
            {
                Read();
                return last is { IsVouchedFor: true };
            }
        }
    }

    /// <summary>Takes a reading of all clocks.</summary>
    public ClockReading Now()
    {
        lock (gate)
        {
            return Read();
        }
    }

    /// <summary>Takes the backend's word for the time.</summary>
    /// <param name="askedAtBoot">Boot time when the question was sent.</param>
    /// <param name="answeredAtBoot">Boot time when the answer came.</param>
    /// <param name="serverNowMs">What the backend said: UTC, ms since 1970.</param>
    /// <param name="serverErrorMs">How far it says that its own clock may be wrong, ms; 0 where it says nothing.</param>
    /// <returns>Whether it is of use: in time, possible, and better than the word before.</returns>
    public bool AcceptServerTime(
        TimeSpan askedAtBoot, TimeSpan answeredAtBoot, long serverNowMs, long serverErrorMs = 0)
    {
        var roundTrip = answeredAtBoot - askedAtBoot;
        if (roundTrip < TimeSpan.Zero
            || roundTrip > ServerAnswerMax
            || serverNowMs < options.EarliestMs
            || serverNowMs > ServerMsMax
            || serverErrorMs is < 0 or > ServerErrorMsMax)
        {
            return false;
        }

        // The backend read its clock somewhere between question and answer; the middle is wrong by at most half.
        var errorMs = (long)Math.Ceiling(roundTrip.TotalMilliseconds / 2) + ResolutionMs + serverErrorMs;
        var anchor = new ClockAnchor(
            kernel.BootId, askedAtBoot + (roundTrip / 2), serverNowMs, new ClockStamp(ClockSource.Srv, errorMs));
        lock (gate)
        {
            if (server is { } older && older.At(answeredAtBoot).Stamp.ErrorMs < errorMs)
            {
                return false;
            }

            server = anchor;
            Read();
            return true;
        }
    }

    /// <summary>How a reading compares with the newest answer of the backend that was of use.</summary>
    /// <param name="reading">A reading of this clock.</param>
    /// <returns>Null where there is none, where the reading goes by it, and where nobody vouches for the reading.</returns>
    public ClockComparison? AgainstBackend(ClockReading reading)
    {
        lock (gate)
        {
            if (server is not { } answer || reading.Trust is null or { Source: ClockSource.Srv })
            {
                return null;
            }

            var (wallMs, stamp) = answer.At(reading.BootTime);
            return new ClockComparison(
                reading.WallMs - wallMs, stamp.ErrorMs, Math.Max(0, (long)(reading.BootTime - answer.BootTime).TotalSeconds));
        }
    }

    private ClockReading Read()
    {
        var now = ClockInstant.Read(kernel, time);
        var stepMs = NoteStep(now);
        var word = Judge(now);
        var reading = word is { } spoken
            ? new ClockReading(kernel.BootId, now.BootTime, spoken.WallMs, spoken.Stamp)
            : new ClockReading(kernel.BootId, now.BootTime, now.WallMs, null);
        if (stepMs is { } byMs)
        {
            Changed?.Invoke(new ClockChange.Stepped(byMs, reading));
        }

        if (word is { } given)
        {
            NoteWord(given, reading, last?.At(now, stepMs ?? 0));
        }

        return reading;
    }

    private long? NoteStep(ClockInstant now)
    {
        var difference = now.WallMinusSteeredMs;
        var stepMs = difference - wallMinusSteeredMs;
        if (stepMs is null)
        {
            wallMinusSteeredMs = difference;
            return null;
        }

        if (Math.Abs(stepMs.Value) < StepMsMin)
        {
            return null;
        }

        wallMinusSteeredMs = difference;
        steppedAt = now.BootTime;
        hardware.Forget();
        return stepMs;
    }

    private Word? Judge(ClockInstant now)
    {
        var still = now.WallMs >= options.EarliestMs
            && (steppedAt is not { } stepped || now.BootTime - stepped >= Settling);
        var disciplined = still ? OfKernel(now) : null;
        if (disciplined is { Stamp.ErrorMs: <= DisciplineGoodMs } good)
        {
            return good;
        }

        // Nobody is good, so whoever is least wrong; of equals one who still speaks.
        Word?[] others = disciplined is null
            ? [Word.Of(server, now), still ? OfOwner(now) : null, Word.Of(held, now)]
            : [disciplined, Word.Of(server, now)];
        return others.Where(word => word is not null).MinBy(word => word!.Value.Stamp.ErrorMs);
    }

    private Word? OfKernel(ClockInstant now)
    {
        var discipline = kernel.Discipline;
        if (!discipline.Synchronised)
        {
            return null;
        }

        var errorMs = (long)Math.Ceiling(discipline.ErrorMax.TotalMilliseconds) + ResolutionMs;
        return new Word(null, now.WallMs, new ClockStamp(options.Discipline, errorMs), IsVouchedFor: true);
    }

    private Word? OfOwner(ClockInstant now)
    {
        var errorMs = options.Source switch
        {
            // From boot, or from when somebody set it, the wall clock runs by the quartz.
            ClockPolicy.System => options.RtcError.TotalMilliseconds
                + ClockAnchor.DriftMs(now.BootTime - (steppedAt ?? TimeSpan.Zero)),
            ClockPolicy.Rtc => hardware.ErrorMs(now),
            _ => null,
        };
        return errorMs is { } boundMs
            ? new Word(
                null, now.WallMs, new ClockStamp(ClockSource.Rtc, (long)Math.Ceiling(boundMs) + ResolutionMs), IsVouchedFor: true)
            : null;
    }

    // What the word before would say now tells how far the time of records moves.
    private void NoteWord(Word word, ClockReading reading, long? beforeMs)
    {
        var anchor = new ClockAnchor(reading.Boot, reading.BootTime, reading.WallMs, word.Stamp);
        var before = last;
        last = word;
        Hold(word, anchor, isNew: before is not { IsVouchedFor: true });
        if (!word.IsVouchedFor)
        {
            if (before is { IsVouchedFor: true } vouched)
            {
                Changed?.Invoke(new ClockChange.Lost(vouched.Stamp.Source, reading));
            }

            return;
        }

        // From one source half the error, not merely less: the kernel's bound breathes with every NTP poll.
        var shiftMs = reading.WallMs - beforeMs;
        if (before is not { IsVouchedFor: true } known
            || known.Stamp.Source != word.Stamp.Source
            || Math.Abs(shiftMs ?? 0) >= StepMsMin
            || word.Stamp.ErrorMs * 2 <= anchorErrorMs)
        {
            anchorErrorMs = word.Stamp.ErrorMs;
            Changed?.Invoke(new ClockChange.Anchored(anchor, shiftMs));
        }
    }

    // What is carried on when nobody vouches for the wall clock any more. The kernel's bound grows faster than the quartz
    // drifts, so the best of what it has said is kept; but what it says after a pause may be a correction.
    private void Hold(Word word, ClockAnchor anchor, bool isNew)
    {
        if (word.Anchor is null
            && (isNew || held is not { } known || known.At(anchor.BootTime).Stamp.ErrorMs >= word.Stamp.ErrorMs))
        {
            held = anchor;
        }
    }

    /// <summary>What somebody says of the time at one instant.</summary>
    /// <param name="Anchor">What it rests on; null where that is the wall clock.</param>
    /// <param name="WallMs">The time, UTC ms since 1970.</param>
    /// <param name="Stamp">How good it is.</param>
    /// <param name="IsVouchedFor">Whether somebody says so now, or it is carried on from what was known.</param>
    private readonly record struct Word(ClockAnchor? Anchor, long WallMs, ClockStamp Stamp, bool IsVouchedFor)
    {
        public static Word? Of(ClockAnchor? anchor, ClockInstant now)
        {
            if (anchor is not { } known)
            {
                return null;
            }

            var (wallMs, stamp) = known.At(now.BootTime);
            return new Word(known, wallMs, stamp, IsVouchedFor: stamp.Source == ClockSource.Srv);
        }

        public long At(ClockInstant now, long stepMs) => Anchor?.At(now.BootTime).WallMs ?? now.WallMs - stepMs;
    }
}
