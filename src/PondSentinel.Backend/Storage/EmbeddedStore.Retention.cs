using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

// What is old, and what is kept in its place.
public sealed partial class EmbeddedStore
{
    /// <inheritdoc/>
    public Task WriteMeansAsync(IReadOnlyList<MeanPoint> means, CancellationToken cancellationToken) => RunAsync(
        () => WriteSeries((transaction, added) =>
        {
            var table = new MeanTable(transaction);
            foreach (var mean in means)
            {
                table.Write(SeriesId(transaction, mean.Of, added), mean);
            }
        }),
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MeanPoint>> MeansAsync(
        SeriesKey series, Resolution resolution, long fromMs, long toMs, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<MeanPoint>>(table => table.Read(series, resolution, fromMs, toMs), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SeriesKey>> SeriesBeforeAsync(
        Resolution resolution, long beforeNs, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<SeriesKey>>(table => table.SeriesBefore(resolution, beforeNs, SeriesOf), cancellationToken);

    /// <inheritdoc/>
    public Task<long?> FirstAsync(
        SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) =>
        AskAsync(table => table.First(series, resolution, fromNs, toNs), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            using var transaction = writer.BeginTransaction();
            new MeanTable(transaction).Delete(series, resolution, fromNs, toNs);
            transaction.Commit();
        },
        cancellationToken);

    /// <summary>All means, those of a series and a resolution by time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<MeanPoint> Means() =>
        from series in Series()
        from resolution in new[] { Resolution.TenMinutes, Resolution.Day }
        from mean in Read(table => table.Read(series, resolution, long.MinValue / 1_000_000, long.MaxValue / 1_000_000))
        select mean;

    private async Task<T> AskAsync<T>(Func<MeanTable, T> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => Read(ask), cancellationToken);
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    private T Read<T>(Func<MeanTable, T> ask)
    {
        try
        {
            using var connection = SqliteFile.Open(path);
            using var transaction = connection.BeginTransaction(deferred: true);
            return ask(new MeanTable(transaction));
        }
        catch (SqliteException e)
        {
            throw new IOException(SqliteFile.Explain(path, e), e);
        }
    }
}
