using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Notification.Heartbeat;

/// <summary>Whether this backend works: values have come in from gateways, and have gone through the alert engine and been committed, lately;
/// and no message has waited for long.</summary>
/// <remarks>It counts only what has been shown. A process that runs, and a loop that turns without a value, show nothing; so it
/// does not work before the first value, nor while every gateway is away: somebody has to look then too. A value from ahead of this
/// clock is stored and not judged, so it shows nothing either. Thread-safe.</remarks>
/// <param name="staleAfter">How long is long.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
internal sealed class Pulse(TimeSpan staleAfter, Func<SqliteConnection> open, TimeProvider time) : IIngestObserver
{
    private long storedMs;
    private long aheadMs;
    private bool isStored;
    private bool isAhead;
    private bool isHeard;

    /// <summary>Why it does not work; null where it does.</summary>
    public string? Fault()
    {
        var now = time.GetUtcNow();
        var stale = now - staleAfter;
        var last = Interlocked.Read(ref storedMs);
        if (last <= stale.ToUnixTimeMilliseconds())
        {
            if (Interlocked.Read(ref aheadMs) > stale.ToUnixTimeMilliseconds())
            {
                return string.Create(CultureInfo.InvariantCulture, $"the values that come in are of times ahead of this clock, which says {now:u}, so no alert is made of them: see that the clock is right");
            }

            return last == 0
                ? "no value has come in since the start"
                : string.Create(CultureInfo.InvariantCulture, $"no value has come in since {DateTimeOffset.FromUnixTimeMilliseconds(last):u}");
        }

        try
        {
            using var connection = open();
            using var transaction = connection.BeginTransaction(deferred: true);
            return Stuck(transaction, stale) is { } channel ? $"{channel} has taken nothing for {Units.Text(staleAfter)} while messages wait" : null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        isHeard = false;
        var latestMs = Points.AheadMs(time.GetUtcNow());
        isStored = points.Any(point => point.TimeMs <= latestMs);
        isAhead = points.Any(point => point.TimeMs > latestMs);
    }

    /// <inheritdoc/>
    public void Heard(GatewayName gateway) => isHeard = true;

    /// <inheritdoc/>
    public void Committed()
    {
        // What people gave in once more shows nothing of the way from the gateways.
        if (isStored && isHeard)
        {
            Interlocked.Exchange(ref storedMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        if (isAhead && isHeard)
        {
            Interlocked.Exchange(ref aheadMs, time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        (isStored, isAhead, isHeard) = (false, false, false);
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

    // What the limit of messages holds back waits as it should. A message may be made anew again and again: its notices tell since when.
    private static string? Stuck(SqliteTransaction transaction, DateTimeOffset stale) => transaction.Query(
        """
        SELECT channel FROM notification_message WHERE standing = 0 AND made_ms <= $stale
        UNION ALL
        SELECT channel FROM notification_delivery WHERE standing = 0 AND held = 0 AND due_ms BETWEEN 1 AND $stale
        LIMIT 1
        """,
        reader => reader.GetString(0),
        ("$stale", stale.ToUnixTimeMilliseconds())) is [var channel] ? channel : null;
}
