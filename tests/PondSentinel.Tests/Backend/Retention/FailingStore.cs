using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Retention;

/// <summary>A store whose calls break off, before or after they have done their work.</summary>
internal sealed class FailingStore(IRetainingStore store) : IRetainingStore
{
    private readonly List<string> calls = [];
    private readonly TaskCompletionSource deleting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<Task>? running;

    /// <summary>How many calls work before one fails; negative: none fails.</summary>
    public int FailsAfter { get; set; } = -1;

    /// <summary>Whether the one that fails has done its work.</summary>
    public bool FailsDone { get; set; }

    /// <summary>Whether no call works.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether it says that it has deleted, and has not.</summary>
    public bool KeepsAll { get; set; }

    /// <summary>After how many questions a deletion that gave no answer is done; negative: it answers.</summary>
    public int AnswersLate { get; set; } = -1;

    /// <summary>How many questions get no answer while such a deletion runs.</summary>
    public int SilentQuestions { get; set; }

    /// <summary>Completes when one begins that gives no answer.</summary>
    public Task Deleting => deleting.Task;

    /// <summary>What was called, in words.</summary>
    public IReadOnlyList<string> Calls => calls;

    /// <summary>Called within each reading of means.</summary>
    public Func<MeanPoint, MeanPoint> Reads { get; set; } = mean => mean;

    /// <summary>Means that it refuses for ever.</summary>
    public Predicate<MeanPoint> Refuses { get; set; } = _ => false;

    public Task<IReadOnlyList<HistoryPoint>> ReadAsync(SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken) =>
        CallAsync("read", () => store.ReadAsync(series, fromNs, toNs, cancellationToken));

    public Task<IReadOnlyList<SeriesBucket>> SketchAsync(
        SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AdjustAsync(SeriesKey series, IReadOnlyList<AdjustedPoint> points, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task WriteMeansAsync(IReadOnlyList<MeanPoint> means, CancellationToken cancellationToken) => CallAsync("write", async () =>
    {
        if (means.Any(mean => Refuses(mean)))
        {
            throw new StoreUnavailableException("It is beyond retention policy.");
        }

        await store.WriteMeansAsync(means, cancellationToken);
        return 0;
    });

    public Task<IReadOnlyList<MeanPoint>> MeansAsync(
        SeriesKey series, Resolution resolution, long fromMs, long toMs, CancellationToken cancellationToken) => CallAsync(
        "means", async () => (IReadOnlyList<MeanPoint>)[.. (await store.MeansAsync(series, resolution, fromMs, toMs, cancellationToken)).Select(Reads)]);

    public Task<IReadOnlyList<SeriesKey>> SeriesBeforeAsync(Resolution resolution, long beforeNs, CancellationToken cancellationToken) =>
        CallAsync("series", () => store.SeriesBeforeAsync(resolution, beforeNs, cancellationToken));

    public Task<long?> FirstAsync(
        SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) =>
        CallAsync("first", async () =>
        {
            if (running is not null && SilentQuestions-- > 0)
            {
                throw new StoreUnavailableException("It gave no answer to this either.") { IsUnanswered = true };
            }

            if (running is not null && AnswersLate-- == 0)
            {
                await running();
                running = null;
            }

            return await store.FirstAsync(series, resolution, fromNs, toNs, cancellationToken);
        });

    public Task DeleteAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) =>
        CallAsync($"delete {resolution}", async () =>
        {
            if (AnswersLate >= 0)
            {
                deleting.TrySetResult();
                running = () => store.DeleteAsync(series, resolution, fromNs, toNs, cancellationToken);
                throw new StoreUnavailableException("It gave no answer.") { IsUnanswered = true };
            }

            // One that fails may have deleted a part.
            var part = FailsAfter == 0 && FailsDone ? fromNs + ((toNs - fromNs) / 2) : toNs;
            await (KeepsAll ? Task.CompletedTask : store.DeleteAsync(series, resolution, fromNs, part, cancellationToken));
            return 0;
        });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> CallAsync<T>(string what, Func<Task<T>> call)
    {
        calls.Add(what);
        if (IsAway)
        {
            throw new StoreUnavailableException("It is away.");
        }

        var fails = FailsAfter == 0;
        if (fails && !FailsDone)
        {
            FailsAfter = -1;
            throw new StoreUnavailableException("It fails before.");
        }

        var result = await call();
        FailsAfter -= FailsAfter >= 0 ? 1 : 0;
        return fails ? throw new StoreUnavailableException("It fails after.") : result;
    }
}
