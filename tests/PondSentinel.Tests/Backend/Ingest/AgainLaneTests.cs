using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>The lane that reads copies of refused messages, by itself.</summary>
public sealed class AgainLaneTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pond-again-").FullName;
    private readonly FakeTimeProvider time = new(IngestBench.Start);
    private readonly TestJournal journal = new();
    private readonly RefusedFolder folder;
    private int given, deletions;

    public AgainLaneTests() => folder = new RefusedFolder(root);

    public void Dispose()
    {
        journal.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Copy_that_cannot_be_deleted_is_gone_through_once_and_deleted_when_it_can_be()
    {
        var mayDelete = false;
        using var lane = Lane(path =>
        {
            deletions++;
            if (!mayDelete)
            {
                throw new UnauthorizedAccessException("no permission.");
            }

            File.Delete(path);
        });
        HandOver();
        Run(lane, TimeSpan.FromMinutes(1));
        Assert.Equal(1, given);
        Assert.InRange(deletions, 10, 13);
        Assert.Equal(
            [$"Refused messages are done, and their copy stays: no permission. Give {folder.Again} to the user that runs the backend."],
            journal.Lines.Where(line => line.Contains("copy stays", StringComparison.Ordinal)));

        // It holds up no other.
        HandOver();
        Run(lane, TimeSpan.FromMinutes(1));
        Assert.Equal(2, given);

        mayDelete = true;
        Run(lane, TimeSpan.FromSeconds(6));
        Assert.Empty(folder.Waiting);
        Assert.Equal(2, given);
    }

    [Fact]
    public void Copy_that_cannot_be_made_leaves_nothing_behind()
    {
        Directory.CreateDirectory(Path.Combine(folder.Again, "20260701T060000000-refused-2026-07-01.jsonl"));
        new BatchArchive(Path.Combine(root, RefusedMessages.Folder), time).Append([Message()]);

        Assert.ThrowsAny<Exception>(() => folder.HandOver(Assert.Single(folder.Days), time.GetUtcNow()));

        Assert.Empty(Directory.GetFiles(folder.Again));
    }

    private static (string Topic, ReadOnlyMemory<byte> Payload) Message() => (IngestBench.Live.ToString(), BatchCodec.Encode(IngestBench.BatchOf(0, 0)));

    private AgainLane Lane(Action<string> delete) => new(
        new IngestParts
        {
            Time = time, Logger = journal, Inbox = new Inbox(new GatewayQuota(), time),
            State = null!, Growth = null!, Store = null!, Archive = null!, Letters = null!, Refusals = null!, Refused = null!,
            Dictionaries = null!, Doubts = null!, Receipts = null!, Replays = null!, Observers = [], Quotas = new Quotas(),
        },
        folder,
        delete);

    private void HandOver()
    {
        var aside = Path.Combine(root, "aside");
        new BatchArchive(aside, time).Append([Message()]);
        time.Advance(TimeSpan.FromMilliseconds(1));
        folder.HandOver(Assert.Single(Directory.GetFiles(aside)), time.GetUtcNow());
        Directory.Delete(aside, recursive: true);
    }

    // As the loop of ingest does.
    private void Run(AgainLane lane, TimeSpan span)
    {
        for (var end = time.GetUtcNow() + span; time.GetUtcNow() < end; time.Advance(TimeSpan.FromSeconds(1)))
        {
            lane.ReadOn();
            if (lane.Batch is { } batch)
            {
                given++;
                batch.Delivery.Again!(new AgainOutcome(AgainFate.Stored));
                batch.Delivery.Acknowledge();
            }
        }
    }
}
