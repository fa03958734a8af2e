using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Broker;

/// <summary>What has come from the broker and waits for ingest. Gateways are served in turn, each within its quota, so that one
/// that sends without end delays and crowds out nobody but itself.</summary>
/// <remarks>
/// <para>What is let go is acknowledged at once: a message that is held holds up those of all gateways behind it, because MQTT
/// wants acknowledgements in order. It has no receipt, so the gateway sends it again.</para>
/// <para>Thread-safe; read by one at a time.</para>
/// </remarks>
public sealed class Inbox
{
    // Not every broker keeps to Receive Maximum: what it has queued for a backend that was away may come at once.
    private const long BatchBytesMax = 64L << 20;
    private const long OtherBytesMax = 32L << 20;
    private const long WeightMin = 1024;

    private readonly Lock gate = new();
    private readonly FairQueue<InboxEntry> batches = new(BatchBytesMax);
    private readonly FairQueue<InboxEntry> others = new(OtherBytesMax);
    private readonly GatewayBuckets second;
    private readonly GatewayBuckets day;
    private readonly Channel<bool> news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<(string Gateway, SurplusCause Cause), int> surplus = [];
    private bool mayBeStale;

    /// <param name="quota">What one gateway may send.</param>
    /// <param name="time">The clock.</param>
    public Inbox(GatewayQuota quota, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(quota);
        Quota = quota;
        second = new GatewayBuckets(quota.BytesPerSecond, quota.BurstBytes, time);
        day = new GatewayBuckets(quota.BytesPerDay / TimeSpan.FromDays(1).TotalSeconds, quota.BytesPerDay, time);
    }

    /// <summary>What one gateway may send.</summary>
    public GatewayQuota Quota { get; }

    /// <summary>Whether anything but batches waits.</summary>
    public bool HasOthers
    {
        get
        {
            lock (gate)
            {
                return others.Count > 0;
            }
        }
    }

    /// <summary>Takes a message in, or lets it go. Returns at once.</summary>
    /// <param name="name">Its topic. One that is none of a gateway's is let go without a word.</param>
    /// <param name="payload">Its bytes; copied where they are taken.</param>
    /// <param name="acknowledge">As of <see cref="Delivery"/>.</param>
    /// <param name="isStale">As of <see cref="Delivery"/>.</param>
    /// <param name="isRetained">As of <see cref="Delivery"/>.</param>
    public void Offer(string name, ReadOnlySequence<byte> payload, Action acknowledge, Func<bool> isStale, bool isRetained = false)
    {
        ArgumentNullException.ThrowIfNull(acknowledge);
        if (!Topic.TryParse(name, out var topic))
        {
            acknowledge();
            return;
        }

        IReadOnlyList<InboxEntry> pushedOut;
        lock (gate)
        {
            var cost = payload.Length + GatewayQuota.MessageBytes;
            SurplusCause? beyond =
                !second.Has(topic.Gateway, cost) ? SurplusCause.Rate : !day.Has(topic.Gateway, cost) ? SurplusCause.Day : null;
            if (beyond is { } cause)
            {
                Count(topic.Gateway, cause);
                pushedOut = [];
            }
            else
            {
                Spend(topic.Gateway, cost);
                var delivery = new Delivery(name, payload.ToArray(), acknowledge, isStale, isRetained);
                pushedOut = Add(new InboxEntry(delivery, topic));
                acknowledge = static () => { };
            }
        }

        acknowledge();
        foreach (var arrival in pushedOut)
        {
            arrival.Delivery.Acknowledge();
        }

        news.Writer.TryWrite(true);
    }

    /// <summary>The next batch.</summary>
    public bool TryTakeBatch([MaybeNullWhen(false)] out InboxEntry arrival) => TryTake(batches, out arrival);

    /// <summary>The next message that is none.</summary>
    public bool TryTakeOther([MaybeNullWhen(false)] out InboxEntry arrival) => TryTake(others, out arrival);

    /// <summary>Completes when a message has been offered since it did so last.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await news.Reader.ReadAsync(cancellationToken);

    /// <summary>A message of a gateway has turned out to cost more than its bytes said.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="bytes">What is to be counted beside them.</param>
    public void Charge(string gateway, long bytes)
    {
        lock (gate)
        {
            Spend(gateway, bytes);
        }
    }

    /// <summary>A connection is over. What came by it may come again; it goes first where there is no room.</summary>
    public void NoteStale()
    {
        lock (gate)
        {
            mayBeStale = true;
        }
    }

    /// <summary>What was let go since this was asked last.</summary>
    public IReadOnlyList<Surplus> TakeSurplus()
    {
        lock (gate)
        {
            List<Surplus> taken = [.. surplus.Select(item => new Surplus(item.Key.Gateway, item.Key.Cause, item.Value))];
            surplus.Clear();
            return taken;
        }
    }

    // What was let in before its gateway turned out to cost more than it said is let go here.
    private bool TryTake(FairQueue<InboxEntry> queue, [MaybeNullWhen(false)] out InboxEntry arrival)
    {
        while (true)
        {
            lock (gate)
            {
                if (!queue.TryTake(out arrival) || !second.IsInDebt(arrival.Topic.Gateway))
                {
                    return arrival is not null;
                }

                Count(arrival.Topic.Gateway, SurplusCause.Rate);
            }

            arrival.Delivery.Acknowledge();
        }
    }

    private IReadOnlyList<InboxEntry> Add(InboxEntry arrival)
    {
        var queue = arrival.Topic.Kind is TopicKind.DataLive or TopicKind.DataBack ? batches : others;
        var weight = Math.Max(WeightMin, arrival.Delivery.Payload.Length);
        if (mayBeStale && !queue.HasRoom(weight))
        {
            // The broker delivers these again.
            mayBeStale = false;
            batches.RemoveAll(waiting => waiting.Delivery.IsStale());
            others.RemoveAll(waiting => waiting.Delivery.IsStale());
        }

        // What is measured now waits for no backlog of its gateway, which may be minutes of work: a leak may be in it.
        var pushedOut = queue.Add(arrival.Topic.Gateway, arrival, weight, isPressing: arrival.Topic.Kind == TopicKind.DataLive);
        foreach (var one in pushedOut)
        {
            Count(one.Topic.Gateway, SurplusCause.Busy);
        }

        return pushedOut;
    }

    private void Spend(string gateway, long bytes)
    {
        second.Take(gateway, bytes);
        day.Take(gateway, bytes);
    }

    private void Count(string gateway, SurplusCause cause) =>
        surplus[(gateway, cause)] = surplus.GetValueOrDefault((gateway, cause)) + 1;
}

/// <summary>A message that waits.</summary>
/// <param name="Delivery">The message.</param>
/// <param name="Topic">Its topic.</param>
public sealed record InboxEntry(Delivery Delivery, Topic Topic);

/// <summary>Messages that were let go.</summary>
/// <param name="Gateway">The gateway that sent them.</param>
/// <param name="Cause">Why.</param>
/// <param name="Messages">How many.</param>
public readonly record struct Surplus(string Gateway, SurplusCause Cause, int Messages);

/// <summary>Why a message was let go.</summary>
public enum SurplusCause
{
    /// <summary>More than <see cref="GatewayQuota.BytesPerSecond"/>.</summary>
    Rate,

    /// <summary>More than <see cref="GatewayQuota.BytesPerDay"/>.</summary>
    Day,

    /// <summary>More than there is room for.</summary>
    Busy,
}
