using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Which of its reads a probe does not answer, though it answers others, so that each costs its neighbours no deadline at every
/// poll: some makers' probes are silent about a register that they do not have.</summary>
/// <remarks>A read that was silent in <see cref="SilencesMax"/> attempts running is asked only at the pace of <see cref="SlowProbe"/>.
/// Within one attempt a read that was silent twice running, or once where it had been silent in the attempt before, is not asked again:
/// each reading of a burst would cost its deadline. One that was silent last time is asked in a turn of its own, after the neighbours
/// that are due with this probe: a deadline before them would cost each its slot where the interval is no longer than two deadlines. Not
/// thread-safe.</remarks>
/// <param name="reads">How many reads there are.</param>
/// <param name="interval">Time between polls; null where nobody has said.</param>
/// <param name="time">For the pace.</param>
internal sealed class SilentReads(int reads, TimeSpan? interval, TimeProvider time)
{
    /// <summary>Attempts running in which a read was silent until it is asked seldom.</summary>
    internal const int SilencesMax = 3;

    private const int SilencesInAnAttemptMax = 2;

    // Longer, it would only move the time of the record away from that of its numbers.
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    private readonly TimeSpan every = SlowProbe.Every(interval ?? TimeSpan.MaxValue);

    // Half an interval less, so that the poll meant is not missed.
    private readonly TimeSpan spared = SlowProbe.Every(interval ?? TimeSpan.MaxValue) - ((interval ?? TimeSpan.Zero) / 2);
    private readonly Silence[] silences = new Silence[reads];
    private long begun;

    /// <summary>Begins an attempt.</summary>
    public void Begin()
    {
        begun = time.GetTimestamp();
        foreach (ref var silence in silences.AsSpan())
        {
            silence.InAttempt = 0;
        }
    }

    /// <summary>Forgets all: another probe may hang there.</summary>
    public void Forget() => Array.Clear(silences);

    /// <summary>Whether a read is not to be asked now.</summary>
    /// <param name="read">Its place among the reads.</param>
    public bool IsSpared(int read)
    {
        var silence = silences[read];
        return silence.InAttempt >= (silence.Attempts > 1 ? 1 : SilencesInAnAttemptMax)
            || (silence.Attempts >= SilencesMax && time.GetElapsedTime(silence.AskedAt) < spared);
    }

    /// <summary>How long the line is left to neighbours before a read is asked.</summary>
    /// <param name="read">Its place among the reads.</param>
    public TimeSpan PauseBefore(int read)
    {
        var half = (interval ?? TimeSpan.Zero) / 2;
        return silences[read].Attempts == 0 ? TimeSpan.Zero : half < PauseMax ? half : PauseMax;
    }

    /// <summary>Takes note of what came of asking a read.</summary>
    /// <param name="read">Its place among the reads.</param>
    /// <param name="wasSilent">Whether it cost its deadline.</param>
    public void Note(int read, bool wasSilent)
    {
        ref var silence = ref silences[read];
        if (!wasSilent)
        {
            silence = default;
            return;
        }

        silence.Attempts += silence.InAttempt == 0 ? 1 : 0;
        silence.InAttempt++;
        silence.AskedAt = begun;
    }

    /// <summary>What is said of a read that is not asked now, for people.</summary>
    /// <param name="read">Its place among the reads.</param>
    /// <param name="name">Its name.</param>
    public string DetailOf(int read, string name) => silences[read].Attempts < SilencesMax
        ? $"it answered, but not about {name}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"it answers, but not about {name}, {silences[read].Attempts} times running: that is asked only every {Units.Text(every)}");

    private struct Silence
    {
        // Attempts running in which it was silent, with this one.
        public int Attempts;

        // Silences running in this attempt.
        public int InAttempt;

        // When the attempt began in which it was last asked.
        public long AskedAt;
    }
}
