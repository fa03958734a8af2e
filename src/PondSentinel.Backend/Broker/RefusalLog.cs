using System.Collections.Concurrent;

namespace PondSentinel.Backend.Broker;

/// <summary>Tells what the broker refuses, at most once a minute for one client: a client that does not give up must not
/// fill the journal. Thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class RefusalLog(TimeProvider time, ILogger log)
{
    // Names are the clients' own choice, so their number is bounded here; beyond it strangers share one allowance.
    private const int ClientsMax = 256;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> told = new(StringComparer.Ordinal);

    /// <summary>Tells of a refusal.</summary>
    /// <param name="client">Whose.</param>
    /// <param name="what">What was refused.</param>
    /// <param name="reason">The reason code that the client was given.</param>
    public void Note(string? client, string what, string reason)
    {
        var name = client ?? "";
        var key = told.ContainsKey(name) || told.Count < ClientsMax ? name : "";
        var now = time.GetTimestamp();
        if (told.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) < Rest)
        {
            return;
        }

        told[key] = now;
        log.LogWarning("The broker refused {Client} {What}: {Reason}.", name.Length == 0 ? "a client without a name" : name, what, reason);
    }
}
