namespace PondSentinel.Backend.Completeness;

/// <summary>A life of the gateway's program: one epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="FirstMs">The time of the first record or event known of it, UTC ms since 1970.</param>
/// <param name="LastMs">The time of the last.</param>
/// <param name="Boot">The life of the machine it ran in, as it said; null where it has not.</param>
/// <param name="StopMs">When somebody asked it to stop, where it said so.</param>
/// <param name="Given">The highest number it is known to have given; -1 where none.</param>
internal sealed record Life(string Epoch, long FirstMs, long LastMs, string? Boot, long? StopMs, long Given)
{
    /// <summary>Whether a poll is the first of a device in it: no second one is made within half an interval.</summary>
    /// <param name="timeMs">When it was made.</param>
    /// <param name="intervalMs">ms between the device's polls.</param>
    public bool IsFirst(long timeMs, long intervalMs) => timeMs - FirstMs < intervalMs / 2;

    /// <summary>When the slot begins that a poll stands in.</summary>
    /// <param name="timeMs">When it was made.</param>
    /// <param name="intervalMs">ms between the device's polls.</param>
    public long SlotStartOf(long timeMs, long intervalMs) => IsFirst(timeMs, intervalMs)
        ? Slots.FirstStart(timeMs, intervalMs)
        : Slots.Floor(timeMs, intervalMs) * intervalMs;

    /// <summary>When the earliest slot begins that a poll made at a time or later may stand in.</summary>
    /// <param name="timeMs">The time.</param>
    /// <param name="intervalMs">ms between the device's polls.</param>
    /// <remarks>Where nobody said when it began, the first that is known of it may not have been its first poll.</remarks>
    public long EarliestSlotFrom(long timeMs, long intervalMs) =>
        Boot is null ? Slots.Floor(timeMs, intervalMs) * intervalMs : SlotStartOf(timeMs, intervalMs);
}

/// <summary>The lives of a gateway in their order.</summary>
internal sealed class Lives
{
    private readonly List<Life> lives;
    private readonly List<int> lastUntil = [];
    private readonly Dictionary<string, Life> byEpoch;

    /// <param name="lives">In any order.</param>
    /// <param name="stopped">The epoch that was said to be stopped by the newest state; null where none was.</param>
    public Lives(IEnumerable<Life> lives, string? stopped)
    {
        this.lives = [.. lives.OrderBy(life => life.FirstMs).ThenBy(life => life.Epoch, StringComparer.Ordinal)];
        byEpoch = this.lives.ToDictionary(life => life.Epoch, StringComparer.Ordinal);
        Stopped = stopped;
        for (var i = 0; i < this.lives.Count; i++)
        {
            // Times are not always true, so that lives may overlap: the one that reaches farthest of those begun.
            lastUntil.Add(i > 0 && this.lives[lastUntil[i - 1]].LastMs > this.lives[i].LastMs ? lastUntil[i - 1] : i);
        }
    }

    public string? Stopped { get; }

    public IReadOnlyList<Life> All => lives;

    /// <summary>The last sign of all; null where there is none.</summary>
    public long? LastMs => lives.Count == 0 ? null : lives[lastUntil[^1]].LastMs;

    /// <summary>The life of an epoch.</summary>
    public Life? Of(string epoch) => byEpoch.GetValueOrDefault(epoch);

    /// <summary>When the next life after an instant begins; null where none is known.</summary>
    public long? NextAfter(long timeMs) => lives.Find(life => life.FirstMs > timeMs)?.FirstMs;

    /// <summary>Whether one begins in a time.</summary>
    /// <param name="fromMs">Where the time begins.</param>
    /// <param name="spanMs">How long it is, ms.</param>
    public bool BeginWithin(long fromMs, long spanMs) => lives.Exists(life => life.FirstMs >= fromMs && life.FirstMs - fromMs < spanMs);

    /// <summary>Why a slot is empty that no number was found for; null where the gateway ran then.</summary>
    /// <param name="timeMs">When the poll would have been.</param>
    public Fate? WhyOff(long timeMs)
    {
        var (low, high) = (0, lives.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = lives[middle].FirstMs <= timeMs ? (middle + 1, high) : (low, middle);
        }

        var next = low < lives.Count ? lives[low] : null;
        if (low == 0)
        {
            return next is null ? Fate.Unheard : Fate.Off;
        }

        var before = lives[lastUntil[low - 1]];
        if (timeMs <= before.LastMs)
        {
            return null;
        }

        return before.StopMs is not null || (next is null && Stopped == before.Epoch) ? Fate.Stop
            : next is null ? Fate.Unheard
            : before.Boot is null || next.Boot is null ? Fate.Off
            : before.Boot == next.Boot ? Fate.Crash
            : Fate.Power;
    }
}
