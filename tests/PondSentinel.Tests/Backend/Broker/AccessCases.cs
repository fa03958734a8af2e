namespace PondSentinel.Tests.Backend.Broker;

/// <summary>Who may do what at a broker, as the wire contract has it. The same cases hold for every broker: link this file
/// where another one is tested.</summary>
public static class AccessCases
{
    /// <summary>The gateway that the cases speak of.</summary>
    public const string Gateway = "gz-07";

    /// <summary>The backend.</summary>
    public const string Backend = "pond-backend";

    /// <summary>Every case: client, topic published, whether a reader who may read all gets it.</summary>
    public static IReadOnlyList<(string Client, string Topic, bool IsAllowed)> Publishing { get; } =
    [
        (Gateway, "pond/v1/zudong/gz-07/data/live", true),
        (Gateway, "pond/v1/zudong/gz-07/data/back", true),
        (Gateway, "pond/v1/zudong/gz-07/evt", true),
        (Gateway, "pond/v1/zudong/gz-07/meta", true),
        (Gateway, "pond/v1/zudong/gz-07/state", true),
        (Gateway, "pond/v1/zudong/gz-07/health", true),
        (Gateway, "pond/v1/zudong/gz-07/time", true),
        (Gateway, "pond/v1/another/gz-07/data/live", true),
        (Gateway, "pond/v1/zudong/gz-08/data/live", false),
        (Gateway, "pond/v1/zudong/gz-07/ack", false),
        (Gateway, "pond/v1/zudong/gz-07/cmd/replay", false),
        (Gateway, "pond/v1/zudong/gz-07/data", false),
        (Gateway, "pond/v1/zudong/gz-07/data/live/more", false),
        (Gateway, "pond/v1/zudong/_alert/rule/subject", false),
        (Gateway, "pond/v2/zudong/gz-07/data/live", false),
        (Gateway, "other", false),
        (Backend, "pond/v1/zudong/gz-07/ack", true),
        (Backend, "pond/v1/zudong/gz-07/cmd/replay", true),
        (Backend, "pond/v1/zudong/_alert/rule/subject", true),
        (Backend, "pond/v1/zudong/gz-07/data/live", false),
        (Backend, "pond/v1/zudong/gz-07/state", false),
        (Backend, "other", false),
    ];

    /// <summary>Every case: client, filter it subscribes to, a topic that the filter takes in, whether a message there
    /// reaches it.</summary>
    public static IReadOnlyList<(string Client, string Filter, string Topic, bool IsAllowed)> Reading { get; } =
    [
        (Gateway, "pond/v1/zudong/gz-07/ack", "pond/v1/zudong/gz-07/ack", true),
        (Gateway, "pond/v1/+/gz-07/ack", "pond/v1/zudong/gz-07/ack", true),
        (Gateway, "pond/v1/zudong/gz-07/cmd/+", "pond/v1/zudong/gz-07/cmd/replay", true),
        (Gateway, "pond/v1/zudong/gz-08/ack", "pond/v1/zudong/gz-08/ack", false),
        (Gateway, "pond/v1/+/+/ack", "pond/v1/zudong/gz-08/ack", false),
        (Gateway, "pond/v1/#", "pond/v1/zudong/gz-08/ack", false),
        (Gateway, "#", "pond/v1/zudong/_alert/rule/subject", false),
        (Backend, "pond/v1/+/+/ack", "pond/v1/zudong/gz-07/ack", true),
        (Backend, "#", "pond/v1/zudong/_alert/rule/subject", true),
    ];
}
