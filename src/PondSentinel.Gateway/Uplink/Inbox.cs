using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Understands what comes from the backend: receipts, the time, commands to send again.</summary>
/// <remarks>Thread-safe; outlives links. Everything it does not understand or must not heed is
/// a line in the journal and nothing else.</remarks>
internal sealed class Inbox
{
    // More than a broker has on its way to us at a time, so that a session taken up again is no reason.
    private const int StaleToTell = 32;

    private const int NonceLength = 12;

    private const string NonceCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly TimeSpan SameUnknownInterval = TimeSpan.FromHours(1);

    private readonly UplinkRoom room;
    private readonly SentBooks books;
    private readonly Action answered;
    private readonly Lock gate = new();
    private (string Nonce, TimeSpan AskedAtBoot)? question;
    private int staleInARow;
    private int contradictions;
    private (string Epoch, long At)? unknown;

    /// <summary>Begins with no question asked.</summary>
    /// <param name="room">What surrounds the uplink.</param>
    /// <param name="books">What was sent; told of every receipt.</param>
    /// <param name="answered">Called when the backend has shown that it is there.</param>
    public Inbox(UplinkRoom room, SentBooks books, Action answered)
    {
        this.room = room;
        this.books = books;
        this.answered = answered;
    }

    /// <summary>Whether the backend has said less than it once did, since this was asked last: it is to be told by the state
    /// what was believed of it, or it will not find out.</summary>
    public bool TakeContradiction() => Interlocked.Exchange(ref contradictions, 0) > 0;

    /// <summary>Makes a question for the time and begins to wait for its answer; an older one is not waited for any more.
    /// </summary>
    public TimeRequest AskTime()
    {
        var nonce = RandomNumberGenerator.GetString(NonceCharacters, NonceLength);
        lock (gate)
        {
            question = (nonce, room.Clock.BootTime);
        }

        return new TimeRequest(nonce);
    }

    /// <summary>Takes a message.</summary>
    /// <param name="arrival">The message.</param>
    public void Take(Arrival arrival)
    {
        // First of all: what the answer says of the time is as good as this is early.
        var bootTime = room.Clock.BootTime;
        if (!Topic.TryParse(arrival.Topic, out var topic) || topic.Gateway != room.Gateway)
        {
            room.Log.LogWarning("uplink: a message on {Topic}, which is none of ours; check the broker's access list", arrival.Topic);
        }
        else if (topic.Kind == TopicKind.Ack)
        {
            TakeAck(arrival, bootTime);
        }
        else if (topic.Kind == TopicKind.Replay)
        {
            TakeReplay(arrival);
        }
    }

    private void TakeAck(Arrival arrival, TimeSpan bootTime)
    {
        var ack = AckCodec.Decode(arrival.Payload.Span);
        if (!ack.IsGood)
        {
            Complain(arrival, ack.Malformed);
        }
        else if (ack.Value.Time is { } time)
        {
            TakeTime(time, bootTime);
        }
        else if (ack.Value.Receipt is { } receipt
            && receipt.By == room.Options.ReceiptsFrom
            && room.Options.Delivery == Delivery.Backend)
        {
            TakeReceipt(receipt);
        }
    }

    private void TakeReceipt(Receipt receipt)
    {
        var isRestored = room.Buffer.Believed is { } before
            && (receipt.Generation > before.Generation || receipt.By != before.By);
        var outcome = room.Buffer.Apply(receipt);
        if (outcome == ReceiptOutcome.Stale)
        {
            NoteStale(receipt);
            return;
        }

        if (outcome == ReceiptOutcome.SetBack)
        {
            Interlocked.Increment(ref contradictions);
            room.Log.LogWarning(
                "uplink: backend {By} does not remember what it has said (its state was restored from a backup?); it is told", receipt.By);
            return;
        }

        Interlocked.Exchange(ref staleInARow, 0);

        if (outcome == ReceiptOutcome.Unknown && IsNewsOf(receipt.Epoch))
        {
            room.Log.LogWarning(
                "uplink: backend {By} has more of epoch {Epoch} than was ever sent (up to {UpTo}); check for a second gateway with this id",
                receipt.By,
                receipt.Epoch,
                receipt.UpTo);
        }

        room.Dictionary.Note(receipt.Dictionary);
        books.Settle(receipt);
        if (isRestored)
        {
            SendAgainAll(receipt.By);
        }

        answered();
    }

    // Of two cards with one name every receipt says so.
    private bool IsNewsOf(string epoch)
    {
        lock (gate)
        {
            var now = room.Time.GetTimestamp();
            if (unknown is { } told && told.Epoch == epoch && room.Time.GetElapsedTime(told.At, now) < SameUnknownInterval)
            {
                return false;
            }

            unknown = (epoch, now);
            return true;
        }
    }

    // One comes again now and then. A backend of which none is newer settles nothing, and everything waits for it.
    private void NoteStale(Receipt receipt)
    {
        var stale = Interlocked.Increment(ref staleInARow);
        if (stale > 1)
        {
            Interlocked.Increment(ref contradictions);
        }

        if (stale % StaleToTell == 0)
        {
            room.Log.LogWarning(
                "uplink: {Count} receipts of backend {By} are older than those before (generation {Generation}, number {Number}) and settle nothing; check whether its state was lost while its clock was behind, and for a second backend of that name",
                StaleToTell,
                receipt.By,
                receipt.Generation,
                receipt.Number);
        }
    }

    // The buffer has taken back what was settled. What was sent and not settled yet may have come to the store that is no more.
    private void SendAgainAll(string backend)
    {
        room.Log.LogWarning("uplink: backend {By} was restored from a backup and says again what it has", backend);
        books.Records.TakeAll();
        foreach (var held in room.Buffer.Inventory)
        {
            room.Buffer.Requeue(held.Epoch, new SequenceRange(held.FirstHeld, held.Last));
        }

        books.RequeueEvents(room.Buffer);
    }

    private void TakeTime(TimeAnswer answer, TimeSpan bootTime)
    {
        TimeSpan askedAt;
        lock (gate)
        {
            // Each question has one answer; a second one with its nonce is an echo.
            if (question is not { } asked || asked.Nonce != answer.Nonce)
            {
                return;
            }

            askedAt = asked.AskedAtBoot;
            question = null;
        }

        if (room.Clock.AcceptServerTime(askedAt, bootTime, answer.NowMs, answer.ErrorMs ?? 0))
        {
            answered();
        }
    }

    private void TakeReplay(Arrival arrival)
    {
        var command = ReplayCodec.Decode(arrival.Payload.Span);
        if (!command.IsGood)
        {
            Complain(arrival, command.Malformed);
            return;
        }

        var (epoch, range) = command.Value;
        room.Log.LogInformation(
            "uplink: the backend asks for {First} to {Last} of epoch {Epoch} again", range.First, range.Last, epoch);
        room.Buffer.Replay(epoch, range);
    }

    private void Complain(Arrival arrival, string malformed) =>
        room.Log.LogWarning(
            "uplink: {Length} bytes on {Topic} cannot be read: {Malformed}; check that the backend's version fits",
            arrival.Payload.Length,
            arrival.Topic,
            malformed);
}
