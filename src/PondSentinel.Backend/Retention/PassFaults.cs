using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Retention;

/// <summary>What a pass over series and days could not do. A day that the store refuses does not keep it from the others; a store that is
/// away, deletes nothing, or is so slow that failing takes long, ends the pass.</summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
internal sealed class PassFaults(IRetainingStore store, TimeProvider time)
{
    private const int NamedMax = 3;

    // Three requests that time out; what is refused is refused at once.
    private static readonly TimeSpan FailingMax = TimeSpan.FromSeconds(30);

    private readonly List<string> named = [];
    private TimeSpan failing;
    private int failed;

    /// <summary>Does something for a day.</summary>
    /// <param name="series">The series.</param>
    /// <param name="dayMs">When the day begins.</param>
    /// <param name="act">Does it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store is away, or failing takes too long.</exception>
    public async Task TryAsync(SeriesKey series, long dayMs, Func<Task> act, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        try
        {
            await act();
            return;
        }
        catch (StoreUnavailableException e)
        {
            failing += time.GetElapsedTime(begun);
            Note(series, dayMs, e);
            if (e.IsOfAll || failing > FailingMax)
            {
                throw;
            }
        }

        // One that does not answer this either is away.
        await store.FirstAsync(series, Resolution.Record, 0, 1, cancellationToken);
    }

    /// <summary>Tells what was not done.</summary>
    /// <exception cref="StoreUnavailableException">Something was not.</exception>
    public void Tell()
    {
        if (failed > 0)
        {
            throw new StoreUnavailableException($"{failed} days of series, among them {string.Join("; ", named)}");
        }
    }

    private void Note(SeriesKey series, long dayMs, StoreUnavailableException e)
    {
        failed++;
        if (named.Count < NamedMax)
        {
            named.Add(
                $"{series.Measurand.WireName} of {series.Gateway} {series.Device}.{series.Channel} of the day that begins {DateTimeOffset.FromUnixTimeMilliseconds(dayMs):yyyy-MM-dd HH:mm}Z: {e.Message}");
        }
    }
}
