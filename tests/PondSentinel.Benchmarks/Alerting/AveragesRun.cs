using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.Alerting;

/// <summary>How many windows a running backend updates in a second, with its state in SQLite, and what a channel keeps of them.</summary>
internal static class AveragesRun
{
    private const int PerHour = 12;
    private const int Days = 3;
    private const int HoursOfDay = 24;

    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Measures and prints.</summary>
    /// <param name="channels">How many channels.</param>
    public static void Run(int channels)
    {
        var folder = Directory.CreateTempSubdirectory("pond-bench-averages-").FullName;
        try
        {
            using var connection = new StateDatabase(Path.Combine(folder, "state.db")).Connect();
            var told = new Count();
            var keeper = new AverageKeeper(Averages(), [told], new KernelWallClock(), TimeProvider.System, NullLogger<AverageKeeper>.Instance);
            keeper.Open(connection);
            Console.WriteLine("| what | windows | windows/s of processor time | values/s of processor time |");
            Console.WriteLine("|---|---|---|---|");
            void Take(int channel, int from, int to) => Store(
                connection, keeper, [.. Enumerable.Range(from, to - from).Select(i => PointOf(channel, i))]);

            for (var day = 0; day < Days; day++)
            {
                var first = day * HoursOfDay;
                Print($"day {day + 1} of {channels} channels, an hour of one in a transaction", told, channels * HoursOfDay * PerHour, () =>
                {
                    for (var hour = first; hour < first + HoursOfDay; hour++)
                    {
                        for (var channel = 0; channel < channels; channel++)
                        {
                            Take(channel, hour * PerHour, (hour + 1) * PerHour);
                        }
                    }
                });
            }

            Print("a value of two days ago, revised", told, channels, () =>
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    var late = PointOf(channel, HoursOfDay * PerHour);
                    Store(connection, keeper, [late with { IsRevision = true, Value = late.Value with { Value = 900 } }]);
                }
            });
            Print("a value of three days later, a day of one channel in a transaction", told, channels * HoursOfDay * PerHour, () =>
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    Take(channel, Days * HoursOfDay * PerHour, (Days + 1) * HoursOfDay * PerHour);
                }
            });
            PrintState(connection, channels);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Store(SqliteConnection connection, AverageKeeper keeper, List<Point> points)
    {
        using var transaction = connection.BeginTransaction();
        keeper.Stored(transaction, points);
        transaction.Commit();
        keeper.Committed();
    }

    private static IReadOnlyList<AverageDefinition> Averages()
    {
        const string Toml = "[[average]]\nkind = \"pm10-rolling24\"\n[[average]]\nkind = \"nowcast\"\n[[average]]\nkind = \"pm10-24h-gb\"\n";
        List<Problem> problems = [];
        return AverageConfiguration.Read(TomlSection.Parse("averages.toml", Toml, problems), problems);
    }

    private static void PrintState(SqliteConnection connection, int channels)
    {
        Console.WriteLine();
        Console.WriteLine("| table | rows | bytes a channel |");
        Console.WriteLine("|---|---|---|");
        foreach (var table in new[] { "average_unwritten", "average_window", "average_hour" })
        {
            var rows = TableBytes.Scalar(connection, $"SELECT count(*) FROM {table}");
            var before = TableBytes.Of(connection);
            TableBytes.Scalar(connection, $"DELETE FROM {table}");
            Console.WriteLine(FormattableString.Invariant($"| {table} | {rows} | {(before - TableBytes.Of(connection)) / channels} |"));
        }
    }

    private static void Print(string what, Count told, long values, Action run)
    {
        using var process = Process.GetCurrentProcess();
        var (before, windows) = (process.TotalProcessorTime, told.Windows);
        run();
        process.Refresh();
        var seconds = (process.TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(FormattableString.Invariant(
            $"| {what} | {told.Windows - windows} | {(told.Windows - windows) / seconds:N0} | {values / seconds:N0} |"));
    }

    private static Point PointOf(int channel, int place)
    {
        var name = FormattableString.Invariant($"c{channel % 10}");
        return new Point
        {
            Measurand = Measurand.Pm10,
            Site = "site",
            Station = "station",
            Gateway = FormattableString.Invariant($"g{channel / 10}"),
            Device = "device",
            Channel = name,
            TimeNs = Point.KeyNs(Start.AddMinutes((place + 1) * 60.0 / PerHour).ToUnixTimeMilliseconds(), 1),
            Epoch = "aaaaaaaa",
            Sequence = place,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue { Channel = name, Measurand = Measurand.Pm10, Value = 10 + (place * 7 % 130), Flag = QualityFlag.Good, Why = Why.None },
        };
    }

    private sealed class Count : IAverageWatcher
    {
        public long Windows { get; private set; }

        public void Averaged(SqliteTransaction transaction, IReadOnlyList<Point> averages) => Windows += averages.Count;
    }
}
