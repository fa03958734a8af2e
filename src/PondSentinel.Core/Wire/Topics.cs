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
    private const string Root = "pond/v1/";

    // Longer than any topic with well-formed names.
    private const int LengthMax = 128;

    private static readonly (TopicKind Kind, string Tail)[] Tails =
    [
        (TopicKind.DataLive, "data/live"),
        (TopicKind.DataBack, "data/back"),
        (TopicKind.Event, "evt"),
        (TopicKind.Meta, "meta"),
        (TopicKind.State, "state"),
        (TopicKind.Health, "health"),
        (TopicKind.Time, "time"),
        (TopicKind.Ack, "ack"),
        (TopicKind.Replay, "cmd/replay"),
    ];

    /// <summary>The topic as MQTT has it: <c>pond/v1/site/gateway/…</c>.</summary>
    public override string ToString() => $"{Root}{Site}/{Gateway}/{TailOf(Kind)}";

    /// <summary>The filter that takes in one kind from all gateways.</summary>
    /// <param name="kind">The kind.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a defined kind.</exception>
    public static string FilterOf(TopicKind kind) => $"{Root}+/+/{TailOf(kind)}";

    /// <summary>Reads a topic.</summary>
    /// <param name="text">The topic as MQTT has it.</param>
    /// <param name="topic">The topic, where it is one of a gateway with well-formed names.</param>
    public static bool TryParse(string text, out Topic topic)
    {
        topic = default;
        if (text is null || text.Length > LengthMax || !text.StartsWith(Root, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = text[Root.Length..].Split('/', 3);
        if (parts.Length != 3 || !Names.IsName(parts[0]) || !Names.IsName(parts[1]))
        {
            return false;
        }

        foreach (var (kind, tail) in Tails)
        {
            if (string.Equals(tail, parts[2], StringComparison.Ordinal))
            {
                topic = new Topic(parts[0], parts[1], kind);
                return true;
            }
        }

        return false;
    }

    private static string TailOf(TopicKind kind)
    {
        foreach (var (candidate, tail) in Tails)
        {
            if (candidate == kind)
            {
                return tail;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a defined kind.");
    }
}
