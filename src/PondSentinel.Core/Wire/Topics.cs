namespace PondSentinel.Wire;

/// <summary>What a topic of a gateway carries.</summary>
public enum TopicKind
{
    /// <summary>Newest batches.</summary>
    DataLive,

    /// <summary>Backlog, resends and replays.</summary>
    DataBack,

    /// <summary>Events.</summary>
    Event,

    /// <summary>Description of the channels, retained.</summary>
    Meta,

    /// <summary>State, retained, and the will.</summary>
    State,

    /// <summary>Health.</summary>
    Health,

    /// <summary>Questions for the time.</summary>
    Time,

    /// <summary>Receipts and time answers, to the gateway.</summary>
    Ack,

    /// <summary>Commands to send again, to the gateway.</summary>
    Replay,
}

/// <summary>A topic of a gateway.</summary>
/// <param name="Site">Site.</param>
/// <param name="Gateway">Gateway.</param>
/// <param name="Kind">What it carries.</param>
public readonly record struct Topic(string Site, string Gateway, TopicKind Kind)
{
    /// <summary>The topic as MQTT has it: <c>pond/v1/site/gateway/…</c>.</summary>
    public override string ToString() => throw new NotSupportedException();

    /// <summary>The filter that takes in one kind from all gateways.</summary>
    /// <param name="kind">The kind.</param>
    public static string FilterOf(TopicKind kind) => throw new NotSupportedException();

    /// <summary>Reads a topic.</summary>
    /// <param name="text">The topic as MQTT has it.</param>
    /// <param name="topic">The topic, where it is one of a gateway with well-formed names.</param>
    public static bool TryParse(string text, out Topic topic) => throw new NotSupportedException();
}
