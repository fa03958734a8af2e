using CsCheck;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
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
        Assert.Contains(bench.Journal.Lines, line => line.Contains("1 taken in once more, 1 lines that are no messages", StringComparison.Ordinal));
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
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (new RefusedFolder(bench.Folder).Waiting.Count > 0)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, deadline.Token);
        }
    }
}
