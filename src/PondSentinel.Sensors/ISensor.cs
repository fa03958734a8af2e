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

    /// <summary>Says that the device may have lost its power or been exchanged: what was learnt of it, and what it was told,
    /// holds no more. Called between polls, or while one waits off the bus; the values of that one are not kept.</summary>
    /// <remarks>Who sees polls says so, because retries make several readings of one poll. A driver that keeps nothing from
    /// one poll to the next has nothing to forget.</remarks>
    void Forget()
    {
    }
}
