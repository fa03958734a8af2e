using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Retention;

/// <summary>Keeps what comes late out of a day while the day is summed up and deleted: it would go without being counted.</summary>
/// <remarks>Thread-safe. Records that are younger than any that may be deleted pass without waiting.</remarks>
/// <param name="time">The clock.</param>
internal sealed class ExpiryGate(TimeProvider time) : IDisposable
{
    // Days are deleted whole, and by another clock: less than the shortest that is kept, by some days.
    private static readonly TimeSpan Margin = TimeSpan.FromDays(3);

    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Waits for its turn where one of the points is so old that it might be deleted.</summary>
    /// <param name="points">What is to be written.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>To be disposed of when they are written; null where nobody need wait.</returns>
    public async Task<IDisposable?> PassAsync(IReadOnlyList<Point> points, CancellationToken cancellationToken)
    {
        var old = (time.GetUtcNow() - StoreRetention.RecordsMin + Margin).ToUnixTimeMilliseconds();
        return points.Any(point => point.TimeMs < old) ? await CloseAsync(cancellationToken) : null;
    }

    /// <summary>Waits until nothing old is being written, and lets nothing old be written.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>To be disposed of, which opens it.</returns>
    public async Task<IDisposable> CloseAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        return new Turn(gate);
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
