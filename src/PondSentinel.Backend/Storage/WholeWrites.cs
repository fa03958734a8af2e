namespace PondSentinel.Backend.Storage;

/// <summary>Writing for those who do not go on with a write that broke off.</summary>
public static class WholeWrites
{
    /// <summary>Writes points, all in one try.</summary>
    /// <param name="store">The store.</param>
    /// <param name="points">Any number, of any keys.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The points the store refuses for good, with its reason.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now; the same call may succeed later.</exception>
    public static async Task<IReadOnlyList<RefusedPoint>> WriteAsync(
        this IMeasurementStore store, IReadOnlyList<Point> points, CancellationToken cancellationToken)
    {
        var write = new PointWrite(points);
        await store.WriteAsync(write, cancellationToken);
        return write.Refused;
    }
}
