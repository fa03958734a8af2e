namespace PondSentinel.Gateway.Uplink;

/// <summary>How a link ended.</summary>
/// <param name="Why">Why, in one line for people.</param>
/// <param name="Kind">What the next try has to heed.</param>
internal readonly record struct LinkEnd(string Why, LinkEndKind Kind = LinkEndKind.Broken);

/// <summary>What the next try has to heed.</summary>
internal enum LinkEndKind
{
    /// <summary>It broke, or the gateway gave it up.</summary>
    Broken,

    /// <summary>The broker closed it without a word: a restart, or with MQTT 3.1.1 perhaps a second gateway with this id.
    /// </summary>
    Closed,

    /// <summary>The broker gave the session to another client with this id (0x8E).</summary>
    TakenOver,
}
