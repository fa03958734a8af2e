using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>The two ledgers of what was sent and is not settled: records and events, which are numbered apart.</summary>
/// <param name="resendAfter">How long what was sent may stay unsettled, the first time.</param>
/// <param name="time">The clock.</param>
/// <param name="receiptsWithin">How long the backend was told that receipts may wait; null where nobody told it.</param>
internal sealed class SentBooks(TimeSpan resendAfter, TimeProvider time, TimeSpan? receiptsWithin = null)
{
    /// <summary>The records.</summary>
    public SentLedger Records { get; } = new(resendAfter, time, receiptsWithin);

    /// <summary>The events.</summary>
    public SentLedger Events { get; } = new(resendAfter, time, receiptsWithin);

    /// <summary>Whether something has waited too long for a backend that is silent.</summary>
    public bool WantAnswer => Records.WantsAnswer || Events.WantsAnswer;

    /// <summary>Notes what a receipt settles; it is also a sign of life.</summary>
    /// <param name="receipt">The receipt, not stale.</param>
    public void Settle(Receipt receipt)
    {
        Records.Settle(receipt.Epoch, receipt.UpTo, receipt.Gaps);
        if (receipt.Events is { } events)
        {
            Events.Settle(receipt.Epoch, events.UpTo, events.Gaps);
        }

        // Events wait for no store: where a record sent later is settled an event has had its turn, but not the other way round.
        Events.NoteOvertaken(Records.NewestSettled);
        Records.NoteAnswer();
        Events.NoteAnswer();
    }

    /// <summary>Notes that the broker has forgotten the session.</summary>
    public void NoteSessionLost()
    {
        Records.NoteSessionLost();
        Events.NoteSessionLost();
    }

    /// <summary>Notes that there is no link.</summary>
    public void NoteLinkLost()
    {
        Records.NoteLinkLost();
        Events.NoteLinkLost();
    }

    /// <summary>Puts all events back that are not settled: the buffer knows no part of them.</summary>
    /// <param name="buffer">The buffer.</param>
    public void RequeueEvents(IRecordLog buffer)
    {
        Events.TakeAll();
        buffer.RequeueEvents();
    }

    /// <summary>Puts what is due back into the buffer's lanes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <returns>How many records that concerns.</returns>
    public long RequeueDue(IRecordLog buffer)
    {
        if (Events.TakeDue().Count > 0)
        {
            RequeueEvents(buffer);
        }

        return Records.TakeDue().Sum(due => buffer.Requeue(due.Epoch, due.Range));
    }
}
