using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web;

/// <summary>Tells every open page what is now, each time it changes.</summary>
/// <remarks>A page gets the whole at once, at most twice a second, and a pulse where nothing changes: so it knows that
/// silence is silence. Thread-safe.</remarks>
/// <param name="maker">Makes what is sent.</param>
/// <param name="time">The clock of waiting and of the pulse.</param>
internal sealed class SnapshotFeed(SnapshotMaker maker, TimeProvider time)
{
    /// <summary>Longest silence of the stream; the page takes more than twice that for a lost connection.</summary>
    public static readonly TimeSpan PulseInterval = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two snapshots.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly Lock making = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version;
    private readonly Dictionary<Language, (long Version, long At, string Json)> made = [];

    /// <summary>Something has changed. Returns at once.</summary>
    public void Touch()
    {
        TaskCompletionSource before;
        lock (gate)
        {
            version++;
            (before, changed) = (changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        before.SetResult();
    }

    /// <summary>What is now, then every change of it, until cancelled; ends without an exception.</summary>
    /// <param name="language">The language of its texts.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(Language language, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (json, next) = Latest(language);
        while (!cancellationToken.IsCancellationRequested)
        {
            yield return new SseItem<string>(json, "snapshot");
            await PauseAsync(Task.Delay(Rest, time, cancellationToken));
            while (!await ChangedAsync(next, cancellationToken))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    yield break;
                }

                yield return new SseItem<string>(
                    FormattableString.Invariant($"{{\"nowMs\":{time.GetUtcNow().ToUnixTimeMilliseconds()}}}"), "pulse");
            }

            (json, next) = Latest(language);
        }
    }

    // One snapshot of a language is made for all pages; not an old one, because ages are counted from the time that stands in it.
    private (string Json, Task Next) Latest(Language language)
    {
        long wanted;
        Task next;
        lock (gate)
        {
            (wanted, next) = (version, changed.Task);
        }

        lock (making)
        {
            if (!made.TryGetValue(language, out var known) || known.Version < wanted || time.GetElapsedTime(known.At) >= Rest)
            {
                known = made[language] = (wanted, time.GetTimestamp(), maker.Make(language).ToJson());
            }

            return (known.Json, next);
        }
    }

    private async Task<bool> ChangedAsync(Task next, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(PulseInterval, time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task PauseAsync(Task pause)
    {
        try
        {
            await pause;
        }
        catch (OperationCanceledException)
        {
            // The loop sees the same token.
        }
    }
}
