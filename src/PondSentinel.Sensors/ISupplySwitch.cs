namespace PondSentinel.Sensors;

/// <summary>A relay in the supply of the devices of a bus.</summary>
public interface ISupplySwitch
{
    /// <summary>Switches the supply off and, after a while, on again.</summary>
    /// <param name="cancellationToken">Ends the time in which it is off; it is on then all the same.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    ValueTask<string?> CycleAsync(CancellationToken cancellationToken);
}
