using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>What became of each number of one epoch. Every number up to <see cref="Last"/> is held in a segment or gone with
/// a cause; apart from that it is settled or not, and sent or not.</summary>
/// <remarks>Settled and gone are durable; all else ends with the process, so that a restart sends again what is not settled.
/// Where a number is both gone and still found in a segment, gone holds. Not thread-safe.</remarks>
/// <param name="epoch">The epoch.</param>
/// <param name="site">Site that its numbers belong to.</param>
/// <param name="isOwn">Whether this process began it.</param>
internal sealed class EpochLedger(string epoch, string site, bool isOwn)
{
    /// <summary>Most intervals of numbers that are gone, for each cause. Beyond it the highest lose their cause: they are
    /// found again as unreadable.</summary>
    public const int GoneIntervalsMax = 256;

    /// <summary>Why numbers can be gone here: the closed list, in the order in which they are on the card.</summary>
    public static readonly IReadOnlyList<LossCause> Causes = [LossCause.Full, LossCause.Thin, LossCause.Bad, LossCause.Space];

    private const long Never = long.MaxValue;

    private readonly IntervalSet[] gone = [.. Causes.Select(_ => new IntervalSet(GoneIntervalsMax))];
    private readonly IntervalSet had = new(GoneIntervalsMax);
    private readonly NumberBits thinned = new();
    private readonly IntervalSet sent = new();
    private readonly IntervalSet offered = new();
    private readonly IntervalSet again = new();
    private readonly IntervalSet replayed = new();
    private readonly IntervalSet replaying = new();
    private long liveFrom = Never;
    private bool liveAwaitsCard;
    private bool backlogAwaitsCard;

    /// <summary>The epoch.</summary>
    public string Epoch => epoch;

    /// <summary>Site that its numbers belong to.</summary>
    public string Site { get; private set; } = site;

    /// <summary>Whether this process began it.</summary>
    public bool IsOwn => isOwn;

    /// <summary>Highest number given to anything; -1 before the first.</summary>
    public long Given { get; private set; } = -1;

    /// <summary>Highest number that is durable or gone; -1 before the first.</summary>
    public long Last { get; private set; } = -1;

    /// <summary>What the backend has. Forgetting the highest sends them again.</summary>
    public IntervalSet Settled { get; } = new();

    /// <summary>Whether its next number waits for a time. Nothing of it is offered meanwhile.</summary>
    public bool AwaitsTime { get; set; }

    /// <summary>Notes whether the next number of a lane can only be read once the card is back. Nothing of that lane is
    /// offered meanwhile.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="isAway">Whether it is so.</param>
    public void AwaitCard(Lane lane, bool isAway)
    {
        if (lane == Lane.Live)
        {
            liveAwaitsCard = isAway;
        }
        else
        {
            backlogAwaitsCard = isAway;
        }
    }

    /// <summary>Looks again at what could not be read.</summary>
    public void TryCard() => (liveAwaitsCard, backlogAwaitsCard) = (false, false);

    /// <summary>Lowest number that is held, or gone and not settled; above <see cref="Last"/> where there is none.</summary>
    public long FirstHeld => Math.Min(FirstNotGone(0), Settled.FirstOutside(0));

    /// <summary>Whether nobody will ever ask for it again.</summary>
    public bool IsOver => !isOwn && FirstHeld > Last && replayed.Count == 0;

    /// <summary>Numbers that are held and not settled.</summary>
    public IEnumerable<SequenceRange> Unsettled =>
        Last < 0 ? [] : UnsettledWithin(new SequenceRange(0, Last));

    /// <summary>Numbers of a range that are held and not settled.</summary>
    /// <param name="range">The range.</param>
    public IEnumerable<SequenceRange> UnsettledWithin(SequenceRange range) => Settled.Outside(range).SelectMany(Held);

    /// <summary>How many numbers are held and not settled.</summary>
    public long CountUnsettled() => Last < 0 ? 0 : CountUnsettled(new SequenceRange(0, Last));

