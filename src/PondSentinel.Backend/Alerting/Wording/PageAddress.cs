namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>The page as people reach it from where they read: <c>address</c> of <c>[web]</c>.</summary>
/// <param name="Root">Its address, <c>https://host/</c>: the page works at the root of a name alone.</param>
public sealed record PageAddress(Uri Root)
{
    /// <summary>Reads one.</summary>
    /// <param name="text">What somebody has written.</param>
    /// <returns>It; null where it is none.</returns>
    public static PageAddress? Read(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0, AbsolutePath: "/" } && url.IdnHost.Length > 0
            ? new PageAddress(new UriBuilder(url) { Host = url.IdnHost }.Uri)
            : null;

    /// <summary>The page, at an alarm.</summary>
    /// <param name="alarm">The alarm's id.</param>
    public Uri Of(string alarm) => new($"{Root.AbsoluteUri}?alarm={Uri.EscapeDataString(alarm)}");
}
