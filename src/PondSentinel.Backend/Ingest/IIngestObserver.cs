using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Sees what ingest has accepted: the alert engine and the current values are two.</summary>
/// <remarks>
/// Order for one group of batches: written to the store, then one SQLite transaction that marks the numbers as stored
/// <em>and</em> calls <see cref="Stored"/>, then the MQTT acknowledgement. So an observer that keeps its state in the
/// transaction sees every new record exactly once, whatever crashes. Called from one thread at a time.
/// </remarks>
public interface IIngestObserver
{
    /// <summary>Points that are in the store and were not there before (or revise one that was).</summary>
    /// <param name="transaction">The transaction that marks them; state goes into it.</param>
    /// <param name="points">By gateway in the order of their numbers.</param>
    void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points);

    /// <summary>Numbers that were settled otherwise than by a record of their own (lost, refused, settled before this database was
    /// made, or of a record that revises another), or that stood so and are open again. Their standing is in the tables of ingest.</summary>
    /// <param name="transaction">The transaction that settles them; state goes into it. <see cref="Committed"/> tells of it only
    /// where something was stored too.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="numbers">They lie in this range; others in it may be stored.</param>
    void Unstored(SqliteTransaction transaction, string gateway, string epoch, SequenceRange numbers)
    {
        // Of concern to the completeness ledger only.
    }

    /// <summary>An event not seen before.</summary>
    /// <param name="transaction">The transaction that settles it; state goes into it. <see cref="Event"/> tells of it afterwards.
    /// </param>
    /// <param name="gateway">Which gateway.</param>
    /// <param name="message">The event.</param>
    void EventStored(SqliteTransaction transaction, GatewayName gateway, EventMessage message)
    {
        // Of concern to those who must not miss one.
    }

    /// <summary>A minute has passed in which the broker was listened to, whatever came.</summary>
    /// <param name="transaction">The transaction; state goes into it. Again where it was not committed.</param>
    /// <param name="listeningSince">Since when it has been listened to without a break.</param>
    void Waited(SqliteTransaction transaction, DateTimeOffset listeningSince)
    {
        // Of concern to those who must notice what does not come.
    }

    /// <summary>The transaction of the last <see cref="Waited"/> has committed.</summary>
    void WaitCommitted()
    {
        // As above.
    }

    /// <summary>The transaction of the last <see cref="Stored"/> has committed: tell people now. Of whom the values came just now
    /// <see cref="Heard"/> has told before.</summary>
    void Committed();

    /// <summary>A gateway is there now: a message of its own has come that brought something new. None is what a broker had kept, nor its will,
    /// nor what people gave in once more, of which <see cref="Stored"/> and <see cref="Event"/> tell all the same.</summary>
    /// <param name="gateway">Which.</param>
    void Heard(GatewayName gateway)
    {
        // Of concern to those who must know whether it is there.
    }

    /// <summary>A gateway's state, perhaps as a broker had kept it.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="state">What it said.</param>
    void State(GatewayName gateway, StateMessage state);

    /// <summary>A gateway's health, as it came: a JSON object.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="health">The payload, checked for form.</param>
    void Health(GatewayName gateway, ReadOnlyMemory<byte> health);

    /// <summary>A gateway's description of its channels, as it came: a JSON object.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="meta">The payload, checked for form.</param>
    void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta);

    /// <summary>An event not seen before.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="message">The event.</param>
    void Event(GatewayName gateway, EventMessage message);
}

/// <summary>A gateway by its place in the topic.</summary>
/// <param name="Site">Site.</param>
/// <param name="Gateway">Gateway.</param>
public readonly record struct GatewayName(string Site, string Gateway);
