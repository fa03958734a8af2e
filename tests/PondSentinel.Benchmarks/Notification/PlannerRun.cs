using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Benchmarks.Notification;

/// <summary>For how long the planner of messages keeps all others from writing to the state database, and what it costs, by how many
/// alarms are open.</summary>
internal static class PlannerRun
{
    private const int Sites = 20;
    private const int Rules = 10;
    private const int Looks = 20;

    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Measures and prints.</summary>
    /// <param name="counts">Of how many open alarms.</param>
    public static async Task RunAsync(IReadOnlyList<int> counts)
    {
        Console.WriteLine("| open alarms | what | longest write lock, ms | time a step, ms | steps |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var count in counts)
        {
            var folder = Directory.CreateTempSubdirectory("pond-bench-planner-").FullName;
            try
            {
                await MeasureAsync(Path.Combine(folder, "state.db"), count);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task MeasureAsync(string file, int count)
    {
        var database = new StateDatabase(file);
        var (people, machine) = (new Channel("mail", People), new Channel("hook", ChannelPolicy.ForMachines));
        using var connection = database.Connect();
        var outbox = new NotificationOutbox([people, machine], database.Connect, TimeProvider.System, NullLogger<NotificationOutbox>.Instance);
        Tell(connection, outbox, "open", count);
        MakeTold(connection, Start + Minute);
        using (var probe = new LockProbe(database.Connect()))
        {
            Task Print(string what, Channel channel, DateTimeOffset at, int most) => StepsAsync(connection, probe, count, what, channel, at, most);

            await Print("all told: people's channel looks", people, Start + (2 * Minute), Looks);
            await Print("the same: a machine's channel", machine, Start + (2 * Minute), Looks);
            await Print("all are to be told again: reminders", people, Start.AddHours(5), 10);
            Tell(connection, outbox, "new", count);
            await Print("as many begin at once: a machine's channel", machine, Start.AddHours(5), 100);
            Silence(connection);
            await Print("all silenced: people's channel holds what is new, and looks", people, Start.AddHours(5), 200);
            await Print("the same, all being to be told again", people, Start.AddHours(5), Looks);
        }

        await AtRestAsync(database, outbox, people, count, isRung: false);
        await AtRestAsync(database, outbox, people, count, isRung: true);
    }

    private static ChannelPolicy People => ChannelPolicy.ForPeople.Under([Rule(0) with { Quiet = new QuietRule(["rule-9"], QuietPlace.Gateway) }]) with
    {
        MessagesPerHourMax = null,
    };

    private static async Task StepsAsync(SqliteConnection connection, LockProbe probe, int count, string what, Channel channel, DateTimeOffset at, int most)
    {
        probe.Take();
        var spent = TimeSpan.Zero;
        var steps = 0;
        TriedMessage? tried = null;
        for (var isAtEnd = false; !isAtEnd && steps < most; steps++)
        {
            var before = Stopwatch.GetTimestamp();
            var step = PlannedStep.Take(connection, channel, ref tried, at);
            spent += Stopwatch.GetElapsedTime(before);
            await Rest(1); // Two locks in a row are not one.
            tried = step.Message is { } kept ? new TriedMessage(kept, DeliveryResult.Delivered, TimeSpan.Zero) : null;

            // A look that finds nothing is one of many that are measured; what brings something is measured to its end.
            isAtEnd = tried is null && most > Looks && !step.GoesOn;
        }

        await Rest(20); // The probe has seen the end of the last.
        Console.WriteLine(FormattableString.Invariant(
            $"| {count} | {what} | {probe.Take().Longest.TotalMilliseconds:0.0} | {spent.TotalMilliseconds / steps:0.00} | {steps} |"));
    }

    private static Task Rest(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, CancellationToken.None);

    // The loops as they run in a backend, for five seconds: nothing happens, or once a second something that is none of theirs.
    private static async Task AtRestAsync(StateDatabase database, NotificationOutbox outbox, Channel channel, int count, bool isRung)
    {
        using (var connection = database.Connect())
        {
            MakeTold(connection, TimeProvider.System.GetUtcNow());
        }

        var dispatch = new NotificationDispatch(outbox, [channel], TimeProvider.System, NullLogger<NotificationDispatch>.Instance);
        using var stop = new CancellationTokenSource();
        using var process = Process.GetCurrentProcess();
        var running = Task.Run(() => dispatch.RunAsync(stop.Token));
        await Rest(2000);
        process.Refresh();
        var (before, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        for (var i = 0; i < 5; i++)
        {
            await Rest(1000);
            if (isRung)
            {
                outbox.Wake();
            }
        }

        process.Refresh();
        var share = (process.TotalProcessorTime - before) / watch.Elapsed;
        await stop.CancelAsync();
        await running;
        Console.WriteLine(FormattableString.Invariant(
            $"| {2 * count} | a people's channel at work, {(isRung ? "a change a second" : "at rest")}: {share * 100:0.00} % of a core | | | |"));
    }

    private static void Tell(SqliteConnection connection, NotificationOutbox outbox, string name, int count)
    {
        using var transaction = connection.BeginTransaction();
        AlertSchema.Create(transaction);
        outbox.Create(transaction);
        for (var i = 0; i < count; i++)
        {
            var gateway = FormattableString.Invariant($"g{i / Rules}");
            var subject = new AlertSubject($"site-{i % Sites}", "station", gateway, $"{name}-{i}", "nh4", Measurand.AmmoniumNitrogen);
            var step = new NoticeStep(new StepValue(Start, 20), IsJudged: true, (31, false), Start, null);
            outbox.Add(transaction, AlertNotice.Of(
                Rule(i % Rules), subject, NoticeKind.Firing, $"{name}-{i}", 1, step, ChannelBackground.None));
        }

        transaction.Commit();
    }

    // As if each had been delivered.
    private static void MakeTold(SqliteConnection connection, DateTimeOffset at)
    {
        using var transaction = connection.BeginTransaction();
        (string, object?)[] when = [("$at", at.ToUnixTimeMilliseconds())];
        transaction.Execute("UPDATE notification SET made_ms = $at", when);
        transaction.Execute("UPDATE alarm SET opened_ms = $at, changed_ms = $at", when);
        transaction.Execute("UPDATE notification_delivery SET standing = 1, done_ms = $at WHERE standing = 0", when);
        transaction.Execute("UPDATE notification_message SET standing = 1, done_ms = $at WHERE standing = 0", when);
        transaction.Execute(
            """
            INSERT OR REPLACE INTO notification_told(channel, thread, phase, told_ms, reminders, flap)
            SELECT d.channel, n.episode, 0, $at, 0, 0 FROM notification_delivery d JOIN notification n ON n.number = d.number
            """,
            when);
        transaction.Commit();
    }

    private static void Silence(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        var table = new SilenceTable(transaction);
        for (var site = 0; site < Sites; site++)
        {
            table.Add(new Silence { Site = $"site-{site}", From = Start, Until = TimeProvider.System.GetUtcNow().AddDays(2), By = "Li", Why = "" });
        }

        transaction.Commit();
    }

    private static AlertRule Rule(int number) => new()
    {
        Id = FormattableString.Invariant($"rule-{number}"),
        Measurand = Measurand.AmmoniumNitrogen,
        Severity = Severity.High,
        Text = "too much ammonium",
        Threshold = new ThresholdRule { Side = LimitSide.Above, RaiseLimit = 15, ClearLimit = 10, HoldRaise = TimeSpan.Zero, HoldClear = TimeSpan.Zero },
    };

    private sealed class Channel(string name, ChannelPolicy policy) : INotificationChannel
    {
        public string Name => name;

        public string? FormerName => null;

        public ChannelPolicy Policy { get; } = policy with { Name = name };

        public Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken) =>
            Task.FromResult(DeliveryResult.Delivered);
    }
}
