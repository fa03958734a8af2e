using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The way of everything that is no batch: states, descriptions, health, and events by their own lane. Each is committed, shown to
/// the observers and acknowledged before the next.</summary>
/// <remarks>Used by one at a time.</remarks>
/// <param name="parts">What it works with.</param>
internal sealed class ControlLane(IngestParts parts)
{
    // The epoch, the range, how it was settled.
    private const int RowsUnheld = 3;

    // Each of the newest epochs that a state tells of is looked up, settled, noted and receipted: as much work as a message.
    private const int HeldEpochBytes = GatewayQuota.MessageBytes;

    // And one of which the tables knew nothing as much as several.
    private const int BegunEpochBytes = 7 * GatewayQuota.MessageBytes;

    // Ranges that one state may settle or open, each by some statements; the next state goes on, and until then what was told stays
    // noted. Who has thousands of gaps, and holds them by one state and not by the next, would keep the others waiting.
    private const int ChangesMax = 1_024;
    private const int ChangeBytes = GatewayQuota.MessageBytes / 8;

    private readonly EventLane events = new(parts);

    /// <summary>What is wrong where the payload names another gateway than the topic; null where it does not.</summary>
    internal static string? Mismatch(Topic topic, string gateway) =>
        string.Equals(topic.Gateway, gateway, StringComparison.Ordinal) ? null : $"the payload names the gateway {gateway}";

    /// <summary>Takes a message through.</summary>
    public async Task TakeAsync(Delivery delivery, Topic topic, CancellationToken cancellationToken)
    {
        // An empty retained message says only that somebody took the last one away.
        if (delivery.Payload.Length > 0)
        {
            var refusal = delivery.Payload.Length > parts.Quotas.MessageBytes
                ? new Refusal("size", $"{delivery.Payload.Length} bytes on {topic}", IsKept: false)
                : await TakeReadableAsync(delivery, topic, cancellationToken);
            if (refusal is not null)
            {
                await RefuseAsync(delivery, topic, refusal, cancellationToken);
            }
        }

        delivery.Acknowledge();
    }

    private async Task RefuseAsync(
        Delivery delivery, Topic topic, Refusal refusal, CancellationToken cancellationToken)
    {
        // Counted and kept when it came.
        if (delivery.Again is { } again)
        {
            again(new AgainOutcome(refusal.IsForNow ? AgainFate.Waits : AgainFate.RefusedAgain, refusal.Detail));
            return;
        }

        if (refusal.IsKept)
        {
            parts.Keep(topic, refusal, delivery.Payload.Span);
        }

        await parts.State.CommitAsync(
            transaction => new IngestTables(transaction).CountRefused(topic.Gateway, refusal.Cause), null, cancellationToken);
        parts.Refusals.Note(topic.Gateway, refusal.Cause, refusal.Detail);
    }

    private Task<Refusal?> TakeReadableAsync(Delivery delivery, Topic topic, CancellationToken cancellationToken) => topic.Kind switch
    {
        TopicKind.Event => events.TakeAsync(delivery, topic, cancellationToken),
        TopicKind.State => TakeStateAsync(delivery, topic, cancellationToken),
        TopicKind.Health => TakeLatestAsync(
            delivery.Payload, topic, HealthCodec.Decode(delivery.Payload.Span).Malformed,
            (observer, name) => observer.Health(name, delivery.Payload), cancellationToken),
        TopicKind.Meta => TakeMetaAsync(delivery.Payload, topic, cancellationToken),
        _ => Task.FromResult<Refusal?>(new Refusal("topic", $"nothing is expected on {topic}", IsKept: false)),
    };

    private async Task<Refusal?> TakeMetaAsync(
        ReadOnlyMemory<byte> payload, Topic topic, CancellationToken cancellationToken)
    {
        if (MalformedMeta(payload.Span, topic) is { } malformed)
        {
            return Malformed(topic, malformed);
        }

        var dictionary = DictionaryBook.Of(payload.Span);
        await parts.State.CommitAsync(
            transaction =>
            {
                new IngestTables(transaction).KeepLatest(topic, payload, parts.Quotas.Sites, NowMs());
                if (dictionary is not null)
                {
                    parts.Dictionaries.Keep(transaction, topic.Gateway, payload.Span, dictionary, NowMs());
                }
            },
            null,
            cancellationToken);
        if (dictionary is not null)
        {
            parts.Dictionaries.Note(topic.Gateway, dictionary);
        }

        Show(topic, (observer, name) => observer.Meta(name, payload));
        return null;
    }

