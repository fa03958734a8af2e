using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>What was sent and is not settled: how many bytes of backlog that is, and what has to be sent again when.
/// </summary>
/// <remarks>
/// <para>Sent again is what stayed unsettled for <c>resend_after</c> while the backend answers and settled something that was
/// sent later; where it settled nothing later it is only slow, and gets four times as long. At once goes what a lost session may
/// have lost. Each time it is sent again it may stay twice as long, up to an hour.</para>
/// <para>It is a memory of this process and no promise: the buffer knows what is sent and settled. A range here may hold
/// more than that, never less; <see cref="Buffering.IRecordLog.Requeue"/> takes only what is sent and unsettled.</para>
/// <para>Thread-safe.</para>
/// </remarks>
/// <param name="resendAfter">How long what was sent may stay unsettled, the first time.</param>
/// <param name="time">The clock.</param>
/// <param name="receiptsWithin">How long the backend was told that receipts may wait; null where nobody told it.</param>
internal sealed class SentLedger(TimeSpan resendAfter, TimeProvider time, TimeSpan? receiptsWithin = null)
{
    /// <summary>How long the backend may be silent and still count as answering: it speaks every minute while anything is
    /// unsettled, unless it was told that there is no hurry.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(150);

    // The same in units of what it was told.
    private const double SilencesMax = 2.5;

    // With a backend that is away for days the broker goes on taking live batches: beyond this many they are remembered
    // together.
    private const int EntriesMax = 1024;

    // The backend takes messages in the order in which they were sent: as long as nothing later is settled its turn may come.
    private const int PatienceInTurn = 4;

    private static readonly TimeSpan PatienceMax = TimeSpan.FromHours(1);
    private static readonly TimeSpan GatherMax = TimeSpan.FromSeconds(10);

    private readonly TimeSpan silenceMax =
        receiptsWithin * SilencesMax is { } told && told > SilenceMax ? told : SilenceMax;

    // What falls due meanwhile goes in the same batches.
    private readonly TimeSpan gather = resendAfter / 4 < GatherMax ? resendAfter / 4 : GatherMax;

    private readonly Lock gate = new();
    private readonly long origin = time.GetTimestamp();
    private readonly List<Entry> sent = [];
    private readonly List<Entry> again = [];
    private TaskCompletionSource room = new();
    private long backlogBytes;
    private TimeSpan? answeringSince;
    private TimeSpan lastAnswer;
    private TimeSpan newestSettled;

    /// <summary>Bytes of backlog sent and not settled.</summary>
    public long BacklogBytes
    {
        get
        {
            lock (gate)
            {
                return backlogBytes;
            }
        }
    }

    /// <summary>Whether something waits for being settled for too long and nobody can say why, because the backend is
    /// silent.</summary>
    public bool WantsAnswer
    {
        get
        {
            lock (gate)
            {
                return !IsAnswering && sent.Exists(entry => Now >= entry.SentAt + Patience(entry.Times));
            }
        }
    }

