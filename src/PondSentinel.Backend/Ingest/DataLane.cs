using Microsoft.Data.Sqlite;
using Polly;
using Polly.Retry;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The way of batches: planned, written, archived, settled, acknowledged. One group at a time; while one is being
/// written the next gathers, so groups grow with the load.</summary>
/// <remarks>Used by one at a time. Only the write runs beside its owner.</remarks>
internal sealed class DataLane
{
    private const int GroupMax = 256;

    // What unpacks to much takes long: then the others' messages have their turn first.
    private static readonly TimeSpan PlanningMax = TimeSpan.FromMilliseconds(50);

    private readonly IngestParts parts;
    private readonly ResiliencePipeline untilTaken;
    private readonly ChannelBook channels;
    private GroupPlan? plan;
    private List<PlannedPoint> points = [];
    private string? trouble;

    public DataLane(IngestParts parts)
    {
        this.parts = parts;
        channels = parts.State.Read(transaction => new ChannelBook(transaction));
        untilTaken = new ResiliencePipelineBuilder { TimeProvider = parts.Time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = TimeSpan.FromSeconds(5), // An alarm waits for it.
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>().Handle<IOException>(),
                OnRetry = arguments =>
                {
                    Note(arguments.Outcome.Exception!.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>The write under way; null where there is none. It faults only by a mistake in the program.</summary>
    public Task<WriteOutcome>? Writing { get; private set; }

    /// <summary>Begins to write what waits, where nothing is being written.</summary>
    /// <param name="again">What was refused once, and has its turn where nothing waits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void Begin(AgainLane again, CancellationToken cancellationToken)
    {
        if (Writing is not null)
        {
            return;
        }

        if (!parts.Inbox.TryTakeBatch(out var first) && (first = again.Batch) is null)
        {
            return;
        }

        plan = parts.State.Read(transaction => Plan(transaction, first));
        var batches = plan.Batches
            .Where(pair => pair.Batch is { Refusal: null, IsDuplicate: false })
            .Select(pair => (pair.Delivery.Topic, pair.Batch.Payload))
            .ToList();
        var kept = plan.Batches
            .Where(pair => pair.Batch.IsKeptWhole)
            .Select(pair => (pair.Delivery.Topic, pair.Batch.Payload))
            .ToList();
        Writing = WriteAsync(points, batches, kept, cancellationToken);
    }

    /// <summary>Settles what was written, tells observers, acknowledges. After <see cref="Writing"/> has completed.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var outcome = await Writing!;
        var group = plan!;
        KeepUnreadable(group);
        var stored = outcome.Stored(points);
        MarkRefused(outcome.Refused);
        foreach (var (gateway, count) in outcome.Unnoted)
        {
            parts.Refusals.Note(gateway, "letters", $"{count} values of today beyond the room for dead letters; archive/ has their batches");
        }

        await parts.State.CommitAsync(transaction => Settle(transaction, group, stored), null, cancellationToken);
        TellHeard(group);
        if (stored.Count > 0)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Committed();
            }
        }

        channels.Learn(group.NewChannels);
        foreach (var (delivery, batch) in group.Batches)
        {
            delivery.Again?.Invoke(OutcomeOf(batch));
            delivery.Acknowledge();
            if (batch.Epoch is { } epoch)
            {
                parts.Receipts.Change(batch.Topic.Gateway, epoch, batch.IsDuplicate ? 0 : batch.Payload.Length);
            }

            if (delivery.Again is null && (batch.Refusal ?? batch.Notice) is { } refusal)
            {
                parts.Refusals.Note(batch.Topic.Gateway, refusal.Cause, refusal.Detail);
            }

            if (batch.Ahead is { } ahead)
            {
                parts.Refusals.NoteAhead(batch.Topic.Gateway, ahead.Records, ahead.FirstMs);
            }
        }

        (plan, points, Writing) = (null, [], null);
    }

    private void TellHeard(GroupPlan group)
    {
        foreach (var gateway in group.Batches
            .Where(pair => pair.Delivery.IsSign && pair.Batch is { Refusal: null, IsDuplicate: false })
            .Select(pair => new GatewayName(pair.Batch.Topic.Site, pair.Batch.Topic.Gateway)).Distinct())
        {
            foreach (var observer in parts.Observers)
            {
                observer.Heard(gateway);
            }
        }
    }

    private static AgainOutcome OutcomeOf(PlannedBatch batch) => batch switch
    {
        { Refusal: { } refusal } => new AgainOutcome(refusal.IsForNow ? AgainFate.Waits : AgainFate.RefusedAgain, refusal.Detail),
        { Fresh.Count: > 0 } => new AgainOutcome(AgainFate.Stored),
        { Refused: [var (_, standing), ..] } => new AgainOutcome(AgainFate.RefusedAgain, batch.Notice?.Detail ?? $"records of it stand as {standing.Token}"),
        { SeesRefused: true } => new AgainOutcome(AgainFate.RefusedAgain, "records of it are refused for good; what the store refused lies in dead-letters/"),
        { IsDuplicate: true } => new AgainOutcome(AgainFate.PassedOver),
        _ => new AgainOutcome(AgainFate.Stored),
    };

    private GroupPlan Plan(SqliteTransaction transaction, InboxEntry first)
    {
        var begun = parts.Time.GetTimestamp();
        var group = new GroupPlan(
            new IngestTables(transaction), new RevisionBook(transaction), channels, parts);
        for (var next = first; next is not null;)
        {
            // Where its gateway listens now, what is given in once more does not tell.
            if (next.Delivery.Again is null)
            {
                parts.Receipts.Hear(next.Topic);
            }

            group.Add(parts.Dictionaries.Opened(next.Delivery, next.Topic), next.Topic);
            next = !group.IsFull && group.NewsCount < GroupMax && parts.Time.GetElapsedTime(begun) < PlanningMax
                && parts.Inbox.TryTakeBatch(out var another) ? another : null;
        }

        points = group.Points();
        return group;
    }

    private async Task<WriteOutcome> WriteAsync(
        List<PlannedPoint> planned,
        List<(string Topic, ReadOnlyMemory<byte> Payload)> batches,
        List<(string Topic, ReadOnlyMemory<byte> Payload)> kept,
        CancellationToken cancellationToken)
    {
        // Off the owner's thread from the first step: neither store nor disk may hold up a question for the time.
        await Task.Yield();
        var outcome = await NewestWrite.RunAsync(planned, async newest =>
        {
            // One for all tries: a link that carries a part in time carries all of it in the end.
            var write = new PointWrite(newest);
            await untilTaken.ExecuteAsync(
                async cancelled => await parts.Store.WriteAsync(write, cancelled), cancellationToken);
            return write.Refused;
        });

        // Each by itself: what one has taken is not given to it again because the other fails.
        if (outcome.Refused.Count > 0)
        {
            var records = planned.ToDictionary<PlannedPoint, object, RecordId>(
                point => point.Point, point => point.Record, ReferenceEqualityComparer.Instance);
            await UntilTakenAsync(
                () => outcome = outcome with { Unnoted = parts.Letters.Add(outcome.Refused, point => records[point]) },
                cancellationToken);
        }

        await UntilTakenAsync(() => parts.Archive.Append(batches), cancellationToken);
        await UntilTakenAsync(() => parts.Refused.Append(kept), cancellationToken);
        Note(null);
        return outcome;
    }

    private async Task UntilTakenAsync(Action write, CancellationToken cancellationToken) => await untilTaken.ExecuteAsync(
        _ =>
        {
            write();
            return ValueTask.CompletedTask;
        },
        cancellationToken);

    private void Settle(SqliteTransaction transaction, GroupPlan group, List<Point> stored)
    {
        var tables = new IngestTables(transaction);
        var book = new RevisionBook(transaction);
        var refusals = new RefusalBook(transaction);
        var now = parts.Time.GetUtcNow();
        HashSet<long> touched = [];
        foreach (var (delivery, batch) in group.Batches)
        {
            if (delivery.Again is null && batch.Refusal is { } refusal)
            {
                tables.CountRefused(batch.Topic.Gateway, refusal.Cause);
            }

            if (batch.Ahead is { } ahead)
            {
                tables.CountAhead(batch.Topic.Gateway, ahead.Records);
            }

            if (batch.Epoch is { } epoch && (!batch.IsDuplicate || batch.SeesRefused))
            {
                var row = tables.Enter(batch.Topic.Gateway, epoch, SiteOf(batch));
                Settle(tables, batch, row.Id, now.ToUnixTimeMilliseconds());
                refusals.Add(row.Id, batch.RefusedChannels);
                book.Add(row, batch.Revisions, now);
                touched.Add(row.Id);

                // What revises another leaves no record at its own number, and this was missed until now.
                if (batch.Others.Count > 0 || batch.Refused.Count > 0 || batch.Revisions.Count > 0)
                {
                    parts.TellUnstored(transaction, batch.Topic.Gateway, epoch, batch.Range);
                }
            }
        }

        foreach (var epoch in touched)
        {
            tables.Close(epoch);
        }

        ChannelBook.Write(transaction, group.NewChannels);
        if (stored.Count > 0)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Stored(transaction, stored);
            }
        }
    }

    private static void Settle(IngestTables tables, PlannedBatch batch, long epoch, long nowMs)
    {
        foreach (var range in Ranges.Of(batch.Fresh))
        {
            tables.SettleStored(epoch, range);
        }

        foreach (var refused in batch.Refused.GroupBy(item => item.Standing, item => item.Sequence))
        {
            foreach (var range in Ranges.Of(refused.Order()))
            {
                tables.SettleRefused(epoch, range, refused.Key, nowMs);
            }
        }

        tables.SettleOthers(epoch, batch.Range, batch.Others, nowMs);

        if (batch.SeesRefused)
        {
            tables.SeeAgain(epoch, batch.Range, nowMs);
        }
    }

    // What cannot be read says nothing about where its epoch was taken.
    private static string? SiteOf(PlannedBatch batch) => batch.Refusal is null ? batch.Topic.Site : null;

    // A record with a point that the store refuses is refused, though its other points are there.
    private void MarkRefused(IReadOnlyList<RefusedPoint> refused)
    {
        if (refused.Count == 0)
        {
            return;
        }

        var planned = points.ToDictionary<PlannedPoint, object>(point => point.Point, ReferenceEqualityComparer.Instance);
        foreach (var (point, cause, detail) in refused)
        {
            var (batch, number) = (planned[point].Batch, planned[point].Record.Sequence);
            if (batch.Fresh.Remove(number))
            {
                batch.Refused.Add((number, Standings.OfToken(cause)));
            }

            // What it would have revised stands as long as it does.
            batch.RefusedChannels.Add((number, point.Channel));
            batch.Revisions.RemoveAll(revision =>
                revision.By == number && revision.Channel == RevisionBook.Name(point.Device, point.Channel));

            parts.Refusals.Note(point.Gateway, $"store-{cause}", detail);
        }
    }

    private void KeepUnreadable(GroupPlan group)
    {
        foreach (var (delivery, batch) in group.Batches)
        {
            if (delivery.Again is null && batch.Refusal is { IsKept: true } refusal)
            {
                parts.Keep(batch.Topic, refusal, batch.Payload.Span);
            }
        }
    }

    private void Note(string? reason)
    {
        if (reason is not null && reason != trouble)
        {
            parts.Logger.LogWarning(
                "Nothing can be stored: {Reason} It is tried again until it can; gateways and broker keep what comes.", reason);
        }
        else if (reason is null && trouble is not null)
        {
            parts.Logger.LogInformation("Values are stored again (it was: {Reason})", trouble);
        }

        trouble = reason;
    }
}
