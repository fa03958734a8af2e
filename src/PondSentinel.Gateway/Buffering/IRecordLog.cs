using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>A bounded, durable log of records and events between the sensors and the radio link.</summary>
/// <remarks>
/// <para>Promise: a record whose <see cref="AppendTicket.Durable"/> has completed survives a power cut until it is settled,
/// or is accounted for as gone with its cause, in the same numbered stream. Delivery is at least once.</para>
/// <para>Live records go before the backlog, so what has been sent and what is settled are sets of intervals. One number
/// for either would free records that were never sent.</para>
/// <para>Thread-safe. Appending returns at once: the worker of a bus never waits for the card.</para>
/// </remarks>
public interface IRecordLog : IAsyncDisposable
{
    /// <summary>The epoch of this process; null before its first append.</summary>
    string? Epoch { get; }

    /// <summary>Takes a record in and numbers it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="urgent">Commit now rather than at the end of the commit window, and send at once.</param>
    AppendTicket Append(BufferedRecord record, bool urgent = false);

    /// <summary>Takes an event in and numbers it, in the events' own log; always urgent.</summary>
    /// <param name="happening">The event.</param>
    AppendTicket AppendEvent(BufferedEvent happening);

    /// <summary>Gives the records that wait for a time of this boot their final time, durably.</summary>
    /// <param name="anchor">The relation of the clocks.</param>
    void Trust(ClockAnchor anchor);

    /// <summary>Draws the line between live and backlog: what is appended from now on is live.</summary>
    void StartLive();

    /// <summary>The next unsent run of a lane, oldest first: consecutive numbers of one epoch and site, durable and with
    /// their final times; waits while the lane has none.</summary>
    /// <param name="lane">Which records.</param>
    /// <param name="countMax">At most this many records, 1 or more; gone ranges do not count against it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <remarks>The same run is handed out again until <see cref="MarkSent"/> or <see cref="Apply"/> takes it away. While the
    /// medium takes nothing, records that are in memory alone are handed out too, marked <see cref="Why.Unsaved"/>.</remarks>
    ValueTask<RecordRun> NextAsync(Lane lane, int countMax, CancellationToken cancellationToken);

    /// <summary>The next unsent event, oldest first; waits while there is none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<EventEntry> NextEventAsync(CancellationToken cancellationToken);

    /// <summary>Notes that the broker has taken records. They stay in the log.</summary>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="range">Their numbers.</param>
    void MarkSent(string epoch, SequenceRange range);

    /// <summary>Notes that the broker has taken an event.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    void MarkEventSent(string epoch, long number);

    /// <summary>Puts what is sent and not settled of a range back to be sent again, as backlog.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="range">The numbers.</param>
    /// <returns>How many records that concerns.</returns>
    long Requeue(string epoch, SequenceRange range);

    /// <summary>Puts a range back to be sent again even where it is settled; what is not held any more goes out as gone.
    /// </summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="range">The numbers.</param>
    void Replay(string epoch, SequenceRange range);

    /// <summary>Puts every event sent and not settled back to be sent again.</summary>
    void RequeueEvents();

    /// <summary>Applies a receipt, durably before the room may be used again. Repeating it is harmless.</summary>
    /// <param name="receipt">The receipt.</param>
    ReceiptOutcome Apply(Receipt receipt);

    /// <summary>The newest receipt that was applied; null before the first.</summary>
    BelievedReceipt? Believed { get; }

    /// <summary>The epochs held, oldest first.</summary>
    IReadOnlyList<HeldEpoch> Inventory { get; }

    /// <summary>At least this time has passed, by the newest record and event that had one: UTC ms since 1970.</summary>
    long NewestMs { get; }

    /// <summary>How much there is, for health and people.</summary>
    BufferStatus Status { get; }

    /// <summary>Raised when the medium takes nothing any more, with what is wrong in one line for people, and when it does
    /// again, with null. Not for what was so at opening; see <see cref="Status"/>.</summary>
    /// <remarks>A handler may append, and must not wait.</remarks>
    event Action<string?>? FaultChanged;
}

/// <summary>Which records go first over a thin link.</summary>
public enum Lane
{
    /// <summary>Appended since <see cref="IRecordLog.StartLive"/>.</summary>
    Live,

    /// <summary>Older, or to be sent again.</summary>
    Backlog,
}

/// <summary>What an append hands back.</summary>
/// <param name="Id">The record's identity for ever.</param>
/// <param name="Durable">Completes after the commit that put it on the card; faults only where it will never get there, in
/// which case it is accounted as gone unless the backend has it.</param>
public readonly record struct AppendTicket(RecordId Id, Task Durable);

/// <summary>A record read back, with its final time.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="TimeMs">Its final time: UTC ms since 1970.</param>
/// <param name="Stamp">How good the time is.</param>
/// <param name="Record">The record.</param>
/// <param name="CoveredMs">For a thinned record the time it stands for, ms; otherwise null.</param>
public sealed record StoredRecord(long Sequence, long TimeMs, ClockStamp Stamp, BufferedRecord Record, long? CoveredMs);

/// <summary>Consecutive numbers of one epoch and site, each a record or gone.</summary>
/// <param name="Site">Site of all of them.</param>
/// <param name="Epoch">Epoch of all of them.</param>
/// <param name="Range">All their numbers.</param>
/// <param name="Records">The records, by rising number.</param>
/// <param name="Gone">The others.</param>
public sealed record RecordRun(
    string Site, string Epoch, SequenceRange Range, IReadOnlyList<StoredRecord> Records, IReadOnlyList<GoneRange> Gone);

/// <summary>An event read back, with its final time.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Number">Its number.</param>
/// <param name="TimeMs">Its final time: UTC ms since 1970.</param>
/// <param name="Stamp">How good the time is.</param>
/// <param name="Event">The event.</param>
public sealed record EventEntry(string Epoch, long Number, long TimeMs, ClockStamp Stamp, BufferedEvent Event);

/// <summary>What became of a receipt.</summary>
public enum ReceiptOutcome
{
    /// <summary>It settled something, or took something back.</summary>
    Applied,

    /// <summary>It said nothing new.</summary>
    Unchanged,

    /// <summary>Its generation or number is older than one already applied.</summary>
    Stale,

    /// <summary>The store that gave it does not know of one already applied: it was set back. Nothing of it was applied.
    /// </summary>
    SetBack,

    /// <summary>It speaks of an epoch that is not held, or settles what was never sent; only the rest was applied.</summary>
    Unknown,
}

/// <summary>How much the log holds.</summary>
/// <param name="Unsettled">Records not settled.</param>
/// <param name="UnsettledBytes">Bytes they take on the disk.</param>
/// <param name="OldestUnsettledMs">Final time of the oldest of them, UTC ms; null where there is none or it has no time.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="BytesMax">The bound.</param>
/// <param name="Lost">Records lost, by cause, since the buffer was created.</param>
/// <param name="Fault">What is wrong with the medium, in one line for people; null when nothing is.</param>
public sealed record BufferStatus(
    long Unsettled,
    long UnsettledBytes,
    long? OldestUnsettledMs,
    long Bytes,
    long BytesMax,
    IReadOnlyDictionary<LossCause, long> Lost,
    string? Fault);
