using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Completeness;

/// <summary>Counts the days anew that facts have changed. Used by one at a time, on a connection of its own.</summary>
/// <param name="connection">The state database.</param>
/// <param name="grid">The calendar.</param>
internal sealed class LedgerKeeper(SqliteConnection connection, DayGrid grid)
{
    // What is silent is looked at as often.
    private static readonly TimeSpan AgeEvery = TimeSpan.FromMinutes(5);

    // Messages in one transaction.
    private const int AtOnce = 50;

    private readonly Dictionary<GatewayName, (long StateMs, long HealthMs, long MetaMs)> seen = [];
    private readonly DescriptionCache descriptions = new();

    /// <summary>Creates the tables.</summary>
    public void Create(long nowMs)
    {
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        new FactTables(transaction).Create();
        new RowTables(transaction).Create(grid);
        Forget(transaction, nowMs);
        transaction.Commit();
    }

    /// <summary>Takes in what ingest keeps for everybody: events, states, descriptions; and marks the days of gateways that
    /// have been silent. In short transactions: ingest writes to the same database.</summary>
    public void TakeNews(long nowMs)
    {
        while (TakeEvents(nowMs) == AtOnce)
        {
            // There are more.
        }

        foreach (var messages in News().Chunk(AtOnce))
        {
            TakeMessages(messages, nowMs);
        }

        foreach (var silent in Silent(nowMs).Chunk(AtOnce))
        {
            using var transaction = connection.BeginTransaction();
            var writer = new FactWriter(transaction, grid, nowMs);
            foreach (var (gateway, fromMs) in silent)
            {
                writer.MarkDirty(gateway, fromMs, nowMs);
                new RowTables(transaction).SetAged(gateway, nowMs);
            }

            transaction.Commit();
        }
    }

