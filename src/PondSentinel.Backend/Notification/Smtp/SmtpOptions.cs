using MimeKit;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>How the way to a mail server is encrypted.</summary>
public enum SmtpTls
{
    /// <summary>By STARTTLS, which the server must offer.</summary>
    StartTls,

    /// <summary>From the first byte on.</summary>
    Tls,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>One mail server and who gets mail by it.</summary>
public sealed record SmtpOptions
{
    /// <summary>Name or address of the server.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public required int Port { get; init; }

    /// <summary>How the way there is encrypted.</summary>
    public SmtpTls Tls { get; init; }

    /// <summary>File with the authorities that may have signed the server's certificate, PEM; null: those of the system.</summary>
    public string? Authority { get; init; }

    /// <summary>User; null: the server asks for none.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>Sender.</summary>
    public required MailboxAddress From { get; init; }

    /// <summary>Who gets it, at least one.</summary>
    public required IReadOnlyList<MailboxAddress> To { get; init; }

    /// <summary>How the mails speak.</summary>
    public required Voice Voice { get; init; }

    /// <summary>Of what they tell, and how often.</summary>
    public ChannelPolicy Policy { get; init; } = ChannelPolicy.ForPeople;
}
