using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device whose poll has waits in it, so long that its neighbours would miss it: warming up, settling, a laser that is
/// switched on. It waits off the bus.</summary>
public interface IPausingSensor : ISensor
{
    /// <summary>Asks once, in as many turns on the bus as it takes.</summary>
    /// <param name="turn">The turn on the bus; held when this is called and when it ends.</param>
    /// <param name="cancellationToken">Ends the poll early.</param>
    /// <exception cref="OperationCanceledException">The poll was cancelled.</exception>
    ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken);
}

/// <summary>The right to use a bus, which one device at a time has.</summary>
public interface IBusTurn
{
    /// <summary>Leaves the bus to others for a time, and comes back when that is over and nobody else is asked.</summary>
    /// <param name="pause">How long at least; zero or less comes back at the next opportunity.</param>
    /// <param name="cancellationToken">Ends it early; then the bus is not held.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken);

    /// <summary>Says that what the poll measures begins now; else it begins with the poll. The last one said counts.
    /// </summary>
    void BeginMeasuring();
}

/// <summary>A turn on a bus that nobody else uses: it only waits.</summary>
/// <param name="time">For waiting.</param>
public sealed class LoneTurn(TimeProvider time) : IBusTurn
{
    /// <inheritdoc/>
    public async ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void BeginMeasuring()
    {
        // The poll's own time is good enough for whoever is alone.
    }
}
