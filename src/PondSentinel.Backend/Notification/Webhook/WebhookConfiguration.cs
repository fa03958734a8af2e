using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Reads the <c>[[webhook]]</c> tables of the backend's configuration: <c>url</c>, <c>template</c> or <c>template_file</c>,
/// <c>topic</c>, <c>language</c>, <c>secret</c> or <c>secret_file</c>, <c>timeout</c>, and the keys of every channel.</summary>
public static class WebhookConfiguration
{
    /// <summary>Most webhooks.</summary>
    public const int CountMax = 16;

    private const string Json = "json";
    private const string Ntfy = "ntfy";
    private const int TopicLengthMax = 64;

    // They answer 200 to what they cannot read, or show it as it stands: all would count as taken, and nobody would read it. Most answer 200
    // to what they refuse too, and say so in the body.
    private static readonly (string Host, string Mend, bool SaysInBody)[] ForPeopleAlone =
    [
        ("qyapi.weixin.qq.com", "write template = \"wecom\"", true),
        ("ntfy.sh", "write template = \"ntfy\" and topic = \"…\"", false),
        ("oapi.dingtalk.com", "write template_file = \"…\" with the form and the answer of DingTalk", true),
        ("open.feishu.cn", "write template_file = \"…\" with the form and the answer of Feishu", true),
        ("open.larksuite.com", "write template_file = \"…\" with the form and the answer of Lark", true),
    ];

    /// <summary>Reads every webhook; one with a mistake is left out and the mistake listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="policies">Reads the keys of every channel.</param>
    /// <param name="page">Where people find the page; null where nobody has said.</param>
    public static IReadOnlyList<WebhookOptions> Read(TomlSection top, ChannelPolicyReader policies, PageAddress? page = null)
    {
        ArgumentNullException.ThrowIfNull(top);
        ArgumentNullException.ThrowIfNull(policies);
        List<WebhookOptions> webhooks = [];
        foreach (var section in top.Tables("webhook"))
        {
            var text = section.Text("url", required: true);
            var isForMachines = !section.Has("template_file") && (!section.Has("template") || section.IsWord("template", Json));
            var policy = policies.Read(section, "webhook", isForMachines ? ChannelPolicy.ForMachines : ChannelPolicy.ForPeople);
            var (form, topic) = ReadForm(section, policy, isForMachines, page);
            var secret = SecretKey.Read(section, "secret");
            var wait = JsonPost.ReadWait(section);
            section.RefuseUnknownKeys();
            if (text is null || form is null)
            {
                continue;
            }

            if (UrlOf(section, text) is not { } url)
            {
                continue;
            }

            if (section.IsWord("template", Ntfy) && !url.AbsolutePath.EndsWith('/'))
            {
                section.Report("url", $"ntfy takes messages at its root alone, not at {url.AbsolutePath}: there it would show what is sent as it stands", $"write url = \"{url.GetLeftPart(UriPartial.Authority)}/\", or {url.AbsolutePath}/ in place of the / where a proxy serves it there, and the topic as topic = \"…\"");
                continue;
            }

            var robot = Array.Find(ForPeopleAlone, known => url.Host.Equals(known.Host, StringComparison.OrdinalIgnoreCase));
            if (isForMachines && robot.Mend is { } mend)
            {
                section.Report("url", $"{url.Host} does not understand template = \"json\", and what it does not show would count as taken", mend);
                continue;
            }

            if (robot.SaysInBody && form.Answer is null)
            {
                section.Report(
                    section.Has("template_file") ? "template_file" : "template",
                    $"{url.Host} answers 200 to what it refuses too, and the template has no answer: all would count as taken",
                    "let the template have \"answer\", with the member of the body that tells, as { \"member\": \"errcode\", \"good\": 0 } of WeCom and DingTalk");
                continue;
            }

            if (webhooks.Exists(webhook => webhook.Url == url && webhook.Topic == topic))
            {
                section.Report("url", "this url stands here a second time", "remove one");
            }
            else if (webhooks.Count == CountMax)
            {
                section.Report("url", $"there are more than {CountMax} webhooks", "let one receiver pass them on");
            }
            else
            {
                webhooks.Add(new WebhookOptions { Url = url, Policy = policy, Form = form, Topic = topic, Secret = secret, AnswerWithin = wait });
            }
        }

        return webhooks;
    }

