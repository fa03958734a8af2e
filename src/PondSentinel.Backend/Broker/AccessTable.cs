namespace PondSentinel.Backend.Broker;

/// <summary>Who may publish and read which topics, as topic filters in which <c>%u</c> stands for the client's user name:
/// the form that Mosquitto's access file has too.</summary>
internal sealed record AccessTable
{
    private const string UserMark = "%u";

    /// <summary>What a gateway may do. It is known by its user name only.</summary>
    public static AccessTable OfGateway { get; } = new()
    {
        Write =
        [
            "pond/v1/+/%u/data/live", "pond/v1/+/%u/data/back", "pond/v1/+/%u/evt", "pond/v1/+/%u/meta",
            "pond/v1/+/%u/state", "pond/v1/+/%u/health", "pond/v1/+/%u/time",
        ],
        Read = ["pond/v1/+/%u/ack", "pond/v1/+/%u/cmd/+"],
    };

    /// <summary>What the backend may do.</summary>
    public static AccessTable OfBackend { get; } = new()
    {
        Write = ["pond/v1/+/+/ack", "pond/v1/+/+/cmd/replay", "pond/v1/+/_alert/+/+"],
        Read =
        [
            "pond/v1/+/+/data/live", "pond/v1/+/+/data/back", "pond/v1/+/+/evt", "pond/v1/+/+/meta", "pond/v1/+/+/state",
            "pond/v1/+/+/health", "pond/v1/+/+/time", "pond/v1/+/_alert/+/+",
        ],
    };

    /// <summary>Filters of the topics that may be published.</summary>
    public required IReadOnlyList<string> Write { get; init; }

    /// <summary>Filters of the topics that may be read.</summary>
    public required IReadOnlyList<string> Read { get; init; }

    /// <summary>Whether a topic may be published.</summary>
    /// <param name="topic">The topic, without wildcards.</param>
    /// <param name="user">The client's user name.</param>
    public bool MayPublish(string topic, string user) =>
        !topic.AsSpan().ContainsAny('+', '#') && Write.Any(allowed => Covers(allowed, topic, user));

    /// <summary>Whether everything a filter takes in may be read.</summary>
    /// <param name="filter">A topic filter.</param>
    /// <param name="user">The client's user name.</param>
    public bool MaySubscribe(string filter, string user) => Read.Any(allowed => Covers(allowed, filter, user));

    // A filter is covered where each of its levels is the same word, or stands under a plus. Its own plus is covered by a
    // plus only, and its hash by a hash only.
    private static bool Covers(string allowed, string filter, string user)
    {
        var (wide, narrow) = (allowed.Split('/'), filter.Split('/'));
        for (var level = 0; level < wide.Length; level++)
        {
            if (wide[level] == "#")
            {
                // Topics of the broker itself, $SYS, are no part of a hash.
                return !narrow[0].StartsWith('$');
            }

            var word = wide[level] == UserMark ? user : wide[level];
            if (level >= narrow.Length || narrow[level] == "#" || (word != "+" && word != narrow[level]))
            {
                return false;
            }
        }

        return wide.Length == narrow.Length;
    }
}
