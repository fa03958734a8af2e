using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Samples;

/// <summary>Enters grab samples in the transaction that settles their events: whatever crashes, each is entered once.</summary>
/// <param name="logger">Told of what is no sample.</param>
internal sealed class SampleBook(ILogger<SampleBook> logger) : IIngestObserver
{
    // The first and last time in ms whose key in ns has room, see Point.KeyNs.
    private const long TimeMsMax = 9_223_372_036_853;

    /// <summary>Creates the table.</summary>
    /// <param name="connection">The state database, before ingest starts.</param>
    public static void Open(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        new SampleTable(transaction).Create();
        transaction.Commit();
    }

    /// <inheritdoc/>
    public void EventStored(SqliteTransaction transaction, GatewayName gateway, EventMessage message)
    {
        if (message.Type != GrabSample.EventType)
        {
            return;
        }

        var (sample, malformed) = GrabSampleCodec.Read(message.Body);
        malformed ??= message.Device is null ? "it names no device" : null;
        malformed ??= sample!.TakenMs is < -TimeMsMax or > TimeMsMax ? "it was taken at a time that no store can hold" : null;
        if (malformed is not null)
        {
            logger.LogWarning(
                "Event {Number} of epoch {Epoch} of {Gateway} is no grab sample that can be read: {Reason}. It is kept as an event.",
                message.Number, message.Epoch, gateway.Gateway, malformed);
            return;
        }

        new SampleTable(transaction).Add(new SamplePoint
        {
            Beside = new SeriesKey(
                sample!.Measurand, gateway.Site, sample.Station, gateway.Gateway, message.Device!, sample.Channel),
            Method = sample.Method ?? "",
            TimeNs = Point.KeyNs(sample.TakenMs, message.Number),
            Value = sample.Value,
            Who = sample.Who,
            Laboratory = sample.Laboratory ?? "",
            Note = sample.Note ?? "",
            Epoch = message.Epoch,
            Sequence = message.Number,
        });
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
    }

    /// <inheritdoc/>
    public void Committed()
    {
    }

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state)
    {
    }

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
    {
    }

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
    {
    }

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
    }
}
