using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device of which a poll may be long, warming up, wiping, several readings, and that can be read as it is.</summary>
public interface IDirectSensor : IPausingSensor
{
    /// <summary>Asks once, without what its polls do beside.</summary>
    /// <param name="turn">The turn on the bus; held when this is called and when it ends.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<Reading> ReadDirectAsync(IBusTurn turn, CancellationToken cancellationToken);
}
