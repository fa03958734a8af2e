using PondSentinel.Sensors.Buses;

namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>Keeps a count over restarts, with few writes.</summary>
/// <remarks>
/// <para>Promise: after a power cut at any moment the kept count is a lower bound of what was counted, and
/// <see cref="KeptCount.AtMost"/> is an upper one, as long as the medium takes what is written.</para>
/// <para>How: each write reserves room for pulses to come, and the next is made when half of that is used, at once, on a thread of
/// its own; else at a poll, at most every <see cref="KeepEvery"/>. The room is four times what came since the last write, so a contact
/// that pulses fast is written no more often than one that pulses slowly.</para>
/// <para>Thread-safe.</para>
/// </remarks>
/// <param name="memory">Where it is kept; null where nobody keeps it.</param>
/// <param name="time">For how often.</param>
internal sealed class CountKeeper(IDeviceMemory? memory, TimeProvider time)
{
    /// <summary>How often a count that grows slowly is written: a card is worn by writes, not by pulses.</summary>
    public static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(10);

    /// <summary>Fewest pulses that room is reserved for.</summary>
    public const long RoomMin = 32;

    private const int RoomPerPulse = 4;

    private readonly Lock gate = new();
    private KeptCount kept;
    private long keptAt;
    private long writeFrom;
    private int writing;

    /// <summary>The latest write that a pulse began; for tests.</summary>
    public Task Writing { get; private set; } = Task.CompletedTask;

    /// <summary>What was kept when the process began, and what that means for the count.</summary>
    /// <param name="incomplete">Why pulses are missing from it, in one line; null where none can be.</param>
    /// <returns>The count to go on from.</returns>
    public long Begin(out string? incomplete)
    {
        lock (gate)
        {
            incomplete = null;
            if (memory is null)
            {
                incomplete = "nobody keeps the count: it begins at 0 with each start";
                return 0;
            }

            var text = memory.Read(out var failure);
            if (text is not null && KeptCount.Parse(text) is { } found)
            {
                kept = found;
                incomplete = found.AtMost == found.Count
                    ? "pulses while this program did not run were not seen"
                    : FormattableString.Invariant(
                        $"this program or its machine was stopped without warning: at most {found.AtMost - found.Count} pulses that it had counted are lost, and those while it did not run were not seen");
            }
            else if (text is not null || failure is not null)
            {
                incomplete = $"the count that was kept cannot be read, so it begins at 0: {failure ?? "it is not what was written"}";
            }

            WriteLocked(kept.Count, RoomMin);
            return kept.Count;
        }
    }

    /// <summary>Takes note of a pulse. Returns at once.</summary>
    /// <param name="count">The count with it.</param>
    /// <param name="latest">Gives the count when it is written.</param>
    public void Note(long count, Func<long> latest)
    {
        if (memory is null || count < Interlocked.Read(ref writeFrom) || Interlocked.Exchange(ref writing, 1) != 0)
        {
            return;
        }

        Writing = Blocking.RunAsync(() =>
        {
            Keep(latest());
            Interlocked.Exchange(ref writing, 0);
            return true;
        });
    }

    /// <summary>Writes the count where it has grown and that is due. The write has a thread of its own.</summary>
    /// <param name="count">The count.</param>
    public async ValueTask KeepWhereDueAsync(long count)
    {
        lock (gate)
        {
            if (count <= kept.Count || time.GetElapsedTime(keptAt) < KeepEvery)
            {
                return;
            }
        }

        await Blocking.RunAsync(() =>
        {
            Keep(count);
            return true;
        });
    }

    /// <summary>Writes the count at a stop in which nothing is lost: no more pulses come.</summary>
    /// <param name="count">The count.</param>
    public void End(long count)
    {
        lock (gate)
        {
            WriteLocked(count, room: 0);
        }
    }

    private void Keep(long count)
    {
        lock (gate)
        {
            if (count > kept.Count)
            {
                WriteLocked(count, Math.Max(RoomMin, RoomPerPulse * (count - kept.Count)));
            }
        }
    }

    private void WriteLocked(long count, long room)
    {
        var next = new KeptCount(count, count + room);
        keptAt = time.GetTimestamp();

        // Where it fails, the card's own fault is told elsewhere. It is tried again, but not at each pulse.
        var failed = memory?.Write(next.ToString()) is not null;
        kept = failed ? kept : next;
        Interlocked.Exchange(ref writeFrom, count + (failed ? RoomMin : room / 2));
    }
}