    /// <summary>The gateways with days that have to be counted anew.</summary>
    public List<string> Dirty()
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return new RowTables(transaction).DirtyGateways();
    }

    /// <summary>Counts one stretch of a gateway's days anew.</summary>
    /// <returns>Whether a row has changed; null where there was nothing to count.</returns>
    /// <exception cref="InvalidDataException">It cannot be counted: too much was sent of it, or its facts are damaged.</exception>
    public bool? Count(string gateway, long nowMs)
    {
        Stretch stretch;
        IReadOnlyList<LedgerRow> rows;
        Dictionary<long, long> dirty;

        // On a snapshot: those who write are not held up by it. What they write meanwhile marks its days again.
        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            dirty = new RowTables(transaction).Dirty(gateway).ToDictionary(item => item.Day, item => item.Version);
            if (dirty.Count == 0)
            {
                return null;
            }

            CountingEffort effort = new();
            stretch = new StretchLoader(transaction, gateway, grid, nowMs, descriptions, effort).Load(dirty.Keys.Max());
            rows = StretchAccount.Of(stretch, effort);
        }

        using (var transaction = connection.BeginTransaction())
        {
            var tables = new RowTables(transaction);
            var changed = tables.Replace(gateway, stretch.FirstDay, stretch.LastDay, grid, rows);
            foreach (var (day, version) in dirty.Where(item => item.Key >= stretch.FirstDay && item.Key <= stretch.LastDay))
            {
                tables.Clean(gateway, day, version);
            }

            new FactTables(transaction).Compact(
                gateway,
                Slots.Floor(stretch.FromMs, DayGrid.DayMs),
                Slots.Floor(stretch.ToMs, DayGrid.DayMs));
            transaction.Commit();
            return changed;
        }
    }

    /// <summary>How complete a gateway's channels are.</summary>
    public IReadOnlyList<ChannelCompleteness> Summaries(string gateway, long nowMs)
    {
        var today = grid.DayOf(nowMs);
        using var transaction = connection.BeginTransaction(deferred: true);
        return ChannelCompleteness.Of(new RowTables(transaction).Rows(gateway, today - ChannelCompleteness.Days, today), today);
    }

    /// <summary>The gateways that something is to be said of.</summary>
    public List<string> Gateways(long nowMs)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return new RowTables(transaction).Gateways(grid.DayOf(nowMs) - ChannelCompleteness.Days);
    }

    /// <summary>Forgets what is too old.</summary>
    public void Forget(long nowMs)
    {
        using var transaction = connection.BeginTransaction();
        Forget(transaction, nowMs);
        transaction.Commit();
    }

    private void Forget(SqliteTransaction transaction, long nowMs)
    {
        var oldest = grid.DayOf(nowMs) - CompletenessOptions.DaysKept;
        new RowTables(transaction).Forget(oldest);
        new UnwrittenTable(transaction).Forget(grid.StartOf(oldest));
        new FactTables(transaction).Forget(Slots.Floor(grid.StartOf(oldest), DayGrid.DayMs) - 1);
    }

    // What is read of messages is read before the transaction that keeps it.
    private int TakeEvents(long nowMs)
    {
        List<(long Id, string Site, byte[] Payload)> events;
        using (var transaction = connection.BeginTransaction(deferred: true))
        {
            events = transaction.Query(
                "SELECT id, site, payload FROM ingest_event WHERE id > $cursor ORDER BY id LIMIT $most",
                reader => (reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)),
                ("$cursor", new RowTables(transaction).EventCursor), ("$most", AtOnce));
        }

        if (events.Count == 0)
        {
            return 0;
        }

        var takes = events.Select(item => EventCodec.Decode(item.Payload).Value is { } message ? Reading(item.Site, message) : null)
            .OfType<Action<FactWriter>>().ToList();
        using (var transaction = connection.BeginTransaction())
        {
            var writer = new FactWriter(transaction, grid, nowMs);
            takes.ForEach(take => take(writer));
            new RowTables(transaction).EventCursor = events[^1].Id;
            transaction.Commit();
        }

        return events.Count;
    }

    private static Action<FactWriter> Reading(string site, EventMessage message)
    {
        string? boot = null;
        long? stopMs = null;
        Action<FactWriter>? describe = null;
        if (message.Type == "meta")
        {
            describe = Reading(message.Gateway, site, message.TimeMs, System.Text.Encoding.UTF8.GetBytes(message.Body.GetRawText()));
        }
        else if (message.Type == "audit" && message.Body.TryGetProperty("what", out var what)
            && what.ValueKind == System.Text.Json.JsonValueKind.String)
        {
            boot = what.GetString() == "start" && message.Body.TryGetProperty("boot", out var id)
                && id.ValueKind == System.Text.Json.JsonValueKind.String ? id.GetString() : null;
            stopMs = what.GetString() == "stop" ? message.TimeMs : null;
        }

        return writer =>
        {
            describe?.Invoke(writer);
            writer.Live(message.Gateway, message.Epoch, message.TimeMs, message.TimeMs, boot, stopMs);
        };
    }

    private static Action<FactWriter>? Reading(string gateway, string site, long? fromMs, ReadOnlyMemory<byte> meta) =>
        MetaCodec.Decode(meta.Span).Value is { } message && message.Gateway == gateway
            ? writer => writer.Described(gateway, site, fromMs, message.Schema, meta)
            : null;

    // Those that were not there, or not as new, when it looked last.
    private List<LatestMessage> News()
    {
        List<LatestMessage> news = [];
        using var transaction = connection.BeginTransaction(deferred: true);
        foreach (var (gateway, kind, atMs) in transaction.Query(
            "SELECT site, gateway, kind, at_ms FROM ingest_latest",
            reader => (new GatewayName(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3))))
        {
            var last = seen.GetValueOrDefault(gateway);
            if (atMs != (kind == 1 ? last.StateMs : kind == 2 ? last.HealthMs : last.MetaMs))
            {
                news.AddRange(LatestMessages.Find(transaction, gateway, kind));
            }
        }

        return news;
    }

    private void TakeMessages(IReadOnlyList<LatestMessage> messages, long nowMs)
    {
        var takes = messages.SelectMany(Reading).ToList();
        using (var transaction = connection.BeginTransaction())
        {
            var writer = new FactWriter(transaction, grid, nowMs);
            takes.ForEach(take => take(writer));
            transaction.Commit();
        }

        // Not before: what was rolled back has to be taken again.
        foreach (var message in messages)
        {
            var last = seen.GetValueOrDefault(message.Gateway);
            seen[message.Gateway] = message.Kind switch
            {
                TopicKind.State => last with { StateMs = message.AtMs },
                TopicKind.Health => last with { HealthMs = message.AtMs },
                _ => last with { MetaMs = message.AtMs },
            };
        }
    }

    private static IEnumerable<Action<FactWriter>> Reading(LatestMessage message)
    {
        var gateway = message.Gateway.Gateway;
        if (message.Kind == TopicKind.Meta)
        {
            if (Reading(gateway, message.Gateway.Site, fromMs: null, message.Payload) is { } describe)
            {
                yield return describe;
            }

            yield break;
        }

        var state = message.Kind == TopicKind.State ? StateCodec.Decode(message.Payload.Span).Value : null;
        var inventory = state?.Inventory ?? (message.Kind == TopicKind.Health ? HealthCodec.Decode(message.Payload.Span).Value?.Inventory : null);
        if (inventory is not null)
        {
            yield return writer => writer.Given(gateway, inventory);
        }

        if (state is not null)
        {
            yield return writer => writer.Stopped(gateway, state is { On: false, Reason: "stop" } ? state.Epoch : null);
        }
    }

    // Slots have fallen due since it looked last: those of yesterday's last hour too, just after midnight.
    private List<(string Gateway, long FromMs)> Silent(long nowMs)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        var facts = new FactTables(transaction);
        return new RowTables(transaction).NotAgedSince(nowMs - (long)AgeEvery.TotalMilliseconds).ConvertAll(silent =>
        {
            var intervalMs = facts.Descriptions(silent.Gateway, descriptions) is [.., var newest]
                ? newest.Devices.Select(device => device.IntervalMs).DefaultIfEmpty(0).Max() : 0;
            return (silent.Gateway, silent.AgedMs == 0 ? nowMs : silent.AgedMs - (long)CompletenessOptions.LateAfter.TotalMilliseconds - intervalMs);
        });
    }
}
