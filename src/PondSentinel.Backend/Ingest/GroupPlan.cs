using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What is to become of a group of data messages: decided from what is settled, before anything is written.
/// </summary>
/// <remarks>Reads only. The group's own messages are told apart from each other here, so that a record that is in two of
/// them makes one point.</remarks>
internal sealed class GroupPlan
{
    /// <summary>Most points and rows of a group; the message that reaches it is the last.</summary>
    public const int PointsMax = 5_000;

    // Far more than a group has messages, and than there will be epochs.
    private const long LivesMax = 1L << 32;

    // As much as it can cost, whatever it is: an honest gateway has next to none that cannot be read.
    private const int UnreadableBytes = 2 * 1024 * 1024;

    // What a value costs at least: thousands of the same take no room in a message, and yet do in the store.
    private const int ValueBytes = 8;

    private const long DayMs = 24 * 60 * 60 * 1_000;

    private readonly IngestTables tables;
    private readonly RevisionBook revisions;
    private readonly ChannelBook channels;
    private readonly IngestParts parts;
    private readonly Dictionary<(string Gateway, string Epoch), EpochRow?> epochs = [];
    private readonly Dictionary<(string Gateway, string Epoch), long> lives = [];
    private readonly Dictionary<(string Gateway, string Epoch), string?> revisedSites = [];
    private readonly HashSet<(string Gateway, RecordId Record)> claimed = [];
    private readonly List<PlannedPoint> points = [];
    private readonly Dictionary<(string Gateway, string Epoch), string> begun = [];
    private readonly long aheadMs;
    private long rows;

    /// <param name="tables">What is settled.</param>
    /// <param name="revisions">What was revised.</param>
    /// <param name="channels">The channels that are known.</param>
    /// <param name="parts">What ingest works with.</param>
    public GroupPlan(IngestTables tables, RevisionBook revisions, ChannelBook channels, IngestParts parts) =>
        (this.tables, this.revisions, this.channels, this.parts, aheadMs) =
            (tables, revisions, channels, parts, Ingest.Points.AheadMs(parts.Time.GetUtcNow()));

    /// <summary>The messages, in the order in which they came.</summary>
    public List<(Delivery Delivery, PlannedBatch Batch)> Batches { get; } = [];

    /// <summary>Channels nobody has sent before.</summary>
    public HashSet<SeriesKey> NewChannels { get; } = [];

    /// <summary>How many of the messages bring something: what is sent again takes no place from what is new.</summary>
    public int NewsCount { get; private set; }

    /// <summary>Whether there is no room for another message.</summary>
    public bool IsFull => points.Count + rows >= PointsMax;

    /// <summary>Takes a message in.</summary>
    public void Add(Delivery delivery, Topic topic)
    {
        var batch = Decode(delivery, topic);
        Batches.Add((delivery, batch));
        NewsCount += batch.IsDuplicate ? 0 : 1;
    }

    /// <summary>The points to write: by gateway in the order of their numbers, without what is revised already.</summary>
    public List<PlannedPoint> Points()
    {
        var standing = revisions.Standing(points);
        for (var i = 1; i < standing.Count; i++)
        {
            if (InOrder(standing[i - 1], standing[i]) > 0)
            {
                return [.. standing.Order(Comparer<PlannedPoint>.Create(InOrder))];
            }
        }

        // As they came, nearly always.
        return standing;
    }

    private static int InOrder(PlannedPoint left, PlannedPoint right) =>
        ReferenceEquals(left.Batch, right.Batch) ? left.Record.Sequence.CompareTo(right.Record.Sequence)
        : string.CompareOrdinal(left.Batch.Topic.Gateway, right.Batch.Topic.Gateway) is not 0 and var byGateway ? byGateway
        : left.Life.CompareTo(right.Life) is not 0 and var byLife ? byLife
        : left.Record.Sequence.CompareTo(right.Record.Sequence);

    private static PlannedBatch Refuse(Topic topic, Delivery delivery, Refusal refusal) =>
        new() { Topic = topic, Payload = delivery.Payload, Refusal = refusal };

    private PlannedBatch Decode(Delivery delivery, Topic topic)
    {
        var (batch, malformed, run) = BatchCodec.Decode(delivery.Payload.Span);
        if (delivery.Again is null)
        {
            parts.Inbox.Charge(topic.Gateway, CostOf(delivery, batch));
        }

        if (batch is null)
        {
            return Unreadable(topic, delivery, malformed ?? "unreadable", run);
        }

        if (!string.Equals(batch.Gateway, topic.Gateway, StringComparison.Ordinal))
        {
            return Unreadable(
                topic, delivery, $"the payload names the gateway {batch.Gateway}", (batch.Epoch, batch.Range));
        }

        return Gate(topic, batch.Epoch, batch.Range) switch
        {
            null => Plan(delivery, topic, batch),
            { Settles: not null } refusal => Settle(topic, delivery, refusal, batch.Epoch, batch.Range, [batch.Range]),
            { } refusal => Refuse(topic, delivery, refusal),
        };
    }

