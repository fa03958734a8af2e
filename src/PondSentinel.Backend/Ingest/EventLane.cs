using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The way of events: kept, shown and receipted, or settled as refused by the rules of batches.</summary>
/// <remarks>Used by one at a time.</remarks>
/// <param name="parts">What it works with.</param>
internal sealed class EventLane(IngestParts parts)
{
    // The epoch, the range, the refusal.
    private const int RowsRefused = 3;

    /// <summary>Takes an event through.</summary>
    /// <returns>Why it is refused; null where it is not.</returns>
    public async Task<Refusal?> TakeAsync(Delivery delivery, Topic topic, CancellationToken cancellationToken)
    {
        var payload = delivery.Payload;
        if (payload.Length > parts.Quotas.EventBytes)
        {
            var tooLarge = new Refusal(
                Standing.Size.Token, $"event of {payload.Length} bytes, more than {parts.Quotas.EventBytes}", IsKept: false, Standing.Size);
            return await RefuseAsync(tooLarge, EventCodec.NumberIn(payload.Span), payload, topic, cancellationToken);
        }

        var (message, malformed) = EventCodec.Decode(payload.Span);
        if (message is null || (malformed = ControlLane.Mismatch(topic, message.Gateway)) is not null)
        {
            return await RefuseUnreadableAsync(malformed!, payload, topic, cancellationToken);
        }

        Refusal? refusal = null;
        var isNew = false;
        await parts.State.CommitAsync(
            transaction => (refusal, isNew) = Settle(transaction, topic, message, payload), null, cancellationToken);
        if (refusal is not null)
        {
            return await RefuseAsync(refusal, (message.Epoch, message.Number), payload, topic, cancellationToken);
        }

        parts.Receipts.Change(topic.Gateway, message.Epoch, isNew ? payload.Length : 0);
        if (isNew)
        {
            Tell(delivery, new GatewayName(topic.Site, topic.Gateway), message);
        }

        delivery.Again?.Invoke(new AgainOutcome(isNew ? AgainFate.Stored : AgainFate.PassedOver));
        return null;
    }

    private void Tell(Delivery delivery, GatewayName gateway, EventMessage message)
    {
        foreach (var observer in parts.Observers)
        {
            if (delivery.IsSign)
            {
                observer.Heard(gateway);
            }

            observer.Event(gateway, message);
        }
    }

    private static SequenceRange Only(long number) => new(number, number);

    // One that follows on those before adds none; events themselves are counted apart.
    private static int RowsOf(IngestTables tables, string gateway, string epoch, long number) =>
        tables.Find(gateway, epoch) is not { } row ? 2
        : tables.Settled(row.Id, Sequence.Events, Only(number)).Count == 0 ? 1
        : 0;

    // What is kept of it longer than events are.
    private static int RowsBeside(EventMessage message) => CalibrationTable.RecordIn(message) is not null || message.Type == GrabSample.EventType ? 1 : 0;

    private Task<Refusal?> RefuseUnreadableAsync(
        string malformed, ReadOnlyMemory<byte> payload, Topic topic, CancellationToken cancellationToken)
    {
        var run = EventCodec.NumberIn(payload.Span);
        var isRepeated = run is var (epoch, number)
            && parts.Doubts.Note(topic.Gateway, epoch, Sequence.Events, Only(number)).Count > 0;
        var refusal = new Refusal(
            Standing.Malformed.Token, $"{topic.Kind}: {malformed}", IsKept: true, isRepeated ? Standing.Malformed : null);
        return RefuseAsync(refusal, run, payload, topic, cancellationToken);
    }

    // What is settled the gateway gives up. So the event is kept here first; where that cannot be it stays with the gateway.
    private async Task<Refusal?> RefuseAsync(
        Refusal refusal,
        (string Epoch, long Number)? run,
        ReadOnlyMemory<byte> payload,
        Topic topic,
        CancellationToken cancellationToken)
    {
        if (refusal.Settles is { } standing && run is var (epoch, number)
            && parts.State.Read(transaction => MayRefuse(transaction, topic, epoch, number)) is { } isNew
            && (!isNew || (parts.RefuseGrowth(topic.Gateway, RowsRefused) is null && Keeps(payload, topic))))
        {
            await parts.State.CommitAsync(
                transaction =>
                {
                    var tables = new IngestTables(transaction);
                    var row = tables.Enter(topic.Gateway, epoch, null);
                    new EventBook(transaction, tables).Refuse(row, number, standing, NowMs());
                    tables.Close(row.Id);
                },
                null,
                cancellationToken);
            parts.Receipts.Change(topic.Gateway, epoch, 0);
        }

        return refusal;
    }

    // Null where the gate keeps it out for now; else whether it is not settled yet.
    private bool? MayRefuse(SqliteTransaction transaction, Topic topic, string epoch, long number)
    {
        var tables = new IngestTables(transaction);
        if (EpochGate.Refusal(tables, parts.Quotas, topic, epoch, Sequence.Events, Only(number)) is { Settles: null })
        {
            return null;
        }

        return tables.Find(topic.Gateway, epoch) is not { } row
            || !tables.Settled(row.Id, Sequence.Events, Only(number)).Exists(range => range.Contains(number));
    }

    private bool Keeps(ReadOnlyMemory<byte> payload, Topic topic)
    {
        if (!parts.Refused.TryReserve(topic.Gateway, payload.Length))
        {
            return false;
        }

        try
        {
            parts.Refused.Append([(topic.ToString(), payload)]);
            return true;
        }
        catch (IOException e)
        {
            parts.Refusals.Note(topic.Gateway, "keep", e.Message);
            return false;
        }
    }

    private (Refusal? Refusal, bool IsNew) Settle(
        SqliteTransaction transaction, Topic topic, EventMessage message, ReadOnlyMemory<byte> payload)
    {
        var tables = new IngestTables(transaction);
        if (EpochGate.Refusal(tables, parts.Quotas, topic, message.Epoch, Sequence.Events, Only(message.Number)) is { } refusal)
        {
            return (refusal, false);
        }

        if (parts.RefuseGrowth(topic.Gateway, RowsOf(tables, topic.Gateway, message.Epoch, message.Number) + RowsBeside(message)) is { } overgrown)
        {
            return (overgrown, false);
        }

        var row = tables.Enter(topic.Gateway, message.Epoch, topic.Site);
        var book = new EventBook(transaction, tables);
        if (book.IsClosed(row, message.Number))
        {
            return (null, false);
        }

        book.Add(row, topic.Site, message.Number, payload, parts.Quotas.Events, NowMs());
        new CalibrationTable(transaction).Keep(topic.Gateway, message, NowMs());
        foreach (var observer in parts.Observers)
        {
            observer.EventStored(transaction, new GatewayName(topic.Site, topic.Gateway), message);
        }

        tables.Close(row.Id);
        return (null, true);
    }

    private long NowMs() => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
