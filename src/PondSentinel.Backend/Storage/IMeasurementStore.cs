namespace PondSentinel.Backend.Storage;

/// <summary>Keeps points. Writing the same point again changes nothing; a point of an existing key replaces it.</summary>
public interface IMeasurementStore : IAsyncDisposable
{
    /// <summary>Writes what is left; when it returns, nothing is, and all but the refused points survive a power cut as far as
    /// the store promises it.</summary>
    /// <param name="write">The points. However this ends, it then knows what is done: the same write may be tried again.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <exception cref="StoreUnavailableException">The store cannot take what is left now; it may later.</exception>
    Task WriteAsync(PointWrite write, CancellationToken cancellationToken);

    /// <summary>Writes days of the completeness ledger, as it writes points.</summary>
    /// <param name="days">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The days the store refuses for good.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now; the same call may succeed later.</exception>
    Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken);

    /// <summary>Writes grab samples, as it writes points.</summary>
    /// <param name="samples">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The samples the store refuses for good.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now; the same call may succeed later.</exception>
    Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken);

    /// <summary>Writes episodes of alerts, as it writes points.</summary>
    /// <param name="episodes">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The episodes the store refuses for good.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now; the same call may succeed later.</exception>
    Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken);

    /// <summary>Writes averages, as it writes points.</summary>
    /// <param name="averages">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The averages the store refuses for good.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now; the same call may succeed later.</exception>
    Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken);

    /// <summary>The value of a series that lies nearest to an instant, but for those taken in maintenance or in a solution.</summary>
    /// <param name="series">The series.</param>
    /// <param name="timeNs">The instant, ns since 1970.</param>
    /// <param name="apartMax">How far from it a value may lie.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The value; null where there is none so near.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be asked now.</exception>
    Task<NearValue?> NearestAsync(SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken);

    /// <summary>Asks whether the store is there, without reading or writing anything of value. That it would take points is not
    /// said: only a write shows it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    Task PingAsync(CancellationToken cancellationToken);
}

/// <summary>A point the store will never take.</summary>
/// <param name="Point">The point.</param>
/// <param name="Cause">The wire's cause: <c>type</c>, <c>range</c> or <c>size</c>.</param>
/// <param name="Detail">What the store said.</param>
public sealed record RefusedPoint(Point Point, string Cause, string Detail);

/// <summary>The store does not answer, or answers that it cannot now.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Whether the same would come of all else that is asked of the store in this way.</summary>
    public bool IsOfAll { get; init; }

    /// <summary>Whether what was asked for may still be done: no answer came in time.</summary>
    public bool IsUnanswered { get; init; }

    /// <summary>Without a reason.</summary>
    public StoreUnavailableException()
    {
    }

    /// <summary>With the store's reason.</summary>
    /// <param name="message">What happened, for the log.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With the store's reason and the exception behind it.</summary>
    /// <param name="message">What happened, for the log.</param>
    /// <param name="inner">What the client threw.</param>
    public StoreUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
