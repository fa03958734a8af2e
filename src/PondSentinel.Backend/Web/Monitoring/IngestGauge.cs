using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web.Monitoring;

/// <summary>Whether ingest goes on: when it last did something, and how much it has stored since the start.</summary>
/// <remarks>Observer calls come from one thread; everything else may come from any.</remarks>
/// <param name="time">The backend's clock.</param>
internal sealed class IngestGauge(TimeProvider time) : IIngestObserver
{
    private readonly long begun = time.GetTimestamp();
    private long turned = time.GetTimestamp();
    private long storedMs;
    private long points;
    private int staged;

    /// <summary>How long the backend has been running.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(begun);

    /// <summary>How long it is since ingest last committed something. It does so each minute while it has a connection to the
    /// broker, whatever comes.</summary>
    public TimeSpan Idle => time.GetElapsedTime(Interlocked.Read(ref turned));

    /// <summary>When values were last stored, ms since 1970; null since the start.</summary>
    public long? StoredMs => Interlocked.Read(ref storedMs) is var ms and > 0 ? ms : null;

    /// <summary>Values stored since the start.</summary>
    public long Points => Interlocked.Read(ref points);

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points) => staged = points.Count;

    /// <inheritdoc/>
    public void Committed()
    {
        Turn();
        if (staged > 0)
        {
            Interlocked.Add(ref points, staged);
            Interlocked.Exchange(ref storedMs, time.GetUtcNow().ToUnixTimeMilliseconds());
            staged = 0;
        }
    }

    /// <inheritdoc/>
    public void WaitCommitted() => Turn();

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state) => Turn();

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health) => Turn();

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta) => Turn();

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message) => Turn();

    private void Turn() => Interlocked.Exchange(ref turned, time.GetTimestamp());
}
