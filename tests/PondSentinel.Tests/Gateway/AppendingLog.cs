using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway;

/// <summary>A record log of which acquisition and the clock use the appending half, and nobody the other.</summary>
internal abstract class AppendingLog : IRecordLog
{
    public abstract event Action<string?>? FaultChanged;

    public abstract string? Epoch { get; }

    public abstract BufferStatus Status { get; }

    public virtual long NewestMs => throw new NotSupportedException();

    public virtual IReadOnlyList<HeldEpoch> Inventory => throw new NotSupportedException();

    public BelievedReceipt? Believed => throw new NotSupportedException();

    public abstract AppendTicket Append(BufferedRecord record, bool urgent = false);

    public abstract AppendTicket AppendEvent(BufferedEvent happening);

    public abstract void Trust(ClockAnchor anchor);

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

    public abstract ValueTask DisposeAsync();
}
