using System.Net.Sockets;
using System.Security.Cryptography;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>Sends mail. README.md of this folder tells what becomes of which answer.</summary>
/// <remarks>Who has got a mail does not get it again when it is tried again for the others; that is forgotten with the process, and then
/// the Message-Id, which stays the same, shows that it is the same mail. Who is put off for ten minutes while others take theirs is
/// waited for no longer, with this mail and the next, until the server takes one for them.</remarks>
public sealed class SmtpChannel : INotificationChannel
{
    private static readonly TimeSpan DoneWithin = TimeSpan.FromSeconds(60);

    // A server that has all of a mail may look into it for long before it says so; who does not wait sends it twice (RFC 5321 4.5.3.2.6
    // has ten minutes). Half of that, since all else of this channel waits too.
    private static readonly TimeSpan AnsweredWithin = TimeSpan.FromMinutes(5);

    // A mailbox that is full stays so for weeks, and what lists senders it does not know yet asks for some minutes.
    private static readonly TimeSpan WaitsForOne = TimeSpan.FromMinutes(10);

    private readonly SmtpOptions options;
    private readonly MailBuilder builder;
    private readonly TimeProvider time;
    private readonly ILogger<SmtpChannel> logger;
    private readonly TakenParts takenParts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, long> refusedSince = new(StringComparer.OrdinalIgnoreCase);
    private HashSet<string> settled = [];
    private bool isSending;

    /// <summary>Makes a channel.</summary>
    /// <param name="options">The server, and who gets mail.</param>
    /// <param name="curves">Draws the curve of a notice, PNG; null where nothing is kept of its channel.</param>
    /// <param name="time">Clock for the time limit.</param>
    /// <param name="logger">Where recipients are told that a server does not take.</param>
    public SmtpChannel(SmtpOptions options, Func<AlertNotice, byte[]?> curves, TimeProvider time, ILogger<SmtpChannel> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, builder, this.time, this.logger) = (options, new MailBuilder(options, curves), time, logger);

        FormerName = $"smtp {options.Host} {options.Policy.Name}";
    }

    /// <inheritdoc/>
    public string Name => options.Policy.Name;

    /// <inheritdoc/>
    public string? FormerName { get; }

    /// <inheritdoc/>
    public ChannelPolicy Policy => options.Policy;

    /// <inheritdoc/>
    public async Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        (settled, isSending) = (takenParts.Of(message.Id), false);
        using var limit = new CancellationTokenSource(DoneWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await SendAsync(builder.Build(message), new DataBegun(() => limit.CancelAfter(AnsweredWithin)), either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return DeliveryResult.NotNow("no answer in time") with
            {
                MayBeTaken = MayBeTaken,
                IsPartlyTaken = settled.Count > 0,
                IsAway = !isSending,
            };
        }
        catch (SmtpCommandException e) when (e.ErrorCode == SmtpErrorCode.MessageNotAccepted && (int)e.StatusCode >= 500)
        {
            return settled.Count == 0
                ? DeliveryResult.Refused(Reason(e))
                : MissedBy([.. options.To.Where(to => !settled.Contains(to.Address)).Select(to => (to.Address, Reason(e)))]);
        }
        catch (Exception e) when (e is SmtpCommandException or SmtpProtocolException or AuthenticationException or SslHandshakeException
            or IOException or SocketException or TimeoutException or NotSupportedException or ServiceNotAuthenticatedException or ServiceNotConnectedException
            or CryptographicException)
        {
            return DeliveryResult.NotNow(Reason(e)) with
            {
                MayBeTaken = MayBeTaken && (settled.Count > 0 || e is not SmtpCommandException),
                IsPartlyTaken = settled.Count > 0,
                IsAway = !isSending,
            };
        }
    }

    // Somebody has it, or the connection broke after the mail was on its way.
    private bool MayBeTaken => settled.Count > 0 || isSending;

    private async Task<DeliveryResult> SendAsync(MimeMessage mail, DataBegun begun, CancellationToken cancellationToken)
    {
        List<MailboxAddress> open = [.. options.To.Where(to => !settled.Contains(to.Address))];
        if (open.Count == 0)
        {
            // All have got it, and the connection broke at the farewell.
            return DeliveryResult.Delivered;
        }

        using var connection = new OneConnection(options);
        await connection.OpenAsync(cancellationToken);
        isSending = true;
        try
        {
            begun.On(connection, AnsweredWithin);
            await connection.SendAsync(mail, options.From, open, cancellationToken, begun);
        }
        catch (SmtpCommandException) when (connection.Refused.Count == open.Count)
        {
            // Nobody was accepted; what the server said to each tells whether that is for good.
        }

        var waiting = connection.Refused.Where(refused => !refused.IsForGood).ToList();
        isSending = false;
        NoteRefusals(open, waiting);
        settled.UnionWith(open.Select(to => to.Address).Except(connection.Refused.Select(refused => refused.Address), StringComparer.OrdinalIgnoreCase));
        await connection.DisconnectAsync(quit: true, cancellationToken);
        return ResultOf(connection.Refused, waiting);
    }

    private void NoteRefusals(List<MailboxAddress> open, List<RefusedRecipient> waiting)
    {
        foreach (var address in open.Select(to => to.Address))
        {
            if (!waiting.Exists(refused => refused.Address.Equals(address, StringComparison.OrdinalIgnoreCase)))
            {
                refusedSince.Remove(address);
            }
            else
            {
                refusedSince.TryAdd(address, time.GetTimestamp());
            }
        }
    }

    // Where nobody has it, it is the server or the mail, and no mailbox.
    private DeliveryResult ResultOf(List<RefusedRecipient> refused, List<RefusedRecipient> waiting)
    {
        var isStuck = settled.Count > 0 && waiting.TrueForAll(one => time.GetElapsedTime(refusedSince[one.Address]) >= WaitsForOne);
        if (waiting is [var first, ..] && !isStuck)
        {
            return DeliveryResult.NotNow($"{first.Address}: {first.Reason}") with
            {
                MayBeTaken = settled.Count > 0, IsPartlyTaken = settled.Count > 0,
            };
        }

        var missed = MissedBy([.. refused.Select(one => (one.Address, one.Reason))]);
        return refused.Count == 0
            ? DeliveryResult.Delivered
            : settled.Count == 0
            ? DeliveryResult.Refused($"every recipient: {refused[0].Reason}")
            : missed;
    }

    // Delivered, and who has not got it is told in the journal.
    private DeliveryResult MissedBy((string Address, string Reason)[] refused)
    {
        foreach (var (address, reason) in refused)
        {
            logger.LogError("{Channel} takes no mail for {Recipient}: {Reason}", Name, address, reason);
        }

        return DeliveryResult.Delivered with { Missed = [.. refused.Select(one => $"{one.Address}: {one.Reason}")] };
    }

    // What a server says comes from outside.
    private string Reason(Exception e) => e switch
    {
        SmtpCommandException command => FormattableString.Invariant($"{(int)command.StatusCode} {PlainLine.Of(e.Message, 200)}"),
        SocketException => FormattableString.Invariant($"{PlainLine.Of(e.Message, 200)} ({options.Host}:{options.Port})"),
        _ => PlainLine.Of(e.Message, 200),
    };
}
