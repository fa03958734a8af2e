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
internal sealed class TruthfulLog(SegmentedLog log, SimulatedMachine machine, List<Truth> truths, Func<int> order) : AppendingLog
{
    /// <summary>True time of the middle of the present poll.</summary>
    public double PollTrueMs { get; set; }

    public override string? Epoch => log.Epoch;

    public override IReadOnlyList<HeldEpoch> Inventory => log.Inventory;

    public override event Action<string?>? FaultChanged
    {
        add => log.FaultChanged += value;
        remove => log.FaultChanged -= value;
    }

    public override long NewestMs => log.NewestMs;

    public override BufferStatus Status => log.Status;

    public override AppendTicket Append(BufferedRecord record, bool urgent = false) =>
        Note(record.Device, PollTrueMs, null, record.Clock, log.Append(record, urgent));

    public override AppendTicket AppendEvent(BufferedEvent happening) =>
        Note(null, machine.TrueMs, happening.Type, happening.Clock, log.AppendEvent(happening));

    public override void Trust(ClockAnchor anchor) => log.Trust(anchor);

    public override ValueTask DisposeAsync() => log.DisposeAsync();

    private AppendTicket Note(string? device, double trueMs, string? type, ClockReading clock, AppendTicket ticket)
    {
        truths.Add(new Truth(order(), device, trueMs, clock.BootTime, type, ticket));
        return ticket;
    }
}