    /// <summary>When the newest of what is settled was sent, by the ledger's clock; what was sent again does not count, because
    /// nobody knows which of the two was settled.</summary>
    public TimeSpan NewestSettled
    {
        get
        {
            lock (gate)
            {
                return newestSettled;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(origin);

    private bool IsAnswering => answeringSince is not null && Now - lastAnswer <= silenceMax;

    /// <summary>How often a range, or part of it, was sent and not settled in time.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="range">Its numbers.</param>
    public int TimesUnsettled(string epoch, SequenceRange range)
    {
        lock (gate)
        {
            return again.Where(entry => entry.Epoch == epoch && Overlap(entry.Range, range))
                .Select(entry => entry.Times).DefaultIfEmpty().Max();
        }
    }

    /// <summary>Notes that a message is on its way.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="range">Its numbers.</param>
    /// <param name="bytes">Its bytes, where it is backlog; otherwise 0.</param>
    public void NoteSent(string epoch, SequenceRange range, int bytes)
    {
        lock (gate)
        {
            sent.Add(new Entry(epoch, range, bytes, Now, TakeTimes(epoch, range), false));
            backlogBytes += bytes;
            Bound(sent);
        }
    }

    /// <summary>Notes that the broker has not taken a message after all.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="range">Its numbers.</param>
    public void TakeBack(string epoch, SequenceRange range) =>
        Free(() =>
        {
            var index = sent.FindLastIndex(entry => entry.Epoch == epoch && entry.Range == range);
            if (index >= 0)
            {
                Remember(sent[index], sent[index].Times);
                Remove(index);
            }

            return index >= 0;
        });

    /// <summary>Notes what is settled.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="upTo">Every number up to this.</param>
    /// <param name="gaps">But for these.</param>
    public void Settle(string epoch, long upTo, IReadOnlyList<SequenceRange> gaps)
    {
        bool IsSettled(Entry entry) =>
            entry.Epoch == epoch && entry.Range.Last <= upTo && !gaps.Any(gap => Overlap(gap, entry.Range));

        Free(() =>
        {
            again.RemoveAll(IsSettled);
            for (var i = sent.Count - 1; i >= 0; i--)
            {
                if (IsSettled(sent[i]))
                {
                    if (sent[i].Times == 0 && sent[i].SentAt > newestSettled)
                    {
                        newestSettled = sent[i].SentAt;
                    }

                    Remove(i);
                }
            }

            return true;
        });
    }

    /// <summary>Notes that the backend has spoken.</summary>
    public void NoteAnswer()
    {
        lock (gate)
        {
            if (!IsAnswering)
            {
                answeringSince = Now;
            }

            lastAnswer = Now;
        }
    }

    /// <summary>Notes that what another ledger with the same clock holds was settled.</summary>
    /// <param name="sentAt">Its <see cref="NewestSettled"/>.</param>
    public void NoteOvertaken(TimeSpan sentAt)
    {
        lock (gate)
        {
            newestSettled = sentAt > newestSettled ? sentAt : newestSettled;
        }
    }

    /// <summary>Notes that there is no link: nobody can answer.</summary>
    public void NoteLinkLost()
    {
        lock (gate)
        {
            answeringSince = null;
        }
    }

    /// <summary>Notes that the broker has forgotten the session, and with it perhaps what it had taken.</summary>
    public void NoteSessionLost()
    {
        lock (gate)
        {
            for (var i = 0; i < sent.Count; i++)
            {
                sent[i] = sent[i] with { Lost = true };
            }
        }
    }

    /// <summary>Takes out what has to be sent again now: all that is due, once some of it has been so for a while.</summary>
    /// <returns>Ranges, the oldest sent first.</returns>
    public IReadOnlyList<RecordIds> TakeDue()
    {
        List<RecordIds> due = [];
        Free(() =>
        {
            if (!sent.Exists(entry => Due(entry) is { } at && at + (entry.Lost ? TimeSpan.Zero : gather) <= Now))
            {
                return false;
            }

            for (var i = 0; i < sent.Count;)
            {
                var entry = sent[i];
                if (Due(entry) is not { } at || at > Now)
                {
                    i++;
                    continue;
                }

                due.Add(new RecordIds(entry.Epoch, entry.Range));
                Remember(entry, entry.Times + 1);
                Remove(i);
            }

            return due.Count > 0;
        });
        return due;
    }

    /// <summary>Takes out everything: it goes again, due or not. What was due before keeps its count.</summary>
    public void TakeAll() =>
        Free(() =>
        {
            foreach (var entry in sent)
            {
                Remember(entry, entry.Times);
            }

            sent.Clear();
            backlogBytes = 0;
            return true;
        });

    /// <summary>Whether a message of backlog may be sent. One may always, so that a window smaller than it stops nothing.
    /// </summary>
    /// <param name="bytes">Its bytes at most.</param>
    /// <param name="window">Most bytes sent and not settled.</param>
    public bool HasRoom(long bytes, long window)
    {
        lock (gate)
        {
            return backlogBytes == 0 || backlogBytes + bytes <= window;
        }
    }

    /// <summary>Waits until a message of backlog may be sent.</summary>
    /// <param name="bytes">Its bytes at most.</param>
    /// <param name="window">Most bytes sent and not settled.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task WaitForRoomAsync(long bytes, long window, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task freed;
            lock (gate)
            {
                freed = room.Task;
            }

            if (HasRoom(bytes, window))
            {
                return;
            }

            await freed.WaitAsync(cancellationToken);
        }
    }

    private static bool Overlap(SequenceRange one, SequenceRange other) =>
        one.First <= other.Last && other.First <= one.Last;

    // Changes something under the lock; where that freed room, wakes who waits for it, outside of the lock.
    private void Free(Func<bool> change)
    {
        TaskCompletionSource? freed = null;
        lock (gate)
        {
            if (change())
            {
                freed = room;
                room = new TaskCompletionSource();
            }
        }

        freed?.SetResult();
    }

    private TimeSpan? Due(Entry entry)
    {
        if (entry.Lost)
        {
            return entry.Times == 0 ? TimeSpan.Zero : entry.SentAt + Patience(entry.Times - 1);
        }

        return IsAnswering && answeringSince is { } since
            ? (entry.SentAt > since ? entry.SentAt : since)
                + (Patience(entry.Times) * (entry.SentAt < newestSettled ? 1 : PatienceInTurn))
            : null;
    }

    private TimeSpan Patience(int times)
    {
        var patience = resendAfter;
        for (var i = 0; i < times && patience < PatienceMax; i++)
        {
            patience *= 2;
        }

        return patience < PatienceMax || times == 0 ? patience : PatienceMax;
    }

    private void Remove(int index)
    {
        backlogBytes -= sent[index].Bytes;
        sent.RemoveAt(index);
    }

    private void Remember(Entry entry, int times)
    {
        if (times > 0)
        {
            again.Add(entry with { Times = times });
            Bound(again);
        }
    }

    // How often a range was sent again before: the most of its parts. The rest of what it was part of keeps its count.
    private int TakeTimes(string epoch, SequenceRange range)
    {
        var times = 0;
        foreach (var entry in again.Where(entry => entry.Epoch == epoch && Overlap(entry.Range, range)).ToList())
        {
            times = Math.Max(times, entry.Times);
            again.Remove(entry);
            if (entry.Range.First < range.First)
            {
                again.Add(entry with { Range = entry.Range with { Last = range.First - 1 } });
            }

            if (entry.Range.Last > range.Last)
            {
                again.Add(entry with { Range = entry.Range with { First = range.Last + 1 } });
            }
        }

        return times;
    }

    private static void Bound(List<Entry> entries)
    {
        if (entries.Count <= EntriesMax)
        {
            return;
        }

        // The oldest two of one epoch become one that spans both.
        for (var i = 0; i < entries.Count; i++)
        {
            var (older, index) = (entries[i], entries.FindIndex(i + 1, entry => entry.Epoch == entries[i].Epoch));
            if (index > 0)
            {
                var newer = entries[index];
                entries[i] = older with
                {
                    Range = new SequenceRange(
                        Math.Min(older.Range.First, newer.Range.First), Math.Max(older.Range.Last, newer.Range.Last)),
                    Bytes = older.Bytes + newer.Bytes,
                    SentAt = newer.SentAt,
                    Times = Math.Max(older.Times, newer.Times),
                    Lost = older.Lost || newer.Lost,
                };
                entries.RemoveAt(index);
                return;
            }
        }
    }

    private sealed record Entry(string Epoch, SequenceRange Range, int Bytes, TimeSpan SentAt, int Times, bool Lost);
}

/// <summary>Records or events by their numbers.</summary>
/// <param name="Epoch">Their epoch.</param>
/// <param name="Range">Their numbers.</param>
internal readonly record struct RecordIds(string Epoch, SequenceRange Range);
