namespace PondSentinel.Backend.Broker;

/// <summary>A message the broker has delivered and keeps until it is acknowledged.</summary>
/// <param name="Topic">The topic, as MQTT has it.</param>
/// <param name="Payload">The bytes, hostile until shown otherwise.</param>
/// <param name="Acknowledge">Tells the broker that the message is taken care of. Returns at once; harmless when repeated or
/// after the connection has gone: the broker then delivers again.</param>
/// <param name="IsStale">Whether the connection it came by is over, so that the broker will deliver it again.</param>
/// <param name="IsRetained">Whether the broker had kept it: it says nothing of whether its sender is there now.</param>
public sealed record Delivery(
    string Topic, ReadOnlyMemory<byte> Payload, Action Acknowledge, Func<bool> IsStale, bool IsRetained = false);