    private static long CostOf(Delivery delivery, Batch? batch) => batch is null
        ? UnreadableBytes
        : Math.Max(0, (ValueBytes * batch.Records.Sum(record => (long)record.Channels.Count)) - delivery.Payload.Length);

    // Its numbers are settled as refused where they can be read, once they came so twice: what nobody can read must not be sent
    // for ever.
    private PlannedBatch Unreadable(
        Topic topic, Delivery delivery, string detail, (string Epoch, SequenceRange Range)? run)
    {
        var refusal = new Refusal(Standing.Malformed.Token, detail, IsKept: true, Standing.Malformed);
        if (run is not { } known || Gate(topic, known.Epoch, known.Range) is { Settles: null })
        {
            return Refuse(topic, delivery, refusal);
        }

        var repeated = parts.Doubts.Note(topic.Gateway, known.Epoch, Sequence.Records, known.Range);
        return repeated.Count == 0
            ? Refuse(topic, delivery, refusal)
            : Settle(topic, delivery, refusal, known.Epoch, known.Range, repeated);
    }

    // What is settled the gateway gives up. So the message is kept here first; where there is no room it stays with the gateway.
    private PlannedBatch Settle(
        Topic topic, Delivery delivery, Refusal refusal, string epoch, SequenceRange range, List<SequenceRange> numbers)
    {
        List<SequenceRange> settled =
            Find(topic.Gateway, epoch) is { } row ? tables.Settled(row.Id, Sequence.Records, range) : [];
        var isNew = numbers.Exists(part => Ranges.Without(part, settled).Count > 0);
        if (isNew && parts.RefuseGrowth(topic.Gateway, numbers.Count + 1) is { } overgrown)
        {
            return Refuse(topic, delivery, overgrown);
        }

        if (isNew && !parts.Refused.TryReserve(topic.Gateway, delivery.Payload.Length))
        {
            return Refuse(topic, delivery, refusal);
        }

        var planned = new PlannedBatch
        {
            Topic = topic,
            Payload = delivery.Payload,
            Epoch = epoch,
            Range = range,
            Refusal = refusal,
            IsKeptWhole = isNew,
            SeesRefused = true,
        };
        planned.Others.AddRange(numbers.Select(part => (part, refusal.Settles!.Value)));

        // It is entered too, and in this order.
        LifeOf(planned);
        return planned;
    }

    private Refusal? Gate(Topic topic, string epoch, SequenceRange range)
    {
        var isKnown = Find(topic.Gateway, epoch) is not null;
        var beginning = isKnown ? 0 : epochs.Count(pair => pair.Value is null && pair.Key.Gateway == topic.Gateway) - 1;

        // The group's own batches begin an epoch before the table knows of it.
        return begun.TryGetValue((topic.Gateway, epoch), out var site) && site != topic.Site
            ? EpochGate.OtherSite(epoch, site, topic.Site)
            : EpochGate.Refusal(tables, parts.Quotas, topic, epoch, Sequence.Records, range, beginning);
    }

    private PlannedBatch Plan(Delivery delivery, Topic topic, Batch batch)
    {
        var planned = new PlannedBatch
        {
            Topic = topic, Payload = delivery.Payload, Epoch = batch.Epoch, Range = batch.Range,
        };
        var row = Find(topic.Gateway, batch.Epoch);
        List<SequenceRange> settled = row is null ? [] : tables.Settled(row.Id, Sequence.Records, batch.Range);
        var exceptions = row is null ? [] : tables.Exceptions(row.Id, batch.Range);
        planned.SeesRefused = exceptions.Exists(item => item.Standing.IsRefused);
        List<SequenceRange> open = [.. exceptions.Where(item => item.Standing.IsOpen).Select(item => item.Range)];
        var fresh = batch.Records
            .Where(record => (!Ranges.Contains(settled, record.Sequence) || Ranges.Contains(open, record.Sequence))
                && !claimed.Contains((topic.Gateway, new RecordId(batch.Epoch, record.Sequence))))
            .ToList();
        var added = RowsOf(row, batch, fresh, settled);
        if (parts.RefuseGrowth(topic.Gateway, added) is { } overgrown)
        {
            return Refuse(topic, delivery, overgrown);
        }

        rows += added;
        begun.TryAdd((topic.Gateway, batch.Epoch), topic.Site);

        Take(planned, batch, Admitted(planned, batch, Storable(planned, fresh)));
        RefuseUnreadable(planned, batch, settled, open);
        planned.Others.AddRange(batch.Gone.Select(gone => (gone.Range, Standings.OfToken(gone.Cause.Token))));
        List<SequenceRange> refused = [.. exceptions.Where(item => item.Standing.IsRefused).Select(item => item.Range)];
        planned.IsDuplicate = planned.Fresh.Count == 0
            && planned.Refused.TrueForAll(item => Ranges.Contains(refused, item.Sequence))
            && planned.Others.All(other => Ranges.Without(other.Range, settled).Count == 0);
        return planned;
    }

