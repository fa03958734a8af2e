using System.Runtime.CompilerServices;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web;

/// <summary>Tells every open page what is now, each time it changes.</summary>
/// <remarks>A page gets the whole at once, at most twice a second (once a second where it is large), and a pulse where
/// nothing changes: so it knows that silence is silence. Thread-safe.</remarks>
/// <param name="maker">Makes what is sent.</param>
/// <param name="time">The clock of waiting and of the pulse.</param>
internal sealed class SnapshotFeed(SnapshotMaker maker, TimeProvider time)
{
    /// <summary>Longest silence of the stream; the page takes more than twice that for a lost connection.</summary>
    public static readonly TimeSpan PulseInterval = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two snapshots.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    /// <summary>The same for snapshots of more than <see cref="LargeBytes"/>: a phone has to read and draw them.</summary>
    public static readonly TimeSpan RestOfLarge = TimeSpan.FromSeconds(1);

    /// <summary>From here on a snapshot is large: that of some 200 channels.</summary>
    public const int LargeBytes = 64 * 1024;

    // Pages wake at times of their own; what was made for one of them so lately does for the next.
    private static readonly TimeSpan Shared = Rest / 2;

    private readonly Lock gate = new();
    private readonly Lock making = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version;
    private readonly Dictionary<Language, (long Version, long At, FeedEvent Event)> made = [];

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
    public async IAsyncEnumerable<FeedEvent> FollowAsync(Language language, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (snapshot, next) = Latest(language);
        while (!cancellationToken.IsCancellationRequested)
        {
            yield return snapshot;
            await PauseAsync(Task.Delay(snapshot.Bytes.Length > LargeBytes ? RestOfLarge : Rest, time, cancellationToken));
            while (!await ChangedAsync(next, cancellationToken))
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    yield break;
                }

                yield return new FeedEvent("pulse", FormattableString.Invariant($"{{\"nowMs\":{time.GetUtcNow().ToUnixTimeMilliseconds()}}}"));
            }

            (snapshot, next) = Latest(language);
        }
    }

    // One snapshot of a language is made for all pages; not an old one, because ages are counted from the time that stands in it.
    private (FeedEvent Snapshot, Task Next) Latest(Language language)
    {
        long wanted;
        Task next;
        lock (gate)
        {
            (wanted, next) = (version, changed.Task);
        }

        lock (making)
        {
            if (!made.TryGetValue(language, out var known) || time.GetElapsedTime(known.At) >= (known.Version < wanted ? Shared : Rest))
            {
                known = made[language] = (wanted, time.GetTimestamp(), new FeedEvent("snapshot", maker.Make(language).ToJson()));
            }

            // Whoever got one that lacks a change asks again after the rest.
            return (known.Event, known.Version < wanted ? Task.CompletedTask : next);
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
