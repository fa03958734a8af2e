using PondSentinel.Measurements;

namespace PondSentinel.Sensors;

/// <summary>A device on a bus, asked for all its outputs at once.</summary>
/// <remarks>Not thread-safe: the one worker of its bus calls it. Expected failure is a <see cref="Reading.Failed"/>, never
/// an exception and never an earlier value.</remarks>
public interface ISensor
{
    /// <summary>Asks once.</summary>
    /// <param name="cancellationToken">Ends the poll early.</param>
    /// <exception cref="OperationCanceledException">The poll was cancelled.</exception>
    ValueTask<Reading> ReadAsync(CancellationToken cancellationToken);
}