    private static string? MalformedMeta(ReadOnlySpan<byte> payload, Topic topic)
    {
        var (meta, malformed) = MetaCodec.Decode(payload);
        return malformed ?? Mismatch(topic, meta!.Gateway);
    }

    private static Refusal Malformed(Topic topic, string detail) =>
        new(Standing.Malformed.Token, $"{topic.Kind}: {detail}", IsKept: true);

    private async Task<Refusal?> TakeLatestAsync(
        ReadOnlyMemory<byte> payload,
        Topic topic,
        string? malformed,
        Action<IIngestObserver, GatewayName> show,
        CancellationToken cancellationToken)
    {
        if (malformed is not null)
        {
            return Malformed(topic, malformed);
        }

        await parts.State.CommitAsync(
            transaction => new IngestTables(transaction).KeepLatest(topic, payload, parts.Quotas.Sites, NowMs()), null, cancellationToken);
        Show(topic, show);
        return null;
    }

    private async Task<Refusal?> TakeStateAsync(Delivery delivery, Topic topic, CancellationToken cancellationToken)
    {
        var payload = delivery.Payload;
        var (state, malformed) = StateCodec.Decode(payload.Span);
        if (state is null)
        {
            return Malformed(topic, malformed!);
        }

        parts.Inbox.Charge(topic.Gateway, HeldEpochBytes * Math.Min(state.Inventory.Count, parts.Quotas.Epochs));
        string? setBack = null;
        var (isReopened, changes) = (false, 0);
        await parts.State.CommitAsync(
            transaction =>
            {
                var tables = new IngestTables(transaction);

                // Before its inventory is looked at: what that leaves out is no loss to a database that was set back.
                setBack = state.Believed is { } believed
                    ? parts.Receipts.Compare(transaction, topic.Gateway, believed)
                    : null;
                tables.KeepLatest(topic, payload, parts.Quotas.Sites, NowMs());
                if (state.On)
                {
                    (isReopened, changes) = SettleUnheld(transaction, topic.Gateway, state);
                }
            },
            null,
            cancellationToken);
        parts.Inbox.Charge(topic.Gateway, (long)ChangeBytes * changes);
        if (setBack is not null)
        {
            parts.Logger.LogWarning("{Gateway}: {What}.", topic.Gateway, setBack);
        }

        parts.Replays.Hear(topic, state, isReopened);
        Show(topic, (observer, name) => observer.State(name, state));
        if (state.On)
        {
            if (delivery.IsSign)
            {
                Show(topic, (observer, name) => observer.Heard(name));
            }

            parts.Receipts.Spare(topic.Gateway, state.ReceiptSeconds);
            foreach (var held in Newest(state))
            {
                parts.Receipts.Ask(topic.Gateway, held.Epoch);
            }
        }

        return null;
    }

