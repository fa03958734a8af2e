namespace PondSentinel.Backend.Storage;

/// <summary>A store that can give up what is old, and keeps means in its place.</summary>
public interface IRetainingStore : IHistoryStore
{
    /// <summary>Writes means.</summary>
    /// <param name="means">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <exception cref="StoreUnavailableException">The store does not take them all.</exception>
    Task WriteMeansAsync(IReadOnlyList<MeanPoint> means, CancellationToken cancellationToken);

    /// <summary>Means of a series, oldest first.</summary>
    /// <param name="series">The series.</param>
    /// <param name="resolution">Which means; not of records.</param>
    /// <param name="fromMs">Of windows that begin from this time on, ms since 1970.</param>
    /// <param name="toMs">Before this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer, or not with means.</exception>
    Task<IReadOnlyList<MeanPoint>> MeansAsync(
        SeriesKey series, Resolution resolution, long fromMs, long toMs, CancellationToken cancellationToken);

    /// <summary>Series of which there is something before a time.</summary>
    /// <param name="resolution">Of what.</param>
    /// <param name="beforeNs">The time, ns since 1970.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    Task<IReadOnlyList<SeriesKey>> SeriesBeforeAsync(Resolution resolution, long beforeNs, CancellationToken cancellationToken);

    /// <summary>The first time of a series within a stretch.</summary>
    /// <param name="series">The series.</param>
    /// <param name="resolution">Of what.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its key in time, ns since 1970; null where there is nothing.</returns>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    Task<long?> FirstAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken);

    /// <summary>Deletes all of a series within a stretch. It does not come back.</summary>
    /// <param name="series">The series.</param>
    /// <param name="resolution">Of what.</param>
    /// <param name="fromNs">From this time on, ns since 1970.</param>
    /// <param name="toNs">Before this time.</param>
    /// <param name="cancellationToken">Gives up; some of it may be gone.</param>
    /// <exception cref="StoreUnavailableException">The store does not do it; some of it may be gone.</exception>
    Task DeleteAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken);
}
