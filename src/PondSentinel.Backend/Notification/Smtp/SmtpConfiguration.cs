using System.Net;
using MimeKit;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>Reads the <c>[[smtp]]</c> tables of the backend's configuration: <c>host</c>, <c>port</c>, <c>tls</c>, <c>ca</c>, <c>user</c>,
/// <c>password</c> or <c>password_file</c>, <c>from</c>, <c>to</c>, <c>language</c>, and the keys of every channel.</summary>
public static class SmtpConfiguration
{
    /// <summary>Most of them.</summary>
    public const int CountMax = 8;

    /// <summary>Most recipients of one.</summary>
    public const int RecipientsMax = 50;

    private const int PortMax = 65_535;

    private static readonly Dictionary<string, SmtpTls> TlsWords = new(StringComparer.Ordinal)
    {
        ["starttls"] = SmtpTls.StartTls,
        ["tls"] = SmtpTls.Tls,
        ["none"] = SmtpTls.None,
    };

    /// <summary>Reads every one; one with a mistake is left out and the mistake listed.</summary>
    /// <param name="top">The top table of the file.</param>
    /// <param name="policies">Reads the keys of every channel.</param>
    /// <param name="page">Where people find the page; null where nobody has said.</param>
    public static IReadOnlyList<SmtpOptions> Read(TomlSection top, ChannelPolicyReader policies, PageAddress? page = null)
    {
        ArgumentNullException.ThrowIfNull(top);
        ArgumentNullException.ThrowIfNull(policies);
        List<SmtpOptions> all = [];
        foreach (var section in top.Tables("smtp"))
        {
            if (all.Count == CountMax)
            {
                section.Report(null, $"there are more than {CountMax} [[smtp]]", "give one of them more recipients");
            }
            else if (ReadOne(section, policies, page) is { } options)
            {
                all.Add(options);
            }
        }

        return all;
    }

    private static SmtpOptions? ReadOne(TomlSection section, ChannelPolicyReader policies, PageAddress? page)
    {
        var policy = policies.Read(section, "smtp", ChannelPolicy.ForPeople);
        var host = section.Text("host", required: true);
        var tls = section.Word("tls", TlsWords) ?? SmtpTls.StartTls;
        var port = section.Integer("port", 1, PortMax) ?? tls switch { SmtpTls.Tls => 465, SmtpTls.None => 25, _ => 587 };
        var (user, password) = (section.Text("user"), SecretKey.Read(section, "password"));
        var (from, to) = (Address(section, "from", section.Text("from", required: true)), Recipients(section));
        var authority = Authority(section, tls);
        var voice = VoiceSection.Read(section, policy, page);
        section.RefuseUnknownKeys();
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            section.Report("host", $"host of [smtp] is no name or address: \"{host}\"", "write host = \"mail.example\"");
            return null;
        }

        CheckPassword(section, host, tls, user);
        return host is null || from is null || to.Count == 0 ? null : new SmtpOptions
        {
            Host = host,
            Port = (int)port,
            Tls = tls,
            Authority = authority,
            User = user,
            Password = password,
            From = from,
            To = to,
            Voice = voice,
            Policy = policy,
        };
    }

    private static void CheckPassword(TomlSection section, string? host, SmtpTls tls, string? user)
    {
        var hasPassword = section.Has("password") || section.Has("password_file");
        if ((user is null) == hasPassword)
        {
            section.Report(user is null ? null : "user", "user and password of [smtp] go together", "add password_file = \"…\" and user = \"…\", or remove both");
        }

        if (hasPassword && tls == SmtpTls.None && !IsLoopback(host))
        {
            section.Report("tls", $"the password would go to {host} for everybody to read", "write tls = \"starttls\" or tls = \"tls\"");
        }
    }

    /// <summary>Whether a host is this machine.</summary>
    internal static bool IsLoopback(string? host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string? Authority(TomlSection section, SmtpTls tls)
    {
        var file = section.Text("ca");
        if (file is not null && tls == SmtpTls.None)
        {
            section.Report("ca", "ca of [smtp] means nothing without TLS", "write tls = \"starttls\" or tls = \"tls\"");
        }
        else if (file is not null && !Path.IsPathFullyQualified(file))
        {
            section.Report("ca", $"ca of [smtp] must be a file from / on: \"{file}\"", "write where it lies, for example /etc/pondsentinel/tls/mail-ca.pem");
        }

        return file;
    }

    private static List<MailboxAddress> Recipients(TomlSection section)
    {
        var texts = section.Texts("to", required: true) ?? [];
        if (section.Has("to") && texts.Count is 0 or > RecipientsMax)
        {
            section.Report("to", $"to of [smtp] must be 1 to {RecipientsMax} addresses", "make another [[smtp]], or use a mailing list");
        }

        return [.. texts.Select(text => Address(section, "to", text)).OfType<MailboxAddress>()];
    }

    private static MailboxAddress? Address(TomlSection section, string key, string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!text.Any(char.IsControl) && MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal))
        {
            return address;
        }

        section.Report(key, $"{key} of [smtp] is no mail address: \"{text}\"", $"write {key} = {(key == "to" ? "[\"li@example.org\"]" : "\"Pond <pond@example.org>\"")}");
        return null;
    }
}
