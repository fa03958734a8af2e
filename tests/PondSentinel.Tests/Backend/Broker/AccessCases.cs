namespace PondSentinel.Tests.Backend.Broker;

/// <summary>Who may do what at a broker, as the wire contract has it. The same cases hold for every broker: link this file
/// where another one is tested.</summary>
public static class AccessCases
{
    /// <summary>The gateway that the cases speak of.</summary>
    public const string Gateway = "gz-07";

    /// <summary>Another gateway, of the same site.</summary>
    public const string Neighbour = "gz-08";

    /// <summary>The backend.</summary>
    public const string Backend = "pond-backend";

    private static readonly string[] OfGateways = ["data/live", "data/back", "evt", "meta", "state", "health", "time"];
    private static readonly string[] OfBackend = ["ack", "cmd/replay"];

    /// <summary>Every case: client, topic published, whether the broker takes it.</summary>
    public static IReadOnlyList<(string Client, string Topic, bool IsAllowed)> Publishing { get; } =
    [
        .. OfGateways.SelectMany<string, (string, string, bool)>(kind =>
        [
            (Gateway, Own(kind), true),
            (Gateway, Foreign(kind), false),
            (Backend, Own(kind), false),
        ]),
        .. OfBackend.SelectMany<string, (string, string, bool)>(kind =>
        [
            (Gateway, Own(kind), false),
            (Gateway, Foreign(kind), false),
            (Backend, Own(kind), true),
        ]),
        (Gateway, "pond/v1/another/gz-07/data/live", true),
        (Gateway, "pond/v1/zudong/gz-07/data", false),
        (Gateway, "pond/v1/zudong/gz-07/data/live/more", false),
        (Gateway, "pond/v1/zudong/gz-07", false),
        (Gateway, "pond/v1/zudong/gz-07/", false),
        (Gateway, "pond/v1/zudong/GZ-07/evt", false),
        (Gateway, "pond/v1/gz-07/zudong/evt", false),
        (Gateway, "pond/v1/zudong/_alert/rule/subject", false),
        (Gateway, "pond/v1/zudong/_alert/gz-07/evt", false),
        (Gateway, "pond/v2/zudong/gz-07/data/live", false),
        (Gateway, "$SYS/broker/clients/total", false),
        (Gateway, "other", false),
        (Backend, "pond/v1/zudong/_alert/rule/subject", true),
        (Backend, "pond/v1/zudong/gz-07/cmd/reboot", false),
        (Backend, "$SYS/broker/clients/total", false),
        (Backend, "other", false),
    ];

    /// <summary>Every case: client, filter it subscribes to, a topic that the filter takes in, whether a message there
    /// reaches it. What a wide filter takes in of a gateway's own topics is for the broker to decide; of others', nothing.
    /// </summary>
    public static IReadOnlyList<(string Client, string Filter, string Topic, bool IsAllowed)> Reading { get; } =
    [
        .. OfBackend.SelectMany<string, (string, string, string, bool)>(kind =>
        [
            (Gateway, Own(kind), Own(kind), true),
            (Gateway, $"pond/v1/+/gz-07/{kind}", Own(kind), true),
            (Gateway, Foreign(kind), Foreign(kind), false),
            (Gateway, $"pond/v1/+/+/{kind}", Foreign(kind), false),
            (Gateway, "pond/v1/zudong/#", Foreign(kind), false),
            (Gateway, "#", Foreign(kind), false),
            (Backend, Own(kind), Own(kind), false),
        ]),
        .. OfGateways.SelectMany<string, (string, string, string, bool)>(kind =>
        [
            (Gateway, Own(kind), Own(kind), false),
            (Gateway, Foreign(kind), Foreign(kind), false),
            (Gateway, $"+/+/+/+/{kind}", Foreign(kind), false),
            (Gateway, "pond/#", Foreign(kind), false),
            (Backend, $"pond/v1/+/+/{kind}", Foreign(kind), true),
        ]),
        (Gateway, "pond/v1/zudong/gz-07/cmd/+", Own("cmd/replay"), true),
        (Gateway, "pond/v1/zudong/+/cmd/#", Foreign("cmd/replay"), false),
        (Gateway, "pond/v1/zudong/_alert/rule/subject", "pond/v1/zudong/_alert/rule/subject", false),
        (Gateway, "pond/v1/+/_alert/#", "pond/v1/zudong/_alert/rule/subject", false),
        (Gateway, "$SYS/#", "$SYS/broker/version", false),
        (Backend, "pond/v1/+/_alert/+/+", "pond/v1/zudong/_alert/rule/subject", true),
        (Backend, "$SYS/#", "$SYS/broker/version", false),
    ];

    /// <summary>Who may publish a topic; null for a topic of the broker itself.</summary>
    public static string? WriterOf(string topic) =>
        topic.StartsWith('$') ? null
        : OfGateways.Any(kind => topic.EndsWith($"/{kind}", StringComparison.Ordinal)) ? topic.Split('/')[3]
        : Backend;

    private static string Own(string kind) => $"pond/v1/zudong/{Gateway}/{kind}";

    private static string Foreign(string kind) => $"pond/v1/zudong/{Neighbour}/{kind}";
}
