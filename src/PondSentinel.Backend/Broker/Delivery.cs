namespace PondSentinel.Backend.Broker;

/// <summary>A message the broker has delivered and keeps until it is acknowledged.</summary>
/// <param name="Topic">The topic, as MQTT has it.</param>
/// <param name="Payload">The bytes, hostile until shown otherwise.</param>
/// <param name="Acknowledge">Tells the broker that the message is taken care of. Returns at once; harmless when repeated or
/// after the connection has gone: the broker then delivers again.</param>
/// <param name="IsStale">Whether the connection it came by is over, so that the broker will deliver it again.</param>
/// <param name="IsRetained">Whether the broker had kept it: it says nothing of whether its sender is there now.</param>
public sealed record Delivery(
    string Topic, ReadOnlyMemory<byte> Payload, Action Acknowledge, Func<bool> IsStale, bool IsRetained = false)
{
    /// <summary>Told what became of it, where people gave it in once more; null where a broker delivered it.</summary>
    internal Action<AgainOutcome>? Again { get; init; }

    /// <summary>Whether it says that its gateway is there now.</summary>
    internal bool IsSign => !IsRetained && Again is null;
}

/// <summary>What became of a message that was given in once more.</summary>
/// <param name="Fate">What.</param>
/// <param name="Why">Why it is not stored, for people; null where it is.</param>
internal sealed record AgainOutcome(AgainFate Fate, string? Why = null);

/// <summary>The same in one word.</summary>
internal enum AgainFate
{
    /// <summary>It brought something that was not stored.</summary>
    Stored,

    /// <summary>All of it had been stored.</summary>
    PassedOver,

    /// <summary>It, or some of its records, are refused as before.</summary>
    RefusedAgain,

    /// <summary>A bound keeps it out for now, and nothing of it is settled.</summary>
    Waits,
}
