using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Records that replace others: which one stands, in whatever order they come and whatever the store refuses.</summary>
public sealed class RevisionTests
{
    private const string Later = "bbbbbbbb";

    private static readonly RecordId First = new(IngestBench.Epoch, 0);

    [Fact]
    public async Task Revision_replaces_its_point_and_an_original_that_comes_later_does_not_undo_it()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 1));
        await bench.Send(IngestBench.BatchOf(2, 3, record: number =>
            IngestBench.Record(number, 50 + number, new RecordId(IngestBench.Epoch, number == 2 ? 1 : 9))));
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1", "7q2mzk4a 1 revised", "7q2mzk4a 9 revised"], bench.Observer.Seen);

        await bench.Send(IngestBench.BatchOf(4, 9), IngestBench.Back);
        Assert.Equal(10L, bench.Tally.Stored);
        Assert.DoesNotContain("7q2mzk4a 9", bench.Observer.Seen);
        Assert.Equal([1, 52, 1, 1, 1, 1, 1, 53], bench.Store.Points.Values.OrderBy(point => point.Sequence).Select(point => point.Value.Value));
    }

    [Fact]
    public async Task Older_revision_that_comes_later_does_not_undo_a_newer_one()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 0));
        await bench.Send(IngestBench.BatchOf(2, 2, record: number => IngestBench.Record(number, 2, new RecordId(IngestBench.Epoch, 0))));
        await bench.Send(IngestBench.BatchOf(1, 1, record: number => IngestBench.Record(number, 1.5, new RecordId(IngestBench.Epoch, 0))));
        Assert.Equal(2, Assert.Single(bench.Store.Points).Value.Value.Value);
        Assert.Equal(3L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Revision_of_an_earlier_life_that_comes_later_does_not_undo_that_of_a_later_life()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 1));
        await bench.Send(Revision(0, 20, Later));
        await bench.Send(Revision(2, 10), IngestBench.Back);
        Assert.Equal(20, Value(bench));
        Assert.Equal(4L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Revision_of_the_records_own_life_does_not_undo_that_of_a_later_life_though_the_later_is_heard_first()
    {
        await using var bench = new IngestBench();
        await bench.Send(Revision(0, 20, Later));
        await bench.Send(IngestBench.BatchOf(0, 1), IngestBench.Back);
        await bench.Send(Revision(2, 10), IngestBench.Back);
        Assert.Equal(20, Value(bench));
        Assert.Equal(4L, bench.Tally.Stored);
    }

    [Fact]
    public async Task Of_revisions_in_one_group_that_of_the_later_life_stands_though_its_number_is_lower()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(0, 1));
        await GroupAsync(bench, Revision(2, 10), Revision(0, 20, Later));
        Assert.Equal(20, Value(bench));
        await bench.Send(Revision(3, 30));
        Assert.Equal(20, Value(bench));
    }

    [Fact]
    public async Task Revision_that_the_store_refuses_leaves_its_original_what_it_was()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = point => point.IsRevision ? "range" : null;
        await bench.Send(Revision(3, 9));
        await bench.Send(IngestBench.BatchOf(0, 2), IngestBench.Back);
        Assert.Equal(1, Value(bench));
        Assert.Equal((3L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["range"]));
        Assert.Equal(["7q2mzk4a 0", "7q2mzk4a 1", "7q2mzk4a 2"], bench.Observer.Seen);
    }

    [Fact]
    public async Task Revision_that_the_store_refuses_gives_way_to_the_next_newest_of_its_own_batch()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = point => point.Value.Value is 9 or 8 ? "range" : null;
        await bench.Send(IngestBench.BatchOf(
            0, 3, record: number => number == 0 ? IngestBench.Record(0) : IngestBench.Record(number, 6 + number, First)));
        Assert.Equal(7, Value(bench));
        Assert.Equal((2L, 2L), (bench.Tally.Stored, bench.Tally.Rejected["range"]));
    }

    [Fact]
    public async Task Of_thousands_of_originals_those_that_were_revised_are_found_at_once()
    {
        await using var bench = new IngestBench();
        await bench.Send(IngestBench.BatchOf(5_000, 5_001, record: number =>
            IngestBench.Record(number, 50, new RecordId(IngestBench.Epoch, number == 5_000 ? 0 : 4_999))));
        using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        var statements = 0;
        SQLitePCL.raw.sqlite3_trace(connection.Handle, (SQLitePCL.strdelegate_trace)((_, _) => statements++), null);
        var points = Enumerable.Range(0, 5_000).Select(number => (SentPoint)new PlannedPoint(
            Points.Of(IngestBench.Site, IngestBench.BatchOf(number, number), IngestBench.Record(number)).Single(),
            new PlannedBatch { Topic = IngestBench.Live, Payload = default },
            new RecordId(IngestBench.Epoch, number),
            Life: 1)).ToList();

        Assert.Equal(Enumerable.Range(1, 4_998).Select(number => (long)number), new RevisionBook(transaction).Standing(points).Select(sent => sent.Record.Sequence));
        Assert.InRange(statements, 1, 10);
    }

    [Fact]
    public async Task However_many_revisions_of_a_value_are_refused_the_store_is_asked_twice()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = point => point.Value.Value is > 50 ? "range" : null;
        await bench.Send(IngestBench.BatchOf(
            0, 200, record: number => number == 0 ? IngestBench.Record(0) : IngestBench.Record(number, number, First)));
        Assert.Equal(2, bench.Store.Writes);
        Assert.Equal(50, Value(bench));
        Assert.Equal((51L, 150L), (bench.Tally.Stored, bench.Tally.Rejected["range"]));
        Assert.Equal(["7q2mzk4a 0 revised"], bench.Observer.Seen);
    }

    [Fact]
    public async Task Refused_revision_that_is_given_in_again_stands_over_an_original_that_comes_later()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = _ => "range";
        await bench.Send(Revision(3, 9));
        bench.Store.Refuse = _ => null;
        await ResubmitAsync(bench);
        await bench.Send(IngestBench.BatchOf(0, 2), IngestBench.Back);
        Assert.Equal(9, Value(bench));
        Assert.Equal((4L, 0L), (bench.Tally.Stored, bench.Tally.Rejected.GetValueOrDefault("range")));
    }

    [Fact]
    public async Task Of_letters_that_revise_each_other_the_newest_that_the_store_takes_stands_and_the_others_wait()
    {
        await using var bench = new IngestBench();
        bench.Store.Refuse = _ => "range";
        await bench.Send(IngestBench.BatchOf(0, 0));
        await bench.Send(Revision(1, 8));
        await bench.Send(Revision(2, 9));
        bench.Store.Refuse = point => point.Value.Value is 9 ? "range" : null;
        await ResubmitAsync(bench);
        Assert.Equal(8, Value(bench));
        Assert.Equal((2L, 1L), (bench.Tally.Stored, bench.Tally.Rejected["range"]));
        Assert.Equal(["7q2mzk4a 0 revised"], bench.Observer.Seen);
    }

    private static Batch Revision(long number, double value, string epoch = IngestBench.Epoch) =>
        IngestBench.BatchOf(number, number, epoch: epoch, record: own => IngestBench.Record(own, value, First));

    private static double? Value(IngestBench bench) =>
        bench.Store.Points.Values.Single(point => new RecordId(point.Epoch, point.Sequence) == First).Value.Value;

    // While the store holds one batch the next ones gather.
    private static async Task GroupAsync(IngestBench bench, params Batch[] batches)
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Store.Before = () =>
        {
            held.TrySetResult();
            return open.Task;
        };
        var first = bench.Send(IngestBench.BatchOf(0, 0, epoch: "cccccccc", record: number => IngestBench.Record(number, timeMs: 0)));
        await held.Task;
        var others = batches.Select(batch => bench.Send(batch)).ToList();
        open.SetResult();
        await Task.WhenAll([first, .. others]);
        bench.Store.Before = null;
    }

    private static async Task ResubmitAsync(IngestBench bench)
    {
        Assert.Equal(0, DeadLettersCommand.Resubmit(bench.Folder, [], true, bench.Time, TextWriter.Null, TextWriter.Null));
        while (new LetterFolder(bench.Folder).Waiting.Count > 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
