using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Averages;

/// <summary>A keeper of averages on a database in memory, fed like ingest feeds it.</summary>
internal sealed class AverageBench : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SqliteConnection connection = new("Data Source=:memory:;Foreign Keys=True");
    private readonly Watcher watcher = new();
    private IReadOnlyList<AverageDefinition> averages;

    public AverageBench(string toml)
        : this(Read(toml))
    {
    }

    public AverageBench(IReadOnlyList<AverageDefinition> averages)
    {
        this.averages = averages;
        connection.Open();
        Keeper = Restart();
    }

    public FakeTimeProvider Time { get; } = new(Start.AddYears(1));

    public SetClock Clock { get; } = new();

    public AverageKeeper Keeper { get; private set; }

    public SqliteConnection Connection => connection;

    /// <summary>All that was told.</summary>
    public IReadOnlyList<Point> Told => watcher.Told;

    public static IReadOnlyList<AverageDefinition> Read(string toml)
    {
        List<Problem> problems = [];
        var averages = AverageConfiguration.Read(TomlSection.Parse("backend.toml", toml, problems), problems);
        Assert.Empty(problems);
        return averages;
    }

    public AverageKeeper Restart(string? toml = null)
    {
        averages = toml is null ? averages : Read(toml);
        Keeper = new AverageKeeper(averages, [watcher], Clock, Time, NullLogger<AverageKeeper>.Instance);
        Keeper.Open(connection);
        return Keeper;
    }

    public void Store(params IReadOnlyList<Point> points)
    {
        using var transaction = connection.BeginTransaction();
        Keeper.Stored(transaction, points);
        transaction.Commit();
        Keeper.Committed();
    }

    public void StoreAndLose(params IReadOnlyList<Point> points)
    {
        using var transaction = connection.BeginTransaction();
        Keeper.Stored(transaction, points);
        transaction.Rollback();
    }

    /// <summary>A minute passes, at an instant.</summary>
    public void Wait(DateTimeOffset at)
    {
        Time.AdjustTime(at);
        using var transaction = connection.BeginTransaction();
        Keeper.Waited(transaction, at.AddDays(-1));
        transaction.Commit();
        Keeper.WaitCommitted();
    }

    public async Task WriteAsync(IMeasurementStore store)
    {
        // The connection is shared with the keeper here, and stays open.
        var series = new AverageSeries(averages, connection, store, Time, NullLogger<AverageSeries>.Instance);
        await series.WriteAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A value of PM10, by minutes after the start.</summary>
    public static Point PointOf(
        double minute, double? value, QualityFlag flag = QualityFlag.Good, Measurand measurand = Measurand.Pm10, string channel = "pm10") => new()
        {
            Measurand = measurand,
            Site = "valley",
            Station = "village",
            Gateway = "gz-07",
            Device = "dust",
            Channel = channel,
            TimeNs = Point.KeyNs(Start.ToUnixTimeMilliseconds() + (long)(minute * 60_000), 1),
            Epoch = "7q2mzk4a",
            Sequence = 1,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue { Channel = channel, Measurand = measurand, Value = value, Flag = flag },
        };

    /// <summary>All windows, as they stand.</summary>
    public IReadOnlyList<(string Average, long EndHour, WindowValue Value)> Windows()
    {
        using var transaction = connection.BeginTransaction();
        return transaction.Query(
            "SELECT average, end_hour, value, mean, valid, extrapolated FROM average_window ORDER BY average, series, end_hour",
            reader => (reader.GetString(0), reader.GetInt64(1), new WindowValue(
                reader.Optional<double>(2), reader.Optional<double>(3), reader.GetInt32(4), reader.GetInt64(5) != 0)));
    }

    public long Count(string table)
    {
        using var transaction = connection.BeginTransaction();
        return transaction.Query($"SELECT count(*) FROM {table}", reader => reader.GetInt64(0))[0];
    }

    public void Dispose() => connection.Dispose();

    /// <summary>A clock that is vouched for or not.</summary>
    public sealed class SetClock : IWallClock
    {
        public bool IsSynchronised { get; set; } = true;
    }

    private sealed class Watcher : IAverageWatcher
    {
        public List<Point> Told { get; } = [];

        public void Averaged(SqliteTransaction transaction, IReadOnlyList<Point> averages) => Told.AddRange(averages);
    }
}
