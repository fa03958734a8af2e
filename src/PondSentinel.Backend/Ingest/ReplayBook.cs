using Microsoft.Data.Sqlite;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Decides what a gateway is asked to send again: what it holds, has not sent here for a while, and may believe settled.
/// </summary>
/// <remarks>
/// <para>A gateway sends by itself whatever the backend that it believes has not settled. So that backend asks only where
/// nothing has come of what is missing for a quarter of an hour; another backend, to which nobody owes anything, after a
/// minute, and at once for more while its wishes are served.</para>
/// <para>A memory of this process: states are retained, so the next begins with what gateways hold. One wish a gateway at a time.
/// Used by one at a time.</para>
/// </remarks>
/// <param name="backendId">Who asks.</param>
/// <param name="epochsMost">Most epochs that are looked at for a gateway.</param>
/// <param name="time">The clock.</param>
internal sealed class ReplayBook(string backendId, int epochsMost, TimeProvider time)
{
    /// <summary>Most numbers of one wish.</summary>
    public const int WishMax = 10_000;

    /// <summary>How long nothing may come of what is missing, before the backend that the gateway believes asks.</summary>
    public static readonly TimeSpan PatienceWhereBelieved = TimeSpan.FromMinutes(15);

    /// <summary>The same for another backend.</summary>
    public static readonly TimeSpan PatienceElsewhere = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan PatienceMax = TimeSpan.FromHours(1);

    private readonly Dictionary<string, Holding> holdings = new(StringComparer.Ordinal);

    /// <summary>Takes in what a gateway holds.</summary>
    /// <param name="topic">The topic of its state.</param>
    /// <param name="state">Its state.</param>
    /// <param name="isReopened">Whether it holds what had been settled as lost: it may have been told so, and believe it.</param>
    public void Hear(Topic topic, StateMessage state, bool isReopened)
    {
        if (!state.On)
        {
            // Where it stood before, a broker keeps for ever that it left.
            if (holdings.TryGetValue(topic.Gateway, out var known) && known.Topic.Site == topic.Site)
            {
                holdings.Remove(topic.Gateway);
            }

            return;
        }

        holdings[topic.Gateway] = new Holding(
            topic with { Kind = TopicKind.Replay },
            [.. state.Inventory.TakeLast(epochsMost)],
            state.Epoch,
            !isReopened && (state.Believed is not { } believed || string.Equals(believed.By, backendId, StringComparison.Ordinal)),
            time.GetTimestamp());
    }

    /// <summary>What is to be asked now.</summary>
    /// <param name="transaction">For reading what is settled.</param>
    public List<(Topic Topic, ReplayCommand Wish)> Due(SqliteTransaction transaction)
    {
        var tables = new IngestTables(transaction);
        List<(Topic Topic, ReplayCommand Wish)> due = [];
        foreach (var holding in holdings.Values)
        {
            if (holding.Look(Missing(tables, holding), time) is { } wish)
            {
                due.Add((holding.Topic, wish));
            }
        }

        return due;
    }

    // By epoch, oldest first: the lowest range that is missing, and how many numbers are in all.
    private static (string Epoch, SequenceRange First, long Count)? Missing(IngestTables tables, Holding holding)
    {
        foreach (var (epoch, firstHeld, last) in holding.Open.ToList())
        {
            var row = tables.Find(holding.Topic.Gateway, epoch);
            var settled = row is null ? [] : tables.Settled(row.Id, Sequence.Records);
            var held = new SequenceRange(firstHeld, Math.Max(last, settled is [.., var newest] ? newest.Last : -1));
            if (held.First <= held.Last && Ranges.Without(held, settled) is [var first, ..] missing)
            {
                return (epoch, first, missing.Sum(range => range.Count));
            }

            holding.Close(epoch);
        }

        return null;
    }

    private sealed class Holding(Topic topic, List<HeldEpoch> open, string? running, bool sendsByItself, long heardAt)
    {
        private (string Epoch, SequenceRange First, long Count)? before;
        private (string Epoch, long Last)? wish;
        private long since = heardAt;
        private int inVain;

        public Topic Topic => topic;

        /// <summary>The epochs of which something may be missing.</summary>
        public IReadOnlyList<HeldEpoch> Open => open;

        private TimeSpan Patience
        {
            get
            {
                var first = sendsByItself ? PatienceWhereBelieved : PatienceElsewhere;
                return TimeSpan.FromTicks(Math.Min(first.Ticks << Math.Min(inVain, 8), PatienceMax.Ticks));
            }
        }

        /// <summary>Nothing of an epoch is missing. Only the one that goes on can come to miss anything before the next state.</summary>
        /// <param name="epoch">The epoch.</param>
        public void Close(string epoch) => open.RemoveAll(held => held.Epoch == epoch && epoch != running);

        public ReplayCommand? Look((string Epoch, SequenceRange First, long Count)? missing, TimeProvider time)
        {
            var now = time.GetTimestamp();
            if (missing != before)
            {
                // Something came. Where it was the last of what was asked for, the next is asked for at once.
                var isServed = wish is { } asked && missing is { } next && (next.Epoch != asked.Epoch || next.First.First > asked.Last);
                (before, since, inVain) = (missing, now, 0);
                if (!isServed)
                {
                    return null;
                }
            }
            else if (missing is null || time.GetElapsedTime(since, now) < Patience)
            {
                return null;
            }
            else
            {
                (since, inVain) = (now, inVain + 1);
            }

            var (epoch, first, _) = missing!.Value;
            var last = Math.Min(first.Last, first.First + WishMax - 1);
            wish = (epoch, last);
            return new ReplayCommand(epoch, first with { Last = last });
        }
    }
}
