namespace PondSentinel.Backend.Storage;

/// <summary>InfluxDB, section <c>[influx]</c>: 1.x by database, 2.x by bucket.</summary>
public sealed record InfluxOptions
{
    /// <summary>Its address, for example <c>http://127.0.0.1:8086</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>What 2.x keeps points in; null for 1.x, which has <see cref="Database"/>, <see cref="User"/> and
    /// <see cref="Password"/> instead.</summary>
    public InfluxBucket? Bucket { get; init; }

    /// <summary>Database; created where it is missing and the user may. Default <c>pond</c>.</summary>
    public string Database { get; init; } = "pond";

    /// <summary>User name, where it wants one.</summary>
    public string? User { get; init; }

    /// <summary>Password, where it wants one.</summary>
    public string? Password { get; init; }

    /// <summary>Longest time a request may take. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Where an InfluxDB 2.x keeps points, and the right to write there.</summary>
/// <param name="Organization">The organization, by name.</param>
/// <param name="Name">The bucket; it has to exist.</param>
/// <param name="Token">An API token that may write to it.</param>
public sealed record InfluxBucket(string Organization, string Name, string Token)
{
    /// <summary>All but the token, which no message may show.</summary>
    public override string ToString() => $"{Organization}/{Name}";
}
