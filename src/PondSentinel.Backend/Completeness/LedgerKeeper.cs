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

    private const int EventsAtOnce = 500;

    private readonly Dictionary<GatewayName, (long StateMs, long HealthMs, long MetaMs)> seen = [];

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
    /// have been silent.</summary>
    public void TakeNews(long nowMs)
    {
        using var transaction = connection.BeginTransaction();
        var writer = new FactWriter(transaction, grid, nowMs);
        while (TakeEvents(transaction, writer) == EventsAtOnce)
        {
            // There are more.
        }

        foreach (var message in News(transaction))
        {
            Take(writer, message);
        }

        var rows = new RowTables(transaction);
        foreach (var (gateway, agedMs) in rows.NotAgedSince(nowMs - (long)AgeEvery.TotalMilliseconds))
        {
            // Slots that have fallen due since: those of yesterday's last hour too, just after midnight.
            var facts = new FactTables(transaction);
            var intervalMs = facts.Descriptions(gateway) is [.., var newest]
                ? newest.Devices.Select(device => device.IntervalMs).DefaultIfEmpty(0).Max() : 0;
            writer.MarkDirty(
                gateway, agedMs == 0 ? nowMs : agedMs - (long)CompletenessOptions.LateAfter.TotalMilliseconds - intervalMs, nowMs);
            rows.SetAged(gateway, nowMs);
        }

        transaction.Commit();
    }

    /// <summary>The gateways with days that have to be counted anew.</summary>
    public List<string> Dirty()
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return new RowTables(transaction).DirtyGateways();
    }

    /// <summary>Counts one stretch of a gateway's days anew.</summary>
    /// <returns>Whether a row has changed; null where there was nothing to count.</returns>
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

            stretch = new StretchLoader(transaction, gateway, grid, nowMs).Load(dirty.Keys.Max());
            rows = StretchAccount.Of(stretch);
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

    private static int TakeEvents(SqliteTransaction transaction, FactWriter writer)
    {
        var rows = new RowTables(transaction);
        var events = transaction.Query(
            "SELECT id, site, payload FROM ingest_event WHERE id > $cursor ORDER BY id LIMIT $most",
            reader => (Id: reader.GetInt64(0), Site: reader.GetString(1), Payload: reader.GetFieldValue<byte[]>(2)),
            ("$cursor", rows.EventCursor), ("$most", EventsAtOnce));
        foreach (var (_, site, payload) in events)
        {
            if (EventCodec.Decode(payload).Value is { } message)
            {
                Take(writer, site, message);
            }
        }

        if (events.Count > 0)
        {
            rows.EventCursor = events[^1].Id;
        }

        return events.Count;
    }

    private static void Take(FactWriter writer, string site, EventMessage message)
    {
        string? boot = null;
        long? stopMs = null;
        if (message.Type == "meta")
        {
            writer.Described(
                message.Gateway, site, message.TimeMs, System.Text.Encoding.UTF8.GetBytes(message.Body.GetRawText()));
        }
        else if (message.Type == "audit" && message.Body.TryGetProperty("what", out var what)
            && what.ValueKind == System.Text.Json.JsonValueKind.String)
        {
            boot = what.GetString() == "start" && message.Body.TryGetProperty("boot", out var id)
                && id.ValueKind == System.Text.Json.JsonValueKind.String ? id.GetString() : null;
            stopMs = what.GetString() == "stop" ? message.TimeMs : null;
        }

        writer.Live(message.Gateway, message.Epoch, message.TimeMs, message.TimeMs, boot, stopMs);
    }

    // Those that were not there, or not as new, when it looked last.
    private List<LatestMessage> News(SqliteTransaction transaction)
    {
        List<LatestMessage> news = [];
        foreach (var (gateway, kind, atMs) in transaction.Query(
            "SELECT site, gateway, kind, at_ms FROM ingest_latest",
            reader => (new GatewayName(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3))))
        {
            var last = seen.GetValueOrDefault(gateway);
            var before = kind == 1 ? last.StateMs : kind == 2 ? last.HealthMs : last.MetaMs;
            if (atMs == before)
            {
                continue;
            }

            seen[gateway] = kind == 1 ? last with { StateMs = atMs } : kind == 2 ? last with { HealthMs = atMs } : last with { MetaMs = atMs };
            news.AddRange(LatestMessages.Find(transaction, gateway, kind));
        }

        return news;
    }

    private static void Take(FactWriter writer, LatestMessage message)
    {
        var gateway = message.Gateway.Gateway;
        var inventory = message.Kind switch
        {
            TopicKind.State => StateCodec.Decode(message.Payload.Span).Value?.Inventory,
            TopicKind.Health => HealthCodec.Decode(message.Payload.Span).Value?.Inventory,
            _ => null,
        };
        foreach (var held in inventory ?? [])
        {
            writer.Given(gateway, held.Epoch, held.Last);
        }

        if (message.Kind == TopicKind.State && StateCodec.Decode(message.Payload.Span).Value is { } state)
        {
            writer.Stopped(gateway, state is { On: false, Reason: "stop" } ? state.Epoch : null);
        }
        else if (message.Kind == TopicKind.Meta)
        {
            writer.Described(gateway, message.Gateway.Site, fromMs: null, message.Payload);
        }
    }
}
