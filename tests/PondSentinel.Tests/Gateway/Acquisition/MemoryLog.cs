using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>The appending half of a record log, in memory: acquisition uses no other.</summary>
internal sealed class MemoryLog : IRecordLog
{
    private readonly Lock gate = new();

    public List<(BufferedRecord Record, bool Urgent)> Appended { get; } = [];

    public List<BufferedEvent> Events { get; } = [];

    public List<ClockAnchor> Anchors { get; } = [];

    public Func<long, Task> Durable { get; init; } = _ => Task.CompletedTask;

    public string? Epoch => Appended.Count == 0 ? null : "abcdefgh";

    public IReadOnlyList<HeldEpoch> Inventory => throw new NotSupportedException();

    public long NewestMs => throw new NotSupportedException();

    public event Action<string?>? FaultChanged
    {
        add { }
        remove { }
    }

    public BufferStatus Status => new(0, 0, null, 0, 0, new Dictionary<LossCause, long>(), null);

    public IEnumerable<BufferedRecord> Records => Appended.Select(appended => appended.Record);

    public AppendTicket Append(BufferedRecord record, bool urgent = false)
    {
        lock (gate)
        {
            Appended.Add((record, urgent));
            return new AppendTicket(new RecordId("abcdefgh", Appended.Count - 1), Durable(Appended.Count - 1));
        }
    }

    public AppendTicket AppendEvent(BufferedEvent happening)
    {
        lock (gate)
        {
            Events.Add(happening);
            return new AppendTicket(new RecordId("abcdefgh", Events.Count - 1), Task.CompletedTask);
        }
    }

    public void Trust(ClockAnchor anchor)
    {
        lock (gate)
        {
            Anchors.Add(anchor);
        }
    }

    public void StartLive() => throw new NotSupportedException();

    public ValueTask<RecordRun> NextAsync(Lane lane, int countMax, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<EventEntry> NextEventAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public void MarkSent(string epoch, SequenceRange range) => throw new NotSupportedException();

    public void MarkEventSent(string epoch, long number) => throw new NotSupportedException();

    public long Requeue(string epoch, SequenceRange range) => throw new NotSupportedException();

    public void Replay(string epoch, SequenceRange range) => throw new NotSupportedException();

    public void RequeueEvents() => throw new NotSupportedException();

    public ReceiptOutcome Apply(Receipt receipt) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
