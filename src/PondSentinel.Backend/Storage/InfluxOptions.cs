namespace PondSentinel.Backend.Storage;

/// <summary>InfluxDB 1.x, section <c>[influx]</c>.</summary>
public sealed record InfluxOptions
{
    /// <summary>Its address, for example <c>http://127.0.0.1:8086</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Database; created where it is missing and the user may. Default <c>pond</c>.</summary>
    public string Database { get; init; } = "pond";

    /// <summary>User name, where it wants one.</summary>
    public string? User { get; init; }

    /// <summary>Password, where it wants one.</summary>
    public string? Password { get; init; }

    /// <summary>Longest time a request may take. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);
}
