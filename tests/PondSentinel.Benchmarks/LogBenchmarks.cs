using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks;

/// <summary>A commit window of 20 records made durable, against the same as rows of one SQLite transaction (WAL, FULL).
/// </summary>
/// <remarks>Both end with the disk's own promise, so the disk decides; the folder is the system's temporary one.</remarks>
public class LogBenchmarks : IAsyncDisposable
{
    private const int Records = 20;

    private readonly string folder = Directory.CreateTempSubdirectory("pond-bench-").FullName;
    private readonly BufferedRecord record = new()
    {
        Site = "gannan",
        Schema = "9f3c01d2",
        Station = "pond-a",
        Device = "pond-nh4",
        Clock = new ClockReading(
            Guid.Parse("6f1d6c1e-2b65-4c2c-9a0e-0c7f2f3f8a11"),
            TimeSpan.FromSeconds(100),
            1_767_225_600_000,
            new ClockStamp(ClockSource.Ntp, 12)),
        Channels =
        [
            new ChannelValue
            {
                Channel = "nh4n", Measurand = Measurand.AmmoniumNitrogen, Flag = QualityFlag.Good, Value = 123.4,
            },
        ],
    };

    private SegmentedLog log = null!;
    private SqliteConnection database = null!;

    [GlobalSetup]
    public void Open()
    {
        log = SegmentedLog.Open(
            new BufferOptions { Folder = Path.Combine(folder, "log"), BytesMax = 64 << 20, FreeSpaceFloor = 0 },
            TimeProvider.System,
            NullLogger.Instance);
        database = new SqliteConnection($"Data Source={Path.Combine(folder, "rows.db")}");
        database.Open();
        Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE record(time INTEGER, device TEXT, channel TEXT, value REAL, flag INTEGER)");
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("commit")]
    public void SqliteRows()
    {
        using var transaction = database.BeginTransaction();
        using var insert = database.CreateCommand();
        insert.CommandText = "INSERT INTO record VALUES (1767225600000, 'pond-nh4', 'nh4n', 123.4, 1)";
        for (var index = 0; index < Records; index++)
        {
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    [Benchmark]
    [BenchmarkCategory("commit")]
    public async Task Log()
    {
        for (var index = 1; index < Records; index++)
        {
            log.Append(record);
        }

        await log.Append(record, urgent: true).Durable;
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private void Execute(string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
