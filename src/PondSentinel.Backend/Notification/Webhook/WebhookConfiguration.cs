using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Reads the <c>[[webhook]]</c> tables of the backend's configuration: <c>url</c> and the keys of every channel.</summary>
public static class WebhookConfiguration
{
    /// <summary>Most webhooks.</summary>
    public const int CountMax = 16;

    /// <summary>Reads every webhook; one with a mistake is left out and the mistake listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="policies">Reads the keys of every channel.</param>
    public static IReadOnlyList<WebhookOptions> Read(TomlSection top, ChannelPolicyReader policies)
    {
        List<WebhookOptions> webhooks = [];
        foreach (var section in top.Tables("webhook"))
        {
            var text = section.Text("url", required: true);
            var policy = policies.Read(section, "webhook", ChannelPolicy.ForMachines);
            section.RefuseUnknownKeys();
            if (text is null)
            {
                continue;
            }

            if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
                || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            {
                section.Report("url", $"\"{text}\" is not a web address", "write url = \"https://host/path\"");
            }
            else if (url.UserInfo.Length > 0)
            {
                section.Report("url", "the url must hold no user and password", "put a secret into the path or query");
            }
            else if (webhooks.Exists(webhook => webhook.Url == url))
            {
                section.Report("url", "this url stands here a second time", "remove one");
            }
            else if (webhooks.Count == CountMax)
            {
                section.Report("url", $"there are more than {CountMax} webhooks", "let one receiver pass them on");
            }
            else
            {
                webhooks.Add(new WebhookOptions { Url = url, Policy = policy });
            }
        }

        return webhooks;
    }
}
