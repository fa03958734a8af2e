using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Time;

/// <summary>Something that was appended, and when that truly was.</summary>
/// <param name="Order">Its place among all that was appended or handed out.</param>
/// <param name="Device">Its device; null for an event.</param>
/// <param name="TrueMs">True time of what it tells, UTC ms since 1970.</param>
/// <param name="BootTime">On the boot-time clock.</param>
/// <param name="Type">Type of the event; null for a record.</param>
/// <param name="Ticket">The buffer's word.</param>
internal sealed record Truth(int Order, string? Device, double TrueMs, TimeSpan BootTime, string? Type, AppendTicket Ticket);

/// <summary>The appending half of a real buffer, which writes down the truth beside what is appended.</summary>
internal sealed class TruthfulLog(SegmentedLog log, SimulatedMachine machine, List<Truth> truths, Func<int> order) : IRecordLog
{
    /// <summary>True time of the middle of the present poll.</summary>
    public double PollTrueMs { get; set; }

    public string? Epoch => log.Epoch;

    public IReadOnlyList<HeldEpoch> Inventory => log.Inventory;

    public event Action<string?>? FaultChanged
    {
        add => log.FaultChanged += value;
        remove => log.FaultChanged -= value;
    }

    public long NewestMs => log.NewestMs;

    public BufferStatus Status => log.Status;

    public AppendTicket Append(BufferedRecord record, bool urgent = false) =>
        Note(record.Device, PollTrueMs, null, record.Clock, log.Append(record, urgent));

    public AppendTicket AppendEvent(BufferedEvent happening) =>
        Note(null, machine.TrueMs, happening.Type, happening.Clock, log.AppendEvent(happening));

    public void Trust(ClockAnchor anchor) => log.Trust(anchor);

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

    public ValueTask DisposeAsync() => log.DisposeAsync();

    private AppendTicket Note(string? device, double trueMs, string? type, ClockReading clock, AppendTicket ticket)
    {
        truths.Add(new Truth(order(), device, trueMs, clock.BootTime, type, ticket));
        return ticket;
    }
}