    private static Uri? UrlOf(TomlSection section, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            section.Report("url", $"\"{text}\" is not a web address", "write url = \"https://host/path\"");
            return null;
        }

        if (url.UserInfo.Length > 0)
        {
            section.Report("url", "the url must hold no user and password", "put a secret into the path or query");
            return null;
        }

        return url;
    }

    private static (IWebhookForm? Form, string? Topic) ReadForm(TomlSection section, ChannelPolicy policy, bool isForMachines, PageAddress? page)
    {
        var name = section.Text("template");
        var template = section.Text("template_file") is { } file ? ReadFile(section, file)
            : name is null ? null
            : isForMachines ? null
            : Named(section, name);
        var topic = ReadTopic(section, isForMachines ? null : template);
        if (!isForMachines)
        {
            var voice = VoiceSection.Read(section, policy, page);
            return (template is null ? null : new TemplateForm(template, voice, topic), topic);
        }

        if (section.Text("language") is not null)
        {
            section.Report("language", "language means nothing for template = \"json\", which has both", "remove it, or name another template");
        }

        return (new NoticeForm(page), null);
    }

    private static string? ReadTopic(TomlSection section, WebhookTemplate? template)
    {
        var topic = section.Text("topic");
        if (topic is not null && template is not { NeedsTopic: true })
        {
            section.Report("topic", "the template has no {topic}", "remove topic, or name a template that has it");
        }
        else if (topic is null && template is { NeedsTopic: true })
        {
            section.Report(null, "the template needs a topic", "add topic = \"…\"");
        }
        else if (topic is not null && (topic.Length is 0 or > TopicLengthMax || topic.Any(char.IsControl)))
        {
            section.Report("topic", $"topic must be one line of 1 to {TopicLengthMax} characters", "shorten or fill it");
        }
        else if (topic is not null && section.IsWord("template", Ntfy) && !topic.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
        {
            section.Report("topic", $"ntfy refuses the topic \"{topic}\"", "use A-Z, a-z, 0-9, - and _ alone");
        }

        return topic;
    }

    private static WebhookTemplate? Named(TomlSection section, string name)
    {
        if (WebhookTemplate.All.TryGetValue(name, out var template))
        {
            return template;
        }

        section.Report(
            "template", $"\"{name}\" is no template",
            $"use one of {Json}, {string.Join(", ", WebhookTemplate.All.Keys.Order(StringComparer.Ordinal))}, or template_file = \"…\" for your own");
        return null;
    }

    private static WebhookTemplate? ReadFile(TomlSection section, string file)
    {
        if (section.Has("template"))
        {
            section.Report("template_file", "template and template_file are two forms for one message", "remove one of them");
            return null;
        }

        if (!Path.IsPathFullyQualified(file))
        {
            section.Report("template_file", $"template_file must be a file from / on: \"{file}\"", "write where it lies, for example /etc/pondsentinel/robot.json");
            return null;
        }

        try
        {
            if (new FileInfo(file).Length > WebhookTemplate.BytesMax)
            {
                section.Report("template_file", $"{file} is larger than {WebhookTemplate.BytesMax} bytes", "shorten it");
                return null;
            }

            List<Problem> problems = [];
            var template = WebhookTemplate.Read(file, File.ReadAllText(file), problems);
            foreach (var problem in problems)
            {
                section.Report(
                    "template_file", FormattableString.Invariant($"{problem.File}:{problem.Line}:{problem.Column}: {problem.What}"), problem.Mend);
            }

            return template;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            section.Report("template_file", $"it cannot be read: {e.Message}", "name a file that the user who runs the backend may read");
            return null;
        }
    }
}
