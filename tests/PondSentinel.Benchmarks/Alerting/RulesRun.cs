using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Benchmarks.Alerting;

/// <summary>How many values a rule takes in a second: the rules alone, and by the engine with its state in SQLite; and what a rule and
/// channel keeps.</summary>
internal static class RulesRun
{
    private const int Rules = 10;
    private const int PureSamples = 200_000;

    // A backend runs for months: what its first minute costs, until its code is compiled, is not what is asked.
    private const int WarmUp = 20;
    private const int Measured = 10;

    private static readonly DateTimeOffset Start = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    // Two statistics among ten, the others hold each value against a limit: what a site has.
    private static readonly AlertRule[] All =
    [
        .. Enumerable.Range(0, Rules - 2).Select(i => RuleOf($"limit-{i}", null, 15 + i)),
        RuleOf("mean", new MeanStatistic { Period = TimeSpan.FromHours(1) }, 15),
        RuleOf("count", new CountStatistic { Least = 3, Of = 4, Side = LimitSide.Above }, 15),
    ];

    /// <summary>Measures and prints.</summary>
    /// <param name="channels">How many channels.</param>
    public static void Run(int channels)
    {
        Console.WriteLine("| what | evaluations/s of processor time | evaluations/s of the clock |");
        Console.WriteLine("|---|---|---|");
        Print("a limit, alone", () => Pure(All[0]));
        Print("the mean of an hour, alone", () => Pure(All[^2]));
        Print("3 of 4, alone", () => Pure(All[^1]));
        Print("a difference under a condition, alone", () => Pure(RuleOf("joint", Joint, 5)));
        var folder = Directory.CreateTempSubdirectory("pond-bench-rules-").FullName;
        try
        {
            Engine(Path.Combine(folder, "state.db"), channels);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JointStatistic Joint => new()
    {
        Against = new Comparison { Of = new ChannelSelector(Measurand.AmmoniumNitrogen) { Station = "up" }, Within = TimeSpan.FromMinutes(30) },
        Conditions =
        [
            new Condition { Of = new ChannelSelector(Measurand.Conductivity), Range = ValueRange.Above(100), Within = TimeSpan.FromMinutes(30) },
        ],
    };

    // One transaction a minute of the channels' time, as a thousand gateways of ten channels bring it in one group.
    private static void Engine(string file, int channels)
    {
        using var connection = new StateDatabase(file).Connect();
        var engine = Open(connection);
        long Minutes(int from, int to)
        {
            for (var minute = from; minute < to; minute++)
            {
                Minute(engine, connection, channels, minute);
            }

            return (long)(to - from) * channels * Rules;
        }

        Minutes(0, WarmUp);
        Print(FormattableString.Invariant($"engine, {channels} channels x {Rules} rules, one value of each in a transaction"), () => Minutes(WarmUp, WarmUp + Measured));
        Print(
            FormattableString.Invariant($"engine, the same, 60 values of each of {channels / 10} channels in a transaction"),
            () =>
            {
                var points = Enumerable.Range(0, channels / 10).SelectMany(channel => Enumerable.Range(1000, 60).Select(minute => PointOf(channel, minute))).ToList();
                using var transaction = connection.BeginTransaction();
                engine.Stored(transaction, points);
                transaction.Commit();
                engine.Committed();
                return (long)points.Count * Rules;
            });
        PrintStart(connection, channels);
        PrintState(connection, channels);
    }

    private static AlertEngine Open(SqliteConnection connection)
    {
        var engine = new AlertEngine(All, new NoOutbox(), TimeProvider.System, NullLogger<AlertEngine>.Instance);
        engine.Open(connection);
        return engine;
    }

    private static void Minute(AlertEngine engine, SqliteConnection connection, int channels, int minute)
    {
        var points = Enumerable.Range(0, channels).Select(channel => PointOf(channel, minute)).ToList();
        using var transaction = connection.BeginTransaction();
        engine.Stored(transaction, points);
        transaction.Commit();
        engine.Committed();
    }

    // As after a restart of the backend: what is shown of each rule and channel is read, and what is remembered comes with the values.
    private static void PrintStart(SqliteConnection connection, int channels)
    {
        const double MiB = 1 << 20;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var engine = Open(connection);
        var opened = watch.Elapsed;
        var shown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Minute(engine, connection, channels, 2000);
        var remembered = GC.GetTotalMemory(forceFullCollection: true) - before - shown;
        GC.KeepAlive(engine);
        Console.WriteLine();
        Console.WriteLine("| an engine that is opened again | |");
        Console.WriteLine("|---|---|");
        Console.WriteLine(FormattableString.Invariant($"| until it is open, s | {opened.TotalSeconds:0.00} |"));
        Console.WriteLine(FormattableString.Invariant($"| memory for what it shows, MiB | {shown / MiB:0.0} |"));
        Console.WriteLine(FormattableString.Invariant($"| memory for what it remembers of channels, MiB | {remembered / MiB:0.0} |"));
    }

    // By what the file loses with each table: rows, keys and pages.
    private static void PrintState(SqliteConnection connection, int channels)
    {
        Console.WriteLine();
        Console.WriteLine("| table | rows | bytes | bytes a rule and channel |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var table in new[] { "alert_standing", "alert_change", "alert_subject", "alert_sample" })
        {
            var rows = TableBytes.Scalar(connection, $"SELECT count(*) FROM {table}");
            var before = TableBytes.Of(connection);
            TableBytes.Scalar(connection, $"DROP TABLE {table}");
            var bytes = before - TableBytes.Of(connection);
            Console.WriteLine(FormattableString.Invariant($"| {table} | {rows} | {bytes} | {bytes / ((double)channels * Rules):0.#} |"));
        }
    }

    private static long Pure(AlertRule rule)
    {
        var stepper = new RuleStepper(rule.Threshold, rule.Statistic, rule.Validity, RuleState.Initial);
        List<AlertChange> changes = [];
        for (var i = 0; i < PureSamples; i++)
        {
            var origin = rule.Joint is null || i % 3 == 0 ? default : i % 3 == 1 ? new SampleOrigin(900, 1) : new SampleOrigin(901, 2);
            stepper.Step(new AlertSample(Start.AddSeconds(20 * i), ValueOf(i), Origin: origin), changes);
            changes.Clear();
        }

        return PureSamples;
    }

    private static void Print(string what, Func<long> run)
    {
        using var process = Process.GetCurrentProcess();
        var (before, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        var evaluations = run();
        process.Refresh();
        var (processor, clock) = (process.TotalProcessorTime - before, watch.Elapsed);
        Console.WriteLine(FormattableString.Invariant(
            $"| {what} | {evaluations / processor.TotalSeconds:N0} | {evaluations / clock.TotalSeconds:N0} |"));
    }

    private static double ValueOf(int i) => 10 + (i * 7 % 13);

    private static AlertRule RuleOf(string id, Statistic? statistic, double limit)
    {
        var threshold = new ThresholdRule
        {
            Side = LimitSide.Above, RaiseLimit = limit + 20, ClearLimit = limit, HoldRaise = TimeSpan.FromMinutes(10), HoldClear = TimeSpan.FromMinutes(10),
        };
        return new AlertRule
        {
            Id = id,
            Measurand = Measurand.AmmoniumNitrogen,
            Severity = Severity.Info,
            Text = id,
            Statistic = statistic,
            Threshold = statistic?.Judging(threshold) ?? threshold,
        };
    }

    private static Point PointOf(int channel, int minute)
    {
        var name = FormattableString.Invariant($"c{channel % 10}");
        return new Point
        {
            Measurand = Measurand.AmmoniumNitrogen,
            Site = "site",
            Station = "station",
            Gateway = FormattableString.Invariant($"g{channel / 10}"),
            Device = "device",
            Channel = name,
            TimeNs = Point.KeyNs(Start.AddMinutes(minute).ToUnixTimeMilliseconds(), 1),
            Epoch = "aaaaaaaa",
            Sequence = minute,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue
            {
                Channel = name, Measurand = Measurand.AmmoniumNitrogen, Value = ValueOf(channel + minute), Flag = QualityFlag.Good, Why = Why.None,
            },
        };
    }

    private sealed class NoOutbox : INotificationOutbox
    {
        public void Create(SqliteTransaction transaction)
        {
        }

        public void Add(SqliteTransaction transaction, AlertNotice notice)
        {
        }

        public bool HoldsApart(SqliteTransaction transaction, string episode, AlertNotice other) => false;

        public void Wake()
        {
        }
    }
}
