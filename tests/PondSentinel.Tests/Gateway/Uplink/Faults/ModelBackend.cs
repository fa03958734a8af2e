using System.Collections.Concurrent;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink.Faults;

/// <summary>A backend as the wire contract has it, in a few lines: stores by number, says what it has, can be away, and can be
/// restored from an older copy.</summary>
internal sealed class ModelBackend
{
    private const int GapsMax = 64;

    private static readonly TimeSpan OnChange = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileUnsettled = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<(string Topic, byte[] Payload)> queue = new();
    private readonly HashSet<string> dirty = [];
    private Dictionary<string, SortedSet<long>> records = [];
    private SortedSet<long> events = [];
    private (Dictionary<string, SortedSet<long>> Records, SortedSet<long> Events) backup = ([], []);
    private long number;
    private TimeSpan said = TimeSpan.MinValue;

    public long Generation { get; private set; } = 1_700_000_000_000;

    public bool IsAway { get; set; }

    /// <summary>What each generation of the store has, or had.</summary>
    public Dictionary<long, (Dictionary<string, SortedSet<long>> Records, SortedSet<long> Events)> Generations { get; } = [];

    public ModelBackend() => Generations[Generation] = (records, events);

    /// <summary>The broker passes a message on.</summary>
    public void Enqueue(OutgoingMessage message) => queue.Enqueue((message.Topic, message.Payload.ToArray()));

    /// <summary>The broker forgets what it had for the backend.</summary>
    public void LoseQueue() => queue.Clear();

    /// <summary>Makes a copy to be restored from.</summary>
    public void BackUp() => backup = Copy();

    /// <summary>Goes back to the copy.</summary>
    public void Restore()
    {
        Generation += 1000;
        number = 0;
        (records, events) = backup;
        backup = Copy();
        Generations[Generation] = (records, events);
        dirty.UnionWith(records.Keys.Append(RecordLogInMemory.OwnEpoch));
    }

    /// <summary>Takes in what came and says what it has where that is due.</summary>
    public IReadOnlyList<Receipt> Step(TimeSpan now)
    {
        if (IsAway)
        {
            return [];
        }

        var isAsked = false;
        while (queue.TryDequeue(out var message))
        {
            isAsked |= Take(message.Topic, message.Payload);
        }

        var isDue = isAsked || said == TimeSpan.MinValue
            || (dirty.Count > 0 && now - said >= OnChange)
            || now - said >= WhileUnsettled;
        if (!isDue)
        {
            return [];
        }

        said = now;
        dirty.Clear();
        return [.. records.Keys.Append(RecordLogInMemory.OwnEpoch).Distinct().Select(Receipt)];
    }

    /// <summary>What it would say of an epoch now, with a number that is used.</summary>
    public Receipt Receipt(string epoch)
    {
        var (upTo, gaps) = Settled(records.GetValueOrDefault(epoch) ?? []);
        var (eventsUpTo, eventGaps) = Settled(events);
        return new Receipt
        {
            By = "b1",
            Generation = Generation,
            Number = number++,
            Epoch = epoch,
            UpTo = upTo,
            Gaps = gaps,
            Events = epoch == RecordLogInMemory.OwnEpoch ? new EventReceipt(eventsUpTo, eventGaps) : null,
        };
    }

    private bool Take(string topic, byte[] payload)
    {
        if (topic.Contains("/data/", StringComparison.Ordinal))
        {
            var batch = BatchCodec.Decode(payload).Batch!;
            var store = Epoch(batch.Epoch);
            store.UnionWith(batch.Records.Select(record => record.Sequence));
            dirty.Add(batch.Epoch);
        }
        else if (topic.EndsWith("/evt", StringComparison.Ordinal))
        {
            events.Add(EventCodec.Decode(payload).Value!.Number);
            dirty.Add(RecordLogInMemory.OwnEpoch);
        }
        else if (topic.EndsWith("/state", StringComparison.Ordinal))
        {
            foreach (var held in StateCodec.Decode(payload).Value!.Inventory)
            {
                Epoch(held.Epoch);
            }

            return true;
        }

        return false;
    }

    private SortedSet<long> Epoch(string epoch)
    {
        if (!records.TryGetValue(epoch, out var store))
        {
            records[epoch] = store = [];
        }

        return store;
    }

    private (Dictionary<string, SortedSet<long>> Records, SortedSet<long> Events) Copy() =>
        (records.ToDictionary(pair => pair.Key, pair => new SortedSet<long>(pair.Value)), [.. events]);

    private static (long UpTo, List<SequenceRange> Gaps) Settled(SortedSet<long> store)
    {
        List<SequenceRange> gaps = [];
        var next = 0L;
        foreach (var stored in store)
        {
            if (stored > next)
            {
                if (gaps.Count == GapsMax)
                {
                    return (next - 1, gaps);
                }

                gaps.Add(new SequenceRange(next, stored - 1));
            }

            next = stored + 1;
        }

        return (next - 1, gaps);
    }
}