    /// <summary>How many numbers of a range are held and not settled.</summary>
    /// <param name="range">The range.</param>
    public long CountUnsettled(SequenceRange range) => Settled.Outside(range).Sum(CountHeld);

    /// <summary>How many numbers of a range are held.</summary>
    /// <param name="range">The range.</param>
    public long CountHeld(SequenceRange range) => Kept(range).Sum(part => part.Count - thinned.CountWithin(part));

    /// <summary>How many numbers thinned records stand for that are on the card.</summary>
    public long ThinnedCount => thinned.Count;

    /// <summary>Lowest number that a thinned record on the card stands for; null where there is none.</summary>
    public long? FirstThinned => thinned.FirstInside(0);

    /// <summary>Learns the site, where what was read of the epoch so far did not tell it.</summary>
    /// <param name="name">The site; null where it is still not known.</param>
    public void LearnSite(string? name)
    {
        if (Site.Length == 0 && name is not null)
        {
            Site = name;
        }
    }

    /// <summary>Gives the next number.</summary>
    public long Give() => ++Given;

    /// <summary>Notes that all numbers up to one are durable or gone.</summary>
    /// <param name="number">The number.</param>
    public void Reach(long number)
    {
        Given = Math.Max(Given, number);
        Last = Math.Max(Last, number);
        if (Last < Given)
        {
            Last = Math.Min(Given, FirstNotGone(Last + 1) - 1);
        }
    }

    /// <summary>How many numbers that were counted as lost have been forgotten to be gone, because their intervals were too
    /// many. They are found again as unreadable, and not counted again.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Declares numbers gone.</summary>
    /// <param name="range">The numbers.</param>
    /// <param name="cause">Why; a number that is gone already keeps its cause.</param>
    /// <returns>How many are lost by it: those that were neither gone nor settled, nor have been counted before.</returns>
    public long Lose(SequenceRange range, LossCause cause)
    {
        long lost = 0;
        var set = gone[(int)cause];
        var expected = set.Count;
        foreach (var part in Held(range).ToList())
        {
            lost += Settled.Outside(part).Sum(unsettled => unsettled.Count);
            foreach (var settled in Settled.Within(part).ToList())
            {
                had.Add(settled);
            }

            set.Add(part);
            expected += part.Count;
        }

        var counted = Math.Min(lost, Forgotten);
        Forgotten += expected - set.Count - counted;
        return lost - counted;
    }

    /// <summary>Declares numbers gone that were declared so before this process.</summary>
    /// <param name="range">The numbers.</param>
    /// <param name="cause">Why.</param>
    public void LoseBefore(SequenceRange range, LossCause cause) => gone[(int)cause].Add(range);

    /// <summary>Takes over what was forgotten before this process.</summary>
    /// <param name="count">How many numbers.</param>
    public void ForgetBefore(long count) => Forgotten = count;

    /// <summary>Declares numbers gone that a thinned record on the card stands for. The card says so itself: the ledger
    /// does not repeat it.</summary>
    /// <param name="numbers">The numbers; those gone already keep their cause.</param>
    /// <returns>How many were not gone.</returns>
    public long Thin(IEnumerable<long> numbers) =>
        numbers.Count(number => Array.TrueForAll(gone, set => !set.Contains(number)) && thinned.Add(number));

    /// <summary>Takes back that a thinned record stands for a number, because that record is given up.</summary>
    /// <param name="number">The number, which has to be declared gone at once.</param>
    /// <returns>Whether one stood for it.</returns>
    public bool EndThin(long number) => thinned.Remove(number);

    /// <summary>Numbers gone for a cause, but for those that a thinned record on the card stands for.</summary>
    /// <param name="cause">The cause.</param>
    public IntervalSet Gone(LossCause cause) => gone[(int)cause];

    /// <summary>Numbers that were settled when they were given up. They are gone for one of the <see cref="Causes"/> too, by which
    /// the highest are told where these are too many.</summary>
    public IntervalSet Had => had;

