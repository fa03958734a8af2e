using System.Net;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>Where the status page is served, section <c>[status_page]</c>.</summary>
public sealed record StatusPageOptions
{
    /// <summary>Where it is when nobody says otherwise.</summary>
    public const string ListenUnsaid = "127.0.0.1:8088";

    /// <summary>An address of loopback and a port.</summary>
    public required IPEndPoint Listen { get; init; }
}