    // What the gateway holds no more, never sent and never called gone, will not come: it is lost, but for what was so when
    // this database first heard what the gateway holds. An earlier one had that. Should it come all the same, this is taken back.
    // So it is where a gateway holds what another inventory of that name lacked: two cards, an old image, or an old state from a
    // broker that has lost its memory. Whether anything was taken back so, and how many ranges were changed.
    private (bool IsReopened, int Changes) SettleUnheld(SqliteTransaction transaction, string gateway, StateMessage state)
    {
        var (isReopened, changes) = (false, 0);
        var tables = new IngestTables(transaction);
        var standing = tables.BeginInventories(gateway, NowMs()) ? Standing.Before : Standing.Card;
        var told = tables.Told(gateway);
        var withGaps = tables.WithGaps(gateway);
        var room = parts.Quotas.Epochs - withGaps.Count;
        foreach (var held in Newest(state))
        {
            var row = tables.Find(gateway, held.Epoch);
            if (row is not null && Reopen(transaction, row, held, ChangesMax - changes) is > 0 and var reopened)
            {
                isReopened = true;
                changes += reopened;
            }

            if (held.FirstHeld > 0 && (row is not null || MayBegin()))
            {
                // Not its site: an epoch that is held may have been taken elsewhere, and only its batches tell.
                row ??= tables.Enter(gateway, held.Epoch, null);
                if (Settle(row, new SequenceRange(0, held.FirstHeld - 1)))
                {
                    parts.Receipts.Change(gateway, held.Epoch, 0);
                }
            }

            // An epoch that is over has no number above its last: what was above had another card.
            var last = Math.Max(told.GetValueOrDefault(held.Epoch, -1), row is null ? -1 : tables.Highest(row.Id, Sequence.Records));
            if (held.Epoch != state.Epoch && last > held.Last && (row is not null || MayBegin()))
            {
                row ??= tables.Enter(gateway, held.Epoch, null);
                Settle(row, new SequenceRange(held.Last + 1, last));
            }

            if (changes < ChangesMax && told.GetValueOrDefault(held.Epoch, -1) != held.Last)
            {
                tables.Tell(gateway, held.Epoch, held.Last);
            }
        }

        // No receipt tells of these: whoever would hear it holds nothing of them, and another card with them might give them up.
        var heldEpochs = state.Inventory.Select(held => held.Epoch).ToHashSet(StringComparer.Ordinal);
        foreach (var epoch in withGaps.Select(row => row.Epoch).Union(told.Keys).Where(epoch => !heldEpochs.Contains(epoch)))
        {
            var row = tables.Find(gateway, epoch);
            var last = Math.Max(told.GetValueOrDefault(epoch, -1), row is null ? -1 : tables.Highest(row.Id, Sequence.Records));
            if (last >= 0 && (row is not null || MayBegin()))
            {
                Settle(row ?? tables.Enter(gateway, epoch, null), new SequenceRange(0, last));
            }

            if (changes < ChangesMax)
            {
                tables.Tell(gateway, epoch, null);
            }
        }

        // What was left for the next state has the standing that it would have had by this one.
        if (changes >= ChangesMax && standing == Standing.Before)
        {
            tables.ForgetInventories(gateway);
        }

        return (isReopened, changes);

        bool Settle(EpochRow row, SequenceRange numbers)
        {
            var settled = SettleOpen(transaction, row, numbers, standing, ChangesMax - changes);
            changes += settled;
            return settled > 0;
        }

        bool MayBegin()
        {
            if (room-- <= 0 || parts.RefuseGrowth(gateway, RowsUnheld) is not null)
            {
                return false;
            }

            parts.Inbox.Charge(gateway, BegunEpochBytes);
            return true;
        }
    }

    private IEnumerable<HeldEpoch> Newest(StateMessage state) => state.Inventory.TakeLast(parts.Quotas.Epochs);

    // How many ranges are open again.
    private int Reopen(SqliteTransaction transaction, EpochRow row, HeldEpoch held, int most)
    {
        var tables = new IngestTables(transaction);
        if (held.FirstHeld > held.Last
            || most == 0
            || tables.Reopen(row.Id, new SequenceRange(held.FirstHeld, held.Last), most) is not [var first, ..] reopened)
        {
            return 0;
        }

        tables.Close(row.Id);
        parts.Receipts.Change(row.Gateway, row.Epoch, 0);
        parts.TellUnstored(transaction, row.Gateway, row.Epoch, first with { Last = reopened[^1].Last });
        return reopened.Count;
    }

    // Settles those of the numbers that are not settled yet; how many ranges they were.
    private int SettleOpen(SqliteTransaction transaction, EpochRow row, SequenceRange numbers, Standing standing, int most)
    {
        if (most == 0)
        {
            return 0;
        }

        var tables = new IngestTables(transaction);
        var open = Ranges.Without(numbers, tables.Settled(row.Id, Sequence.Records, numbers));
        if (open.Count > most)
        {
            open = open[..most];
        }

        if (open is not [var first, ..])
        {
            return 0;
        }

        var settled = first with { Last = open[^1].Last };
        parts.TellUnstored(transaction, row.Gateway, row.Epoch, settled);
        tables.SettleOther(row.Id, settled, standing, NowMs());
        tables.Close(row.Id);
        return open.Count;
    }

    private void Show(Topic topic, Action<IIngestObserver, GatewayName> show)
    {
        foreach (var observer in parts.Observers)
        {
            show(observer, new GatewayName(topic.Site, topic.Gateway));
        }
    }

    private long NowMs() => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
