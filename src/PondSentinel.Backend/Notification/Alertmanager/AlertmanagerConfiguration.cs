using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Alertmanager;

/// <summary>Reads the <c>[[alertmanager]]</c> tables of the backend's configuration: <c>url</c>, <c>resend</c>, <c>timeout</c> and the keys of every
/// channel.</summary>
public static class AlertmanagerConfiguration
{
    /// <summary>Most Alertmanagers.</summary>
    public const int CountMax = 8;

    private static readonly TimeSpan ResendMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResendMax = TimeSpan.FromHours(1);

    /// <summary>Reads every one; one with a mistake is left out and the mistake listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="policies">Reads the keys of every channel.</param>
    public static IReadOnlyList<AlertmanagerOptions> Read(TomlSection top, ChannelPolicyReader policies)
    {
        ArgumentNullException.ThrowIfNull(top);
        ArgumentNullException.ThrowIfNull(policies);
        List<AlertmanagerOptions> all = [];
        foreach (var section in top.Tables("alertmanager"))
        {
            var text = section.Text("url", required: true);
            var policy = policies.Read(section, "alertmanager", ChannelPolicy.ForMachines);
            var resend = section.Duration("resend", ResendMin, ResendMax);
            var wait = JsonPost.ReadWait(section);
            section.RefuseUnknownKeys();
            if (text is null)
            {
                continue;
            }

            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
                || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.AbsolutePath.Contains("/api/", StringComparison.Ordinal))
            {
                section.Report("url", $"\"{text}\" is not the address of an Alertmanager", "write url = \"http://127.0.0.1:9093\"");
            }
            else if (all.Exists(known => known.Url == url))
            {
                section.Report("url", "this url stands here a second time", "remove one");
            }
            else if (all.Count == CountMax)
            {
                section.Report("url", $"there are more than {CountMax} Alertmanagers", "let them gossip");
            }
            else
            {
                var plain = new AlertmanagerOptions { Url = url, Policy = policy, AnswerWithin = wait };
                all.Add(plain with { ResendEvery = resend ?? plain.ResendEvery });
            }
        }

        return all;
    }
}