    /// <summary>The numbers from a given one on that are gone for one cause; null where it is not gone.</summary>
    /// <param name="number">The given one.</param>
    public GoneRange? GoneAt(long number)
    {
        foreach (var cause in Causes)
        {
            if (gone[(int)cause].FirstOutside(number) is var end && end > number)
            {
                return had.FirstOutside(number) is var kept && kept > number
                    ? new GoneRange(new SequenceRange(number, Math.Min(end, kept) - 1), LossCause.Had)
                    : new GoneRange(new SequenceRange(number, Math.Min(end - 1, Before(had, number))), cause);
            }
        }

        return thinned.FirstOutside(number) is var next && next > number
            ? new GoneRange(new SequenceRange(number, next - 1), LossCause.Thin)
            : null;
    }

    /// <summary>The part of a range up to the first number that is gone, given that its first is not.</summary>
    /// <param name="range">The range.</param>
    public SequenceRange UntilGone(SequenceRange range) => Held(range).First();

    /// <summary>Whether any of a range is not gone.</summary>
    /// <param name="range">The range.</param>
    public bool IsHeld(SequenceRange range) => Held(range).Any();

    /// <summary>Whether all of a range is settled or gone.</summary>
    /// <param name="range">The range.</param>
    public bool IsSettledOrGone(SequenceRange range) => !UnsettledWithin(range).Any();

    /// <summary>Whether a number is held and not settled.</summary>
    /// <param name="number">The number.</param>
    public bool IsUnsettled(long number) =>
        !Settled.Contains(number) && !thinned.Contains(number) && Array.TrueForAll(gone, set => !set.Contains(number));

    /// <summary>Whether this process has handed a number to the uplink, so that the backend may have it already.</summary>
    /// <param name="number">The number.</param>
    public bool IsOut(long number) => offered.Contains(number) || sent.Contains(number);

    /// <summary>Draws the line: numbers given from now on are live.</summary>
    public void StartLive() => liveFrom = Given + 1;

    /// <summary>Makes every number backlog.</summary>
    public void EndLive() => liveFrom = Never;

    /// <summary>The next numbers of a lane to be sent; null where there are none.</summary>
    /// <param name="lane">The lane.</param>
    public SequenceRange? Next(Lane lane) => AwaitsTime ? null : lane switch
    {
        Lane.Live => liveAwaitsCard ? null : NextLive(),
        Lane.Backlog => backlogAwaitsCard ? null : NextBacklog(),
        _ => throw new ArgumentOutOfRangeException(nameof(lane), lane, "Not a defined lane."),
    };

    /// <summary>Notes that numbers were handed to the uplink, which a receipt for them may overtake.</summary>
    /// <param name="range">The numbers.</param>
    public void Offer(SequenceRange range) => offered.Add(range);

    /// <summary>Notes that the broker has taken numbers.</summary>
    /// <param name="range">The numbers.</param>
    public void MarkSent(SequenceRange range)
    {
        if (Known(range) is { } known)
        {
            sent.Add(known);
            again.Remove(known);
            foreach (var part in replayed.Within(known).ToList())
            {
                replaying.Add(part);
            }

            replayed.Remove(known);
        }
    }

    /// <summary>Puts what is sent and not settled of a range back, as backlog; what was settled and replayed too, until a receipt has
    /// spoken of it.</summary>
    /// <param name="range">The range.</param>
    /// <returns>How many numbers.</returns>
    public long Requeue(SequenceRange range)
    {
        long count = 0;
        foreach (var part in sent.Within(range).SelectMany(Settled.Outside).ToList())
        {
            sent.Remove(part);
            again.Add(part);
            count += part.Count;
        }

        foreach (var part in replaying.Within(range).ToList())
        {
            replaying.Remove(part);
            replayed.Add(part);
        }

        return count;
    }

