using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Duty;

/// <summary>A sensor with a fan and a laser that can be started and stopped. Every command is one that may be given twice.</summary>
internal interface IDutyDevice
{
    /// <summary>Makes sure that it runs, whatever state it is found in.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null where it has shown that it is there, else what is wrong.</returns>
    ValueTask<Reading.Failed?> StartAsync(CancellationToken cancellationToken);

    /// <summary>Asks one that runs. <see cref="SensorFault.NotReady"/> where it says itself that it has only just started.</summary>
    /// <param name="turn">The turn on the line, for one that counts for a time.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken);

    /// <summary>Stops fan and laser. Whether that worked shows in nothing but their wear, so it is not told.</summary>
    /// <param name="cancellationToken">Ends it early.</param>
    ValueTask RestAsync(CancellationToken cancellationToken);
}
