using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Keeps values that are ahead of this clock from those who judge by time, and gives them what it kept once the clock has come so far:
/// where it stood behind and is set right, at once.</summary>
/// <remarks>A value of a time to come would make every true one late, and nobody can say which clock is wrong. But a leak that came while this
/// one stood behind must not go unjudged (<see href="../../decisions/0099-a-value-that-is-ahead-is-judged-when-the-clock-has-come-so-far.md"/>).
/// </remarks>
/// <param name="judges">Who judges by time, in the order in which they are told.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">The journal.</param>
/// <param name="gatewayMax">Values of one gateway that are kept at most: those of 20 channels each minute for a day and a half.</param>
/// <param name="allMax">Values of all gateways that are kept at most, some 130 MB.</param>
internal sealed class AheadOfClock(
    IReadOnlyList<IIngestObserver> judges, TimeProvider time, ILogger<AheadOfClock> logger, int gatewayMax = 50_000, int allMax = 1_000_000)
    : IIngestObserver
{
    // In one transaction, and the rest of the last channel.
    private const int AtOnce = 5_000;

    private static readonly TimeSpan ToldAgain = TimeSpan.FromHours(1);

    private bool mayHave = true;
    private long countAll;
    private long? toldAt;

    /// <summary>Makes what is not there yet. Before ingest starts.</summary>
    /// <param name="connection">The state database.</param>
    public void Open(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        new AheadTable(transaction).Create();
        countAll = new AheadTable(transaction).Count;
        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var aheadMs = Points.AheadMs(time.GetUtcNow());
        var ahead = points.Where(point => point.TimeMs > aheadMs).ToList();
        if (mayHave || ahead.Count > 0)
        {
            DropOvertaken(new AheadTable(transaction), points, ahead);
        }

        var due = Due(transaction, aheadMs);
        if (ahead.Count > 0)
        {
            Keep(new AheadTable(transaction), ahead);
        }

        var isAllNow = due.Count == 0 && points.All(point => point.TimeMs <= aheadMs);
        IReadOnlyList<Point> now = isAllNow ? points : [.. due, .. points.Where(point => point.TimeMs <= aheadMs)];
        foreach (var judge in judges)
        {
            judge.Stored(transaction, now);
        }
    }

    /// <inheritdoc/>
    public void Unstored(SqliteTransaction transaction, string gateway, string epoch, SequenceRange numbers) =>
        Each(judge => judge.Unstored(transaction, gateway, epoch, numbers));

    /// <inheritdoc/>
    public void EventStored(SqliteTransaction transaction, GatewayName gateway, EventMessage message) =>
        Each(judge => judge.EventStored(transaction, gateway, message));

    /// <inheritdoc/>
    public void Waited(SqliteTransaction transaction, DateTimeOffset listeningSince)
    {
        if (mayHave)
        {
            countAll = new AheadTable(transaction).Count;
            mayHave = countAll > 0;
        }

        if (Due(transaction, Points.AheadMs(time.GetUtcNow())) is [_, ..] due)
        {
            Each(judge => judge.Stored(transaction, due));
        }

        Each(judge => judge.Waited(transaction, listeningSince));
    }

    /// <inheritdoc/>
    public void WaitCommitted() => Each(judge => judge.WaitCommitted());

    /// <inheritdoc/>
    public void Committed() => Each(judge => judge.Committed());

    /// <inheritdoc/>
    public void Heard(GatewayName gateway) => Each(judge => judge.Heard(gateway));

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state) => Each(judge => judge.State(gateway, state));

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health) => Each(judge => judge.Health(gateway, health));

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta) => Each(judge => judge.Meta(gateway, meta));

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message) => Each(judge => judge.Event(gateway, message));

    private void Each(Action<IIngestObserver> tell)
    {
        foreach (var judge in judges)
        {
            tell(judge);
        }
    }

    private List<Point> Due(SqliteTransaction transaction, long aheadMs)
    {
        if (!mayHave)
        {
            return [];
        }

        var due = new AheadTable(transaction).TakeDue(aheadMs, AtOnce);
        if (due.Count > 0)
        {
            logger.LogInformation("{Count} values that were ahead of this clock are judged now: it has come so far", due.Count);
        }

        return due;
    }

    // What a gateway's clock that stood ahead has measured would be judged among the true values of a later time, and hide what those tell.
    private void DropOvertaken(AheadTable table, IReadOnlyList<Point> points, List<Point> ahead)
    {
        var now = time.GetUtcNow();
        var (fromMs, aheadMs) = ((now - Points.OfNow).ToUnixTimeMilliseconds(), Points.AheadMs(now));
        var dropped = 0;
        SortedSet<string> gateways = new(StringComparer.Ordinal);
        foreach (var channel in points.Where(point => point.TimeMs > fromMs && point.TimeMs <= aheadMs && !point.IsRevision).GroupBy(SeriesKey.Of))
        {
            var newest = channel.MaxBy(point => point.Sequence)!;
            var kept = table.DropOvertakenBy(newest);
            var overtaken = kept + ahead.RemoveAll(point => AheadTable.IsOvertaken(newest, point));
            countAll = Math.Max(0, countAll - kept);
            if (overtaken > 0)
            {
                dropped += overtaken;
                gateways.Add(newest.Gateway);
            }
        }

        if (dropped > 0)
        {
            logger.LogWarning(
                "{Count} values of {Gateways} are of a clock that stood ahead and has been set back since: they are stored, and no alarm and no mean is made of them",
                dropped, string.Join(", ", gateways));
        }
    }

    private void Keep(AheadTable table, List<Point> ahead)
    {
        mayHave = true;
        var dropped = 0;
        foreach (var gateway in ahead.GroupBy(point => new GatewayName(point.Site, point.Gateway)))
        {
            var room = Math.Min(allMax - countAll, gatewayMax - table.CountOf(gateway.Key, gatewayMax));
            foreach (var point in gateway)
            {
                if (room-- > 0)
                {
                    table.Add(point);
                    countAll++;
                }
                else
                {
                    dropped++;
                }
            }
        }

        if (dropped > 0 && IsTimeToTell())
        {
            logger.LogError(
                "Values are ahead of this clock, and more than can be kept to be judged later ({Dropped} now): they are stored, and no alarm is made of them. Set the clock right",
                dropped);
        }
    }

    private bool IsTimeToTell()
    {
        var now = time.GetTimestamp();
        if (toldAt is { } before && time.GetElapsedTime(before, now) < ToldAgain)
        {
            return false;
        }

        toldAt = now;
        return true;
    }
}
