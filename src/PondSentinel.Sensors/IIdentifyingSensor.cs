using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device that tells which piece it is.</summary>
public interface IIdentifyingSensor : ISensor
{
    /// <summary>Asks it.</summary>
    /// <param name="turn">The turn on the bus; held when this is called and when it ends.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<DeviceIdentity> IdentifyAsync(IBusTurn turn, CancellationToken cancellationToken);
}

/// <summary>Which piece a device is, by its own word.</summary>
/// <param name="Serial">Its serial number; null where it tells none.</param>
/// <param name="Firmware">Its firmware; null where it tells none.</param>
/// <param name="Failure">Why it told nothing; null where it did.</param>
public sealed record DeviceIdentity(string? Serial, string? Firmware, Reading.Failed? Failure);
