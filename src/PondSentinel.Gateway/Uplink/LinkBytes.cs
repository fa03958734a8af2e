namespace PondSentinel.Gateway.Uplink;

/// <summary>Bytes that crossed the link, as the meter of a mobile contract sees them: TLS, MQTT, acknowledgements, what was
/// sent twice, and the headers of TCP and IP of every segment.</summary>
/// <remarks>Not among them: name look-ups, and the frames below IP.</remarks>
/// <param name="Out">From the gateway.</param>
/// <param name="In">To the gateway.</param>
internal readonly record struct LinkBytes(long Out, long In)
{
    /// <summary>Both ways.</summary>
    public long Sum => Out + In;

    /// <summary>Adds.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public static LinkBytes operator +(LinkBytes one, LinkBytes other) => new(one.Out + other.Out, one.In + other.In);
}