    /// <summary>Puts a range back even where it is settled, as backlog.</summary>
    /// <param name="range">The range.</param>
    public void Replay(SequenceRange range)
    {
        if (Known(range) is not { } known)
        {
            return;
        }

        Requeue(known);
        foreach (var part in Settled.Within(known).ToList())
        {
            replayed.Add(part);
        }
    }

    /// <summary>Settles numbers that can have been sent: of this process's epoch those that were offered, of an earlier one
    /// all, because nobody knows any more.</summary>
    /// <param name="range">The numbers.</param>
    /// <returns>Whether something was new, and whether all of them can have been sent.</returns>
    public (bool Changed, bool Plausible) Settle(SequenceRange range)
    {
        IReadOnlyList<SequenceRange> plausible = isOwn
            ? [.. offered.Within(range)]
            : Known(range) is { } known ? [known] : [];
        var changed = false;
        foreach (var part in plausible)
        {
            changed |= Settled.Outside(part).Any();
            Settled.Add(part);
            replaying.Remove(part);

            // What was forgotten again at once stays sent, or it would go out again at every receipt.
            foreach (var kept in Settled.Within(part).ToList())
            {
                sent.Remove(kept);
                again.Remove(kept);
            }
        }

        return (changed, plausible.Sum(part => part.Count) == range.Count);
    }

    /// <summary>Takes back that anything is settled; it goes out again as backlog.</summary>
    public void Unsettle()
    {
        foreach (var part in Settled.Intervals)
        {
            again.Add(part);
        }

        Settled.Clear();
        replayed.Clear();
        replaying.Clear();
    }

    private SequenceRange? NextLive()
    {
        if (liveFrom > Last)
        {
            return null;
        }

        var first = FirstUnsent(liveFrom);
        while (again.Contains(first))
        {
            first = FirstUnsent(again.FirstOutside(first));
        }

        return first > Last ? null : new SequenceRange(first, Math.Min(EndOfUnsent(first), Before(again, first)));
    }

    private SequenceRange? NextBacklog()
    {
        var first = FirstUnsent(0);
        if (first >= liveFrom)
        {
            first = FirstToSendAgain(first);
        }

        if (replayed.FirstInside(0) is { } replay && replay < first)
        {
            return new SequenceRange(replay, replayed.FirstOutside(replay) - 1);
        }

        if (first > Last)
        {
            return null;
        }

        var end = first < liveFrom ? liveFrom - 1 : again.FirstOutside(first) - 1;
        return new SequenceRange(first, Math.Min(EndOfUnsent(first), end));
    }

    private long FirstToSendAgain(long from)
    {
        while (again.FirstInside(from) is { } first)
        {
            var unsent = FirstUnsent(first);
            if (unsent == first)
            {
                return first;
            }

            from = unsent;
        }

        return Never;
    }

    private long FirstUnsent(long from)
    {
        while (true)
        {
            var unsettled = Settled.FirstOutside(from);
            var unsent = sent.FirstOutside(unsettled);
            if (unsent == unsettled)
            {
                return unsent;
            }

            from = unsent;
        }
    }

    private long EndOfUnsent(long first) =>
        Math.Min(Last, Math.Min(Before(Settled, first), Before(sent, first)));

    private static long Before(IntervalSet set, long from) => set.FirstInside(from) is { } inside ? inside - 1 : Never;

    private long FirstNotGone(long from)
    {
        while (GoneAt(from) is { } found)
        {
            from = found.Range.Last + 1;
        }

        return from;
    }

    private IEnumerable<SequenceRange> Held(SequenceRange range) => Kept(range).SelectMany(thinned.Outside);

    // Held, or thinned into another.
    private IEnumerable<SequenceRange> Kept(SequenceRange range) =>
        gone.Aggregate<IntervalSet, IEnumerable<SequenceRange>>([range], (parts, set) => parts.SelectMany(set.Outside));

    private SequenceRange? Known(SequenceRange range)
    {
        var known = new SequenceRange(Math.Max(range.First, 0), Math.Min(range.Last, Last));
        return known.First <= known.Last ? known : null;
    }
}
