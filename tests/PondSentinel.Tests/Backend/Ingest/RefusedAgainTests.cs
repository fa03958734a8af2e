using System.Text.Json;
using CsCheck;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>What was refused whole is taken in once more by a person's word, and never twice.</summary>
public sealed class RefusedAgainTests
{
    private const int BatchesMost = 6, RecordsEach = 3;

    private static readonly TimeSpan Resent = TimeSpan.FromMinutes(5);

    /// <summary>What became of a batch before: it came whole, it was refused and settled, or it never came; whether it is among what is taken
    /// in once more, how often, and whether the process dies in between.</summary>
    private static readonly Gen<(int Before, bool IsGiven, bool IsSpoilt)[]> Batches = Gen.Select(Gen.Int[0, 2], Gen.Bool, Gen.Bool)
        .Select((before, isGiven, isSpoilt) => (before, isGiven, isSpoilt && before != 2)).Array[1, BatchesMost];

    [Fact]
    public Task Whatever_is_taken_in_once_more_each_record_is_stored_and_counted_once() => Gen.Select(Batches, Gen.Int[1, 2], Gen.Bool).SampleAsync(
        async (batches, times, dies) =>
        {
            var bench = new IngestBench();
            try
            {
                await BeginAsync(bench, batches);
                new BatchArchive(Path.Combine(bench.Folder, RefusedMessages.Folder), bench.Time).Append(batches.Index().Where(batch => batch.Item.IsGiven)
                    .Select(batch => (IngestBench.Live.ToString(), (ReadOnlyMemory<byte>)Payload(batch.Index, batch.Item.IsSpoilt))));
                for (var i = 0; i < times; i++)
                {
                    HandOver(bench);
                    if (dies)
                    {
                        bench = await bench.RestartAsync();
                    }

                    await DoneAsync(bench);
                }

                var stored = batches.Index().Where(batch => batch.Item.Before == 0 || batch.Item is { IsGiven: true, IsSpoilt: false }).Select(batch => batch.Index).ToList();
                var expected = stored.SelectMany(batch => Enumerable.Range(batch * RecordsEach, RecordsEach)).ToList();
                Assert.Equal(expected, bench.Store.Points.Values.Select(point => (int)point.Sequence).Order());
                Assert.Equal(expected.Select(number => $"{IngestBench.Epoch} {number}"), bench.Observer.Seen.OrderBy(what => int.Parse(what.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
                if (expected.Count > 0)
                {
                    Assert.Equal(expected.Count, bench.Tally.Stored);
                }

                var refused = batches.Index().Count(batch => batch.Item.Before == 1 && !stored.Contains(batch.Index)) * RecordsEach;
                Assert.Equal(refused, expected.Count + refused == 0 ? 0 : bench.Tally.Rejected.GetValueOrDefault("malformed"));
            }
            finally
            {
                await bench.DisposeAsync();
            }
        },
        iter: 40);

    [Fact]
    public async Task Person_sees_what_is_refused_hands_it_over_by_name_and_sees_that_it_is_stored()
    {
        await using var bench = new IngestBench();
        using (var connection = bench.Database.Connect())
        using (var transaction = connection.BeginTransaction())
        {
            NotificationSchema.Create(transaction);
            transaction.Commit();
        }

        await BeginAsync(bench, [(0, false, false), (1, false, false)]);
        using var output = new StringWriter();
        using var error = new StringWriter();
        int List() => RefusedCommand.List(bench.Folder, isJson: false, bench.Time, output, error);
        int Resubmit(string day) => RefusedCommand.Resubmit(bench.Folder, [day], fromArchive: false, "Li", bench.Time, output, error);

        Assert.Equal(RefusedCommand.Some, List());
        Assert.Equal($"2026-07-01  gz-07  1 messages: 3 malformed{Environment.NewLine}", output.ToString());
        Assert.Equal(RefusedCommand.Misuse, Resubmit("2026-07-02"));
        Assert.Contains("2026-07-02: there is no such day in ", error.ToString(), StringComparison.Ordinal);

        // As a version would that can read it.
        var day = Path.Combine(bench.Folder, "refused", "2026-07-01.jsonl");
        File.Delete(day);
        new BatchArchive(Path.Combine(bench.Folder, "refused"), bench.Time).Append([(IngestBench.Live.ToString(), Payload(1, isSpoilt: false))]);
        Assert.Equal(0, Resubmit("2026-07-01"));
        await DoneAsync(bench);

        output.GetStringBuilder().Clear();
        Assert.Equal(0, List());
        Assert.Equal($"2026-07-01  gz-07  1 messages: 3 stored{Environment.NewLine}", output.ToString());
        Assert.True(File.Exists(day));
        var entry = Assert.Single(new AlarmDesk(bench.Database.Connect, bench.Time).History(null, 10));
        Assert.Equal(("resubmitted", "Li", "refused/2026-07-01"), (entry.Act.Word, entry.By, entry.Note));
        var audited = Assert.Single(new AccountBook(bench.Database.Connect, new Passwords(), bench.Time).Audit(10));
        Assert.Equal((AuditAct.Resubmitted, "refused/2026-07-01, by Li", Actor.OfCommand()), (audited.Act, audited.Note, audited.By));
    }

    [Fact]
    public async Task What_is_no_message_is_passed_over_and_what_is_refused_again_stays_refused()
    {
        await using var bench = new IngestBench();
        await BeginAsync(bench, [(1, false, false)]);
        await File.AppendAllTextAsync(Path.Combine(bench.Folder, "refused", "2026-07-01.jsonl"), "torn\n", TestContext.Current.CancellationToken);

        HandOver(bench);
        await DoneAsync(bench);

        Assert.Equal((0L, 3L), (bench.Tally.Stored, bench.Tally.Rejected["malformed"]));
        Assert.Contains(bench.Journal.Lines, line => line.Contains(": 0 stored, 0 stored before, 1 refused again (first: ", StringComparison.Ordinal)
            && line.Contains("), 1 lines that are no messages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task However_often_a_day_is_given_in_each_refusal_is_counted_once_and_the_journal_tells_what_came_of_it()
    {
        await using var bench = new IngestBench();
        await BeginAsync(bench, [(1, false, false)]);
        new BatchArchive(Path.Combine(bench.Folder, RefusedMessages.Folder), bench.Time).Append(
        [
            (IngestBench.Live.ToString(), Payload(1, isSpoilt: false)),
            (new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event).ToString(), Event(0)),
            (new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event).ToString(), "{}"u8.ToArray()),
        ]);
        var (counted, kept) = (bench.Tally.Refused["malformed"], Directory.GetFiles(Path.Combine(bench.Folder, "malformed")).Length);
        for (var time = 0; time < 3; time++)
        {
            HandOver(bench);
            await DoneAsync(bench);
        }

        Assert.Equal((counted, kept), (bench.Tally.Refused["malformed"], Directory.GetFiles(Path.Combine(bench.Folder, "malformed")).Length));
        Assert.Equal(
            ["2 stored, 0 stored before, 2 refused again", "0 stored, 2 stored before, 2 refused again", "0 stored, 2 stored before, 2 refused again"],
            bench.Journal.Lines.Where(line => line.StartsWith("Refused messages ", StringComparison.Ordinal)).Select(line => line.Split(": ")[1].Split(" (first")[0]));
    }

    [Fact]
    public async Task Copy_stays_while_a_bound_keeps_something_of_it_out_and_another_is_taken_in_meanwhile()
    {
        await using var bench = new IngestBench(quotas: new Quotas { RowsADay = 4 });
        var folder = new RefusedFolder(bench.Folder);
        Give(bench, [.. Enumerable.Range(0, 5).Select(batch => (IngestBench.Live, Payload(2 * batch, isSpoilt: false)))]);
        await PassAsync(bench, () => bench.Journal.Lines.Any(line => line.Contains("wait for room (more than 4 gaps", StringComparison.Ordinal)), TimeSpan.FromSeconds(1));
        Assert.Single(folder.Waiting);
        Assert.InRange(bench.Store.Snapshot().Count, RecordsEach, 4 * RecordsEach);

        Give(bench, [(IngestBench.Live with { Gateway = "gz-08" }, BatchCodec.Encode(IngestBench.BatchOf(0, 0) with { Gateway = "gz-08" }))]);
        await PassAsync(bench, () => bench.Journal.Lines.Any(line => line.Contains(": 1 stored, 0 stored before, 0 refused again,", StringComparison.Ordinal)), TimeSpan.FromSeconds(1));
        Assert.Single(folder.Waiting);

        await PassAsync(bench, () => folder.Waiting.Count == 0, TimeSpan.FromMinutes(30));
        Assert.Equal((5 * RecordsEach) + 1, bench.Store.Snapshot().Count);
        Assert.Contains(bench.Journal.Lines, line => line.Contains(": 5 stored, 0 stored before, 0 refused again,", StringComparison.Ordinal));
    }

    // The loop has nothing to do while the store writes letters, though an event waits for its turn.
    [Fact]
    public async Task Loop_rests_while_letters_are_being_written_and_an_event_waits()
    {
        var folder = await LeaveALetterAndTwoEventsAsync();
        var time = new FakeTimeProvider(IngestBench.Start);
        var (writes, mayWrite) = (Signal(), Signal());
        var store = new FakeStore
        {
            Before = () =>
            {
                writes.TrySetResult();
                return mayWrite.Task;
            },
        };
        await using var bench = new IngestBench(
            folder, store, time: time, beside: new SlowObserver(time), loop: new WatchedLoop("ingest", TimeSpan.FromMinutes(1), new Turns()));
        await writes.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal([$"event {IngestBench.Epoch} 0"], bench.Observer.Messages);
        for (var question = 0; question < 100; question++)
        {
            Assert.False(bench.Running.IsFaulted, $"{bench.Running.Exception?.InnerException?.Message}");
            await bench.AsksForTheTimeAsync().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }

        mayWrite.SetResult();
        await DoneAsync(bench);
        Assert.Equal([$"event {IngestBench.Epoch} 0", $"event {IngestBench.Epoch} 1"], bench.Observer.Messages);
    }

    private static async Task<string> LeaveALetterAndTwoEventsAsync()
    {
        var bench = new IngestBench(store: new FakeStore { Refuse = _ => "type" });
        await bench.Send(IngestBench.BatchOf(0, 0));
        await bench.KillAsync();
        var letters = new LetterFolder(bench.Folder);
        letters.HandOver(Assert.Single(letters.Days), bench.Time.GetUtcNow());
        var events = new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);
        Give(bench, [(events, Event(0)), (events, Event(1))]);
        return bench.Folder;
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static byte[] Event(long number) => EventCodec.Encode(new EventMessage
    {
        Gateway = IngestBench.Gateway, Epoch = IngestBench.Epoch, Number = number, TimeMs = IngestBench.Start.ToUnixTimeMilliseconds(),
        Clock = new ClockStamp(ClockSource.Ntp, 12), Device = "probe", Type = "note", Body = JsonElement.Parse("{}"),
    });

    private static void Give(IngestBench bench, IReadOnlyList<(Topic Topic, byte[] Payload)> messages)
    {
        var aside = Path.Combine(bench.Folder, "aside");
        new BatchArchive(aside, bench.Time).Append(messages.Select(message => (message.Topic.ToString(), (ReadOnlyMemory<byte>)message.Payload)));
        var folder = new RefusedFolder(bench.Folder);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        folder.HandOver(Assert.Single(Directory.GetFiles(aside)), bench.Time.GetUtcNow());
        Directory.Delete(aside, recursive: true);
    }

    private static byte[] Payload(int batch, bool isSpoilt)
    {
        var whole = IngestBench.BatchOf(batch * RecordsEach, (batch * RecordsEach) + RecordsEach - 1);
        return isSpoilt ? RefusalTests.Spoilt(whole) : BatchCodec.Encode(whole);
    }

    private static async Task BeginAsync(IngestBench bench, (int Before, bool IsGiven, bool IsSpoilt)[] batches)
    {
        foreach (var (index, batch) in batches.Index().Where(batch => batch.Item.Before == 0))
        {
            await bench.Broker.Send(IngestBench.Live, Payload(index, isSpoilt: false));
        }

        foreach (var (index, batch) in batches.Index().Where(batch => batch.Item.Before == 1))
        {
            await bench.Broker.Send(IngestBench.Live, Payload(index, isSpoilt: true));
            bench.Time.Advance(Resent);
            await bench.Broker.Send(IngestBench.Live, Payload(index, isSpoilt: true));
        }
    }

    private static void HandOver(IngestBench bench)
    {
        var folder = new RefusedFolder(bench.Folder);
        foreach (var day in folder.Days)
        {
            folder.HandOver(day, bench.Time.GetUtcNow());
        }
    }

    // The copy is deleted when all of it is done.
    private static async Task DoneAsync(IngestBench bench)
    {
        await PassAsync(bench, () => new RefusedFolder(bench.Folder).Waiting.Count == 0, TimeSpan.FromSeconds(1));
    }

    private static async Task PassAsync(IngestBench bench, Func<bool> until, TimeSpan step)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!until())
        {
            bench.Time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>An event takes it longer than the turn of events lasts.</summary>
    private sealed class SlowObserver(FakeTimeProvider time) : IIngestObserver
    {
        public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
        {
        }

        public void Committed()
        {
        }

        public void State(GatewayName gateway, StateMessage state)
        {
        }

        public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
        {
        }

        public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
        {
        }

        public void Event(GatewayName gateway, EventMessage message) => time.Advance(TimeSpan.FromMilliseconds(30));
    }

    /// <summary>Ends a loop that has said too often that it turns: one that never rests lets nobody else end it.</summary>
    private sealed class Turns : TimeProvider
    {
        private const int Most = 2_000;

        private int count;

        public override long GetTimestamp() =>
            Interlocked.Increment(ref count) is var turn && turn <= Most ? turn : throw new InvalidOperationException($"The loop has turned {turn} times.");
    }
}
