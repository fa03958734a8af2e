namespace PondSentinel.Gateway.Control;

/// <summary>A request that is not carried out.</summary>
/// <param name="message">One line for whoever asked: what is wrong, and what to do.</param>
internal sealed class ControlRefusedException(string message) : Exception(message);
