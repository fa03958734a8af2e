using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>The appending half of a record log, in memory: acquisition uses no other.</summary>
internal sealed class MemoryLog : AppendingLog
{
    private readonly Lock gate = new();

    public List<(BufferedRecord Record, bool Urgent)> Appended { get; } = [];

    public List<BufferedEvent> Events { get; } = [];

    public List<ClockAnchor> Anchors { get; } = [];

    public Func<long, Task> Durable { get; init; } = _ => Task.CompletedTask;

    public Task DurableEvents { get; init; } = Task.CompletedTask;

    public override string? Epoch => Appended.Count == 0 ? null : "abcdefgh";

    public override event Action<string?>? FaultChanged
    {
        add { }
        remove { }
    }

    public override BufferStatus Status => new(0, 0, null, 0, 0, new Dictionary<LossCause, long>(), null);

    public IEnumerable<BufferedRecord> Records => Appended.Select(appended => appended.Record);

    public override AppendTicket Append(BufferedRecord record, bool urgent = false)
    {
        lock (gate)
        {
            Appended.Add((record, urgent));
            return new AppendTicket(new RecordId("abcdefgh", Appended.Count - 1), Durable(Appended.Count - 1));
        }
    }

    public override AppendTicket AppendEvent(BufferedEvent happening)
    {
        lock (gate)
        {
            Events.Add(happening);
            return new AppendTicket(new RecordId("abcdefgh", Events.Count - 1), DurableEvents);
        }
    }

    public override void Trust(ClockAnchor anchor)
    {
        lock (gate)
        {
            Anchors.Add(anchor);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
