using Microsoft.Extensions.Logging;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Retention;

/// <summary>A store that is kept small, fed like ingest feeds it, with calls to the store that fail when the test says so. A new start is
/// a new set of everything but the store and the state.</summary>
internal sealed class RetentionBench : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-retention").FullName;
    private readonly StateDatabase state;
    private readonly DayGrid grid;
    private ExpiryGate gate;

    public RetentionBench(TimeSpan offset = default, Func<string, IStore>? open = null)
    {
        grid = new DayGrid((long)offset.TotalMilliseconds);
        state = new StateDatabase(Path.Combine(folder, "state.db"), Time);
        Store = open?.Invoke(folder) ?? new EmbeddedStore(Path.Combine(folder, "store.db"));
        Failing = new FailingStore(Store);
        using (var connection = state.Connect())
        {
            MeanMarks.Open(connection);
        }

        gate = new ExpiryGate(Time);
        Restart();
    }

    public WaitedTime Time { get; } = new(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));

    public StoreRetention Retention { get; set; } = new() { Records = TimeSpan.FromDays(40), TenMinutes = TimeSpan.FromDays(80), Grace = TimeSpan.Zero };

    public IStore Store { get; }

    public FailingStore Failing { get; }

    public bool IsSynchronised { get; set; } = true;

    public Expiry Expiry { get; private set; } = null!;

    public MeanMaker Maker { get; private set; } = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Restart()
    {
        gate.Dispose();
        gate = new ExpiryGate(Time);
        Expiry = new Expiry(Failing, Retention, gate, state.Connect, grid, new Clock(this), Time);
        Maker = new MeanMaker(Failing, Expiry, state.Connect, grid, Time);
    }

    /// <summary>As ingest does: into the store, then in one transaction whatever hangs on it.</summary>
    public async Task StoreAsync(params IReadOnlyList<Point> points)
    {
        Assert.Empty(await Store.WriteAsync(points, Cancelled));
        using var connection = state.Connect();
        using var transaction = connection.BeginTransaction();
        new MeanMarks(grid).Stored(transaction, points);
        transaction.Commit();
    }

    /// <summary>Waits as ingest does before it writes.</summary>
    public Task<IDisposable?> PassAsync(Point point) => gate.PassAsync([point], Cancelled);

    /// <summary>The loop that a backend runs.</summary>
    public RetentionLoop Loop(ILogger<RetentionLoop> logger) => new(Maker, Expiry, Time, logger);

    /// <summary>Makes means and deletes, however often it takes.</summary>
    public async Task SettleAsync()
    {
        // A day that is deleted rests for a day before more of it is.
        for (var turn = 0; turn < 3; turn++)
        {
            await Maker.MakeAsync(Cancelled);
            await Expiry.ExpireAsync(Cancelled);
            Time.Advance(TimeSpan.FromHours(25));
        }
    }

    /// <summary>A turn of the loop, each half of which may fail: old days are deleted also where means were not made.</summary>
    public async Task TryAsync()
    {
        await TryAsync(Maker.MakeAsync);
        await TryAsync(Expiry.ExpireAsync);
    }

    public long Expired()
    {
        using var connection = state.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        return new RetentionTables(transaction).Expired().Values.Sum();
    }

    public long Waiting(string table)
    {
        using var connection = state.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        return transaction.Query($"SELECT count(*) FROM {table}", reader => reader.GetInt64(0))[0];
    }

    public async ValueTask DisposeAsync()
    {
        gate.Dispose();
        await Store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task TryAsync(Func<CancellationToken, Task> half)
    {
        try
        {
            await half(Cancelled);
        }
        catch (StoreUnavailableException)
        {
            // What the loop tries again.
        }
    }

    private sealed class Clock(RetentionBench bench) : IWallClock
    {
        public bool IsSynchronised => bench.IsSynchronised;
    }
}
