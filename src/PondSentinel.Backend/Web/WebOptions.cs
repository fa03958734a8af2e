namespace PondSentinel.Backend.Web;

/// <summary>The page, section <c>[web]</c>. It listens on loopback only.</summary>
public sealed record WebOptions
{
    /// <summary>Port; 0 takes a free one. Default 8080.</summary>
    public int Port { get; init; } = 8080;
}
