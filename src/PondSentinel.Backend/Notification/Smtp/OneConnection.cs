using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>What a server said to one recipient.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="IsForGood">Whether it will never take mail for them.</param>
/// <param name="Reason">What it said, one line.</param>
internal sealed record RefusedRecipient(string Address, bool IsForGood, string Reason);

/// <summary>One connection to a mail server, for one mail. A recipient that is refused does not keep the others from theirs.</summary>
internal sealed class OneConnection : SmtpClient
{
    private const int AnswerWithinMs = 20_000;
    private readonly SmtpOptions options;

    /// <summary>Makes one, not connected yet.</summary>
    /// <param name="options">The server.</param>
    public OneConnection(SmtpOptions options)
    {
        this.options = options;
        Timeout = AnswerWithinMs;

        // A list of who was revoked would have to be loaded from somewhere else, at three in the morning.
        CheckCertificateRevocation = false;
        if (options.Authority is { } file)
        {
            ServerCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0
                && certificate is X509Certificate2 shown && IsSignedBy(shown, file);
        }
    }

    /// <summary>Who was refused.</summary>
    public List<RefusedRecipient> Refused { get; } = [];

    /// <summary>Connects and makes itself known.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await ConnectAsync(
            options.Host, options.Port,
            options.Tls switch
            {
                SmtpTls.Tls => SecureSocketOptions.SslOnConnect,
                SmtpTls.StartTls => SecureSocketOptions.StartTls,
                _ => SecureSocketOptions.None,
            },
            cancellationToken);
        if (options.User is not { } user)
        {
            return;
        }

        // The configuration has been checked for this; a mistake there must not give the password away.
        if (!IsSecure && !SmtpConfiguration.IsLoopback(options.Host))
        {
            throw new AuthenticationException("the way to the server is not encrypted, so the password stays here");
        }

        await AuthenticateAsync(user, options.Password ?? "", cancellationToken);
    }

    /// <inheritdoc/>
    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        Refused.Add(new RefusedRecipient(mailbox.Address, (int)response.StatusCode >= 500, Said(response)));

    /// <inheritdoc/>
    protected override void OnNoRecipientsAccepted(MimeMessage message)
    {
        // Refused tells of each.
    }

    /// <summary>What a server said, as one line.</summary>
    /// <param name="response">Its answer.</param>
    public static string Said(SmtpResponse response) =>
        FormattableString.Invariant($"{(int)response.StatusCode} {PlainLine.Of(response.Response, 200)}");

    private static bool IsSignedBy(X509Certificate2 shown, string file)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        return chain.Build(shown);
    }
}