    // What no store can hold has no points either.
    private List<DeviceRecord> Storable(PlannedBatch planned, List<DeviceRecord> fresh)
    {
        List<DeviceRecord> storable = [];
        foreach (var record in fresh)
        {
            if (Ingest.Points.Refusal(record) is { } standing)
            {
                claimed.Add((planned.Topic.Gateway, new RecordId(planned.Epoch!, record.Sequence)));
                planned.Refused.Add((record.Sequence, standing));
            }
            else
            {
                storable.Add(record);
            }
        }

        return storable;
    }

    // Rows of the state database that a batch adds, at most. One that goes on where the last ended, within a day, adds none.
    private static long RowsOf(EpochRow? row, Batch batch, List<DeviceRecord> fresh, List<SequenceRange> settled) =>
        (row is null ? 1 : 0)
        + (settled.Count == 0 ? 1 : 0)
        + batch.Gone.Count(gone => Ranges.Without(gone.Range, settled).Count > 0)
        + batch.Unreadable.Count(part => Ranges.Without(part.Range, settled).Count > 0)
        + Math.Max(0, fresh.Select(record => record.TimeMs / DayMs).Distinct().Count() - 1)
        + fresh.Where(record => record.Revises is not null).Sum(record => (long)record.Channels.Count);

    // Records that bring one channel too many are refused by number, and the rest is taken: the archive has the whole batch.
    private List<DeviceRecord> Admitted(PlannedBatch planned, Batch batch, List<DeviceRecord> fresh)
    {
        bool Admits(IEnumerable<DeviceRecord> records) => channels.Admits(
            planned.Topic.Gateway,
            records.SelectMany(record => Ingest.Points.Of(SiteOf(planned.Topic, record), batch, record)).Select(SeriesKey.Of).ToHashSet(),
            NewChannels,
            parts.Quotas.Channels);

        if (Admits(fresh))
        {
            return fresh;
        }

        List<DeviceRecord> admitted = [];
        foreach (var record in fresh)
        {
            if (Admits([record]))
            {
                admitted.Add(record);
            }
            else
            {
                planned.Refused.Add((record.Sequence, Standing.Channels));
            }
        }

        planned.Notice = new Refusal(
            Standing.Channels.Token,
            $"{fresh.Count - admitted.Count} records of a batch with more than {parts.Quotas.Channels} different channels of the gateway",
            IsKept: false);
        return admitted;
    }

    // Records with a measurand that this version does not know: the archive has them.
    private static void RefuseUnreadable(
        PlannedBatch planned, Batch batch, List<SequenceRange> settled, List<SequenceRange> open)
    {
        foreach (var (range, cause) in batch.Unreadable)
        {
            for (var number = range.First; number <= range.Last; number++)
            {
                if (!Ranges.Contains(settled, number) || Ranges.Contains(open, number))
                {
                    planned.Refused.Add((number, Standings.OfToken(cause)));
                }
            }
        }

        planned.Notice ??= batch.Unreadable is [var first, ..]
            ? new Refusal(first.Cause, $"records from {first.Range.First} on of a measurand that this version does not know", IsKept: false)
            : null;
    }

    private void Take(PlannedBatch planned, Batch batch, List<DeviceRecord> fresh)
    {
        var life = LifeOf(planned);
        foreach (var record in fresh)
        {
            claimed.Add((planned.Topic.Gateway, new RecordId(batch.Epoch, record.Sequence)));
            planned.Fresh.Add(record.Sequence);
            if (record.TimeMs > aheadMs)
            {
                planned.Ahead = planned.Ahead is var (records, firstMs) ? (records + 1, firstMs) : (1, record.TimeMs);
            }

            if (record.Revises is { } revised)
            {
                planned.Revisions.AddRange(record.Channels.Select(channel =>
                    new Revision(revised, RevisionBook.Name(record.Device, channel.Channel), record.Sequence)));
            }

            points.AddRange(Ingest.Points.Of(SiteOf(planned.Topic, record), batch, record)
                .Select(point => new PlannedPoint(point, planned, new RecordId(batch.Epoch, record.Sequence), life)));
        }
    }

    // The site belongs to the epoch: a revision of an earlier life stays where that was.
    private string SiteOf(Topic topic, DeviceRecord record)
    {
        if (record.Revises is not { } revised)
        {
            return topic.Site;
        }

        if (!revisedSites.TryGetValue((topic.Gateway, revised.Epoch), out var site))
        {
            site = tables.Find(topic.Gateway, revised.Epoch)?.Site;
            revisedSites[(topic.Gateway, revised.Epoch)] = site;
        }

        return site ?? topic.Site;
    }

    // Epochs that this group begins come after all others, in the order in which they will be entered.
    private long LifeOf(PlannedBatch batch)
    {
        var key = (batch.Topic.Gateway, batch.Epoch!);
        if (!lives.TryGetValue(key, out var life))
        {
            life = Find(key.Gateway, key.Item2)?.Id ?? long.MaxValue - LivesMax + lives.Count;
            lives[key] = life;
        }

        return life;
    }

    private EpochRow? Find(string gateway, string epoch)
    {
        if (!epochs.TryGetValue((gateway, epoch), out var row))
        {
            row = tables.Find(gateway, epoch);
            epochs[(gateway, epoch)] = row;
        }

        return row;
    }
}
