using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Heartbeat;

/// <summary>Section <c>[heartbeat]</c>: a watch service that is told that this backend works, and that calls people when it is
/// told no more.</summary>
public sealed record HeartbeatOptions
{
    private static readonly TimeSpan EveryMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EveryMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan StaleMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StaleMax = TimeSpan.FromDays(7);

    /// <summary>What is called: http or https. Path and query may be its secret.</summary>
    public required Uri Url { get; init; }

    /// <summary>How often.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether with POST; else with GET.</summary>
    public bool IsPost { get; init; }

    /// <summary>How long no value may come in, or a message may wait, until this backend counts as one that does not work.
    /// </summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Reads the section; null where there is none, or where a mistake was reported.</summary>
    /// <param name="section">The section, or null.</param>
    public static HeartbeatOptions? Read(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var text = section.Text("url", required: true);
        var (every, stale) = (section.Duration("every", EveryMin, EveryMax), section.Duration("stale_after", StaleMin, StaleMax));
        var isPost = section.Word("method", new Dictionary<string, bool>(StringComparer.Ordinal) { ["GET"] = false, ["POST"] = true });
        section.RefuseUnknownKeys();
        if (text is null)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.UserInfo.Length > 0)
        {
            section.Report("url", $"url of [heartbeat] is no web address without user and password: \"{text}\"", "write url = \"https://host/path\"");
            return null;
        }

        var plain = new HeartbeatOptions { Url = url, IsPost = isPost ?? false };
        return plain with { Every = every ?? plain.Every, StaleAfter = stale ?? plain.StaleAfter };
    }
}
