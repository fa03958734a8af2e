using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What came of reading some message.</summary>
/// <param name="Value">The message, or null.</param>
/// <param name="Malformed">What is wrong with it, or null.</param>
internal sealed record Outcome(object? Value, string? Malformed);

/// <summary>Every codec under one shape, so that what holds for all is said once.</summary>
/// <param name="Name">The topic's word, with which the examples begin.</param>
/// <param name="Decode">Reads a message.</param>
/// <param name="Encode">Writes what was read.</param>
internal sealed record AnyCodec(string Name, Func<byte[], Outcome> Decode, Func<object, byte[]> Encode)
{
    public static IReadOnlyList<AnyCodec> All { get; } =
    [
        new("batch", bytes => Of(BatchCodec.Decode(bytes)), message => BatchCodec.Encode((Batch)message, compress: false)),
        new("event", bytes => Of(EventCodec.Decode(bytes)), message => EventCodec.Encode((EventMessage)message)),
        new("receipt", bytes => Of(AckCodec.Decode(bytes)), message => EncodeAck((Ack)message)),
        new("time-answer", bytes => Of(AckCodec.Decode(bytes)), message => EncodeAck((Ack)message)),
        new("time-question", bytes => Of(TimeCodec.Decode(bytes)), message => TimeCodec.Encode((TimeRequest)message)),
        new("state", bytes => Of(StateCodec.Decode(bytes)), message => StateCodec.Encode((StateMessage)message)),
        new("health", bytes => Of(HealthCodec.Decode(bytes)), message => HealthCodec.Encode((HealthMessage)message)),
        new("meta", bytes => Of(MetaCodec.Decode(bytes)), message => MetaCodec.Encode((MetaMessage)message, out _)),
        new("replay", bytes => Of(ReplayCodec.Decode(bytes)), message => ReplayCodec.Encode((ReplayCommand)message)),
    ];

    /// <summary>The codec of an example.</summary>
    public static AnyCodec For(string example) =>
        All.Single(codec => example.StartsWith(codec.Name, StringComparison.Ordinal));

    private static byte[] EncodeAck(Ack ack) =>
        ack.Time is { } time ? AckCodec.Encode(time) : AckCodec.Encode(ack.Receipt!);

    private static Outcome Of(BatchDecoding decoding) => new(decoding.Batch, decoding.Malformed);

    private static Outcome Of<T>(Decoded<T> decoded)
        where T : class => new(decoded.Value, decoded.Malformed);
}
