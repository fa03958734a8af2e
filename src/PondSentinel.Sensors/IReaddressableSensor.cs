using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device whose address is changed over its line.</summary>
public interface IReaddressableSensor : ISensor
{
    /// <summary>Gives it another address, by its maker's recipe, and sees that it answers there. This object goes on asking at the
    /// old one.</summary>
    /// <param name="address">The new address, by the rule of its line.</param>
    /// <param name="turn">The turn on the bus; held when this is called and when it ends.</param>
    /// <param name="cancellationToken">Ends it early; whether it was done is not known then.</param>
    /// <returns>Null where it answers at the new address; else why not, and where it is, as far as that is known.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ValueTask<Reading.Failed?> SetAddressAsync(byte address, IBusTurn turn, CancellationToken cancellationToken);
}
