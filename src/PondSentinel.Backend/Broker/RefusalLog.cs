using System.Collections.Concurrent;

namespace PondSentinel.Backend.Broker;

/// <summary>Tells what the broker refuses, at most once a minute for one client and reason: a client that does not give up
/// must not fill the journal. Thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class RefusalLog(TimeProvider time, ILogger log)
{
    // Names are the clients' own choice, so their number is bounded here; beyond it strangers share one allowance.
    private const int ToldMax = 256;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, long> told = new(StringComparer.Ordinal);

    /// <summary>Tells of a refusal.</summary>
    /// <param name="client">Whose: its name, or its address before it has one.</param>
    /// <param name="what">What was refused.</param>
    /// <param name="reason">The reason code that the client was given, or why in words.</param>
    public void Note(string? client, string what, string reason)
    {
        var name = client ?? "";
        var key = $"{name} {reason}";
        var now = time.GetTimestamp();
        if (told.Count >= ToldMax)
        {
            Forget(now);
            key = told.ContainsKey(key) || told.Count < ToldMax ? key : "";
        }

        if (told.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) < Rest)
        {
            return;
        }

        told[key] = now;
        log.LogWarning("The broker refused {Client} {What}: {Reason}.", name.Length == 0 ? "a client without a name" : name, what, reason);
    }

    private void Forget(long now)
    {
        foreach (var (key, at) in told)
        {
            if (time.GetElapsedTime(at, now) >= Rest)
            {
                told.TryRemove(key, out _);
            }
        }
    }
}
