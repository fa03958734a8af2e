using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>The ledger on a state database in memory, fed as ingest feeds it: each step one transaction.</summary>
internal sealed class LedgerBench : IDisposable
{
    private DayGrid grid;
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private LedgerKeeper keeper;
    private long events;

    public LedgerBench(DayGrid grid, long nowMs)
    {
        (this.grid, NowMs) = (grid, nowMs);
        connection.Open();
        keeper = new LedgerKeeper(connection, grid);
        keeper.Create(nowMs);
    }

    public long NowMs { get; set; }

    public SqliteConnection Connection => connection;

    public IReadOnlyList<LedgerRow> Rows
    {
        get
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            return new RowTables(transaction).Rows(null, 0, 100_000);
        }
    }

    public IReadOnlyList<string> Lines =>
    [
        .. Rows.Where(row => row.Channel != LedgerChannel.OfGateway && (row.Expected > 0 || row.Extra > 0 || row.Counts.Sum > 0))
            .Select(row => FormattableString.Invariant(
                $"{DayGrid.Text(row.Day)} {row.Channel.Device}.{row.Channel.Channel} {row.Expected} +{row.Extra} late {row.Late}: {row.Counts}"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>As a process that ends and begins again on the same database.</summary>
    public void Restart()
    {
        keeper = new LedgerKeeper(connection, grid);
        keeper.Create(NowMs);
    }

    /// <summary>As a process that begins again with another calendar.</summary>
    public void Move(DayGrid to)
    {
        grid = to;
        Restart();
    }

    public void Store(string epoch, long number, DeviceRecord record, bool isRevision = false) => Commit(transaction =>
    {
        var tables = new IngestTables(transaction);
        if (!isRevision)
        {
            tables.SettleStored(tables.Enter(LedgerHistory.Gateway, epoch, LedgerHistory.Site).Id, new SequenceRange(number, number));
        }

        Batch batch = new()
        {
            Gateway = LedgerHistory.Gateway, Epoch = epoch, Range = new SequenceRange(number, number), Clock = new ClockStamp(ClockSource.Ntp, 1),
        };
        new FactWriter(transaction, grid, NowMs).Stored(
            [.. Points.Of(LedgerHistory.Site, batch, record).Select(point => point with { IsRevision = isRevision })]);
    });

    /// <summary>Stores many records in one transaction.</summary>
    public void Store(string epoch, IReadOnlyList<(DeviceRecord Record, bool IsRevision)> records) => Commit(transaction =>
    {
        var tables = new IngestTables(transaction);
        var row = tables.Enter(LedgerHistory.Gateway, epoch, LedgerHistory.Site);
        foreach (var range in Ranges.Of(records.Where(item => !item.IsRevision).Select(item => item.Record.Sequence)))
        {
            tables.SettleStored(row.Id, range);
        }

        Batch batch = new()
        {
            Gateway = LedgerHistory.Gateway, Epoch = epoch, Range = new SequenceRange(0, 0), Clock = new ClockStamp(ClockSource.Ntp, 1),
        };
        new FactWriter(transaction, grid, NowMs).Stored([.. records.SelectMany(
            item => Points.Of(LedgerHistory.Site, batch, item.Record).Select(point => point with { IsRevision = item.IsRevision }))]);
    });

    /// <summary>Settles a number that has no mark: a revision's own.</summary>
    public void SettleRevision(string epoch, long number) => Commit(transaction =>
    {
        var tables = new IngestTables(transaction);
        tables.SettleStored(tables.Enter(LedgerHistory.Gateway, epoch, LedgerHistory.Site).Id, new SequenceRange(number, number));
        new FactWriter(transaction, grid, NowMs).Unstored(LedgerHistory.Gateway, epoch, new SequenceRange(number, number));
    });

    public void Lose(string epoch, SequenceRange range, Standing standing) => Commit(transaction =>
    {
        var tables = new IngestTables(transaction);
        var row = tables.Enter(LedgerHistory.Gateway, epoch, LedgerHistory.Site).Id;
        if (standing.IsRefused)
        {
            tables.SettleRefused(row, range, standing, NowMs);
        }
        else
        {
            tables.SettleOther(row, range, standing, NowMs);
        }

        new FactWriter(transaction, grid, NowMs).Unstored(LedgerHistory.Gateway, epoch, range);
    });

    public void Tell(string epoch, string type, long timeMs, ReadOnlyMemory<byte> body) => Commit(transaction =>
    {
        using var json = JsonDocument.Parse(body);
        var message = new EventMessage
        {
            Gateway = LedgerHistory.Gateway, Epoch = epoch, Number = events++, TimeMs = timeMs,
            Clock = new ClockStamp(ClockSource.Ntp, 1), Type = type, Body = json.RootElement,
        };
        var tables = new IngestTables(transaction);
        new EventBook(transaction, tables).Add(
            tables.Enter(LedgerHistory.Gateway, epoch, LedgerHistory.Site), LedgerHistory.Site, message.Number,
            EventCodec.Encode(message), 10_000, NowMs);
    });

    public void Say(StateMessage state) => Commit(transaction => new IngestTables(transaction).KeepLatest(
        new Topic(LedgerHistory.Site, LedgerHistory.Gateway, TopicKind.State), StateCodec.Encode(state), 4, NowMs));

    /// <summary>Writes to a store what it does not have yet, as a process that has just begun.</summary>
    public Task WriteSeriesAsync(IMeasurementStore store) => new CompletenessSeries(
        connection, store, grid, TimeProvider.System, NullLogger.Instance).WriteAsync(CancellationToken.None);

    /// <summary>Takes in what was told.</summary>
    public void TakeNews() => keeper.TakeNews(NowMs);

    /// <summary>Counts everything that has changed.</summary>
    public void Bring()
    {
        TakeNews();
        foreach (var gateway in keeper.Dirty())
        {
            while (keeper.Count(gateway, NowMs) is not null)
            {
                // There may be another stretch.
            }
        }
    }

    public void Dispose() => connection.Dispose();

    private void Commit(Action<SqliteTransaction> work)
    {
        using var transaction = connection.BeginTransaction();
        work(transaction);
        transaction.Commit();
    }
}
