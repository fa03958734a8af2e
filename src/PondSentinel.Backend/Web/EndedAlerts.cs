using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Web;

/// <summary>Alerts that have ended lately: whoever looks in the morning is to see what was at night.</summary>
/// <remarks>Read again only after alerts have changed. Thread-safe.</remarks>
/// <param name="connection">A connection to the state database of its own; disposed with this.</param>
/// <param name="time">The clock.</param>
internal sealed class EndedAlerts(SqliteConnection connection, TimeProvider time) : IAlertWatcher, IDisposable
{
    /// <summary>How long an ended alert is told of.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const int Most = 20;

    private readonly Lock gate = new();
    private IReadOnlyList<EndedEpisode>? known;

    /// <summary>The latest at most, the latest first.</summary>
    public IReadOnlyList<EndedEpisode> Latest
    {
        get
        {
            var after = time.GetUtcNow() - Kept;
            lock (gate)
            {
                known ??= Read(after);
                return [.. known.Where(episode => episode.Cleared > after)];
            }
        }
    }

    /// <inheritdoc/>
    public void Changed(IReadOnlyList<AlertTransition> transitions, IReadOnlyList<AlertStatus> statuses)
    {
        lock (gate)
        {
            known = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private List<EndedEpisode> Read(DateTimeOffset after)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return new AlertTables(transaction).Ended(after, Most);
    }
}
