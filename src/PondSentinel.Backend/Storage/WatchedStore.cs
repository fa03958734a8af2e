using PondSentinel.Backend.Retention;

namespace PondSentinel.Backend.Storage;

/// <summary>How writing to a store has gone.</summary>
/// <param name="Writes">Writes of points that were taken since the start.</param>
/// <param name="Seconds">How long they took together.</param>
/// <param name="Points">Points that were taken or refused for good since the start.</param>
/// <param name="Failures">Tries that the store did not take.</param>
/// <param name="PendingSince">Since when a write has not been taken; null where none waits.</param>
/// <param name="Trouble">What the store said to it last; null where it said nothing yet, or none waits.</param>
internal sealed record WriteStanding(
    long Writes, double Seconds, long Points, long Failures, DateTimeOffset? PendingSince, string? Trouble);

/// <summary>A store whose writes of points are counted and timed: by this one sees from outside that it falls behind.</summary>
/// <remarks>Thread-safe, as the store is; points have one writer at a time. The store itself is not disposed with this.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
/// <param name="gate">Where old points wait while a day of them is deleted; null where nothing is.</param>
internal sealed class WatchedStore(IMeasurementStore store, TimeProvider time, ExpiryGate? gate = null) : IMeasurementStore
{
    private readonly Lock change = new();
    private WriteStanding standing = new(0, 0, 0, 0, null, null);

    /// <summary>How it has gone so far.</summary>
    public WriteStanding Standing
    {
        get
        {
            lock (change)
            {
                return standing;
            }
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(PointWrite write, CancellationToken cancellationToken)
    {
        var points = write.Left.Count;
        var begun = time.GetTimestamp();
        Change(known => known with { PendingSince = known.PendingSince ?? time.GetUtcNow() });
        try
        {
            using var turn = gate is null ? null : await gate.PassAsync(write.Left, cancellationToken);
            await store.WriteAsync(write, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            Change(known => known with
            {
                Failures = known.Failures + 1, Points = known.Points + points - write.Left.Count, Trouble = e.Message,
            });
            throw;
        }

        Change(known => known with
        {
            Writes = known.Writes + 1,
            Seconds = known.Seconds + time.GetElapsedTime(begun).TotalSeconds,
            Points = known.Points + points,
            PendingSince = null,
            Trouble = null,
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken) =>
        store.WriteDaysAsync(days, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(
        IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken) => store.WriteSamplesAsync(samples, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(
        IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken) => store.WriteEpisodesAsync(episodes, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(
        IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken) => store.WriteAveragesAsync(averages, cancellationToken);

    /// <inheritdoc/>
    public Task<NearValue?> NearestAsync(SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken) =>
        store.NearestAsync(series, timeNs, apartMax, cancellationToken);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => store.PingAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Change(Func<WriteStanding, WriteStanding> to)
    {
        lock (change)
        {
            standing = to(standing);
        }
    }
}
