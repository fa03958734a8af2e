using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>The way to a circuit: I2C or UART. The commands are the same.</summary>
internal interface IEzoLink
{
    /// <summary>Whether an answer may come with another digit than it was sent with, and nothing to show it.</summary>
    bool MayChangeDigits { get; }

    /// <summary>Brings circuit and line into a known state, before the first question and after any failure.</summary>
    /// <param name="turn">The turn on the bus.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null, or why there is none.</returns>
    ValueTask<Reading.Failed?> BeginAsync(IBusTurn turn, CancellationToken cancellationToken);

    /// <summary>Asks, and waits as long as the circuit may need.</summary>
    /// <param name="command">The command.</param>
    /// <param name="processing">How long the circuit works on it.</param>
    /// <param name="turn">The turn on the bus, which is left to others meanwhile where there can be others.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    ValueTask<EzoAnswer> AskAsync(string command, TimeSpan processing, IBusTurn turn, CancellationToken cancellationToken);
}

/// <summary>What came of a question.</summary>
/// <param name="Text">The answer, empty where the circuit only said that it has done it; null where there is none.</param>
/// <param name="Failure">Why there is none.</param>
internal readonly record struct EzoAnswer(string? Text, Reading.Failed? Failure)
{
    /// <summary>There is no answer.</summary>
    /// <param name="fault">The class of failure.</param>
    /// <param name="detail">What happened.</param>
    public static EzoAnswer Failed(SensorFault fault, string detail) => new(null, new Reading.Failed(fault, detail));
}
