using System.Security.Cryptography;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;

namespace PondSentinel.Backend.Notification.Smtp;

/// <summary>Makes a mail of a message: plain and HTML, with the curves of what it is about.</summary>
/// <param name="options">Sender, recipients, language.</param>
/// <param name="curves">Draws the curve of a notice, PNG; null where nothing is kept of its channel.</param>
internal sealed class MailBuilder(SmtpOptions options, Func<AlertNotice, byte[]?> curves)
{
    private const int SubjectLengthMax = 180;
    private const int CurvesMax = 4;
    private const int ReferencesMax = 20;

    /// <summary>Makes the mail.</summary>
    /// <param name="message">The message.</param>
    public MimeMessage Build(AlertMessage message)
    {
        var texts = MessageText.Of(message, options.Voice);
        var subject = PlainSubject(texts);
        var mail = new MimeMessage
        {
            MessageId = IdOf(message.Id),
            Date = message.MadeAt.ToOffset(options.Voice.UtcOffset),
            Subject = subject,
            Priority = message.Urgency >= Severity.High ? MessagePriority.Urgent : MessagePriority.Normal,
            Importance = message.Urgency >= Severity.High ? MessageImportance.High : MessageImportance.Normal,
        };
        mail.From.Add(options.From);
        mail.To.AddRange(options.To);

        // Nobody's holiday note is to answer.
        mail.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        foreach (var episode in message.Notices.Select(notice => notice.Episode).Distinct(StringComparer.Ordinal).Take(ReferencesMax))
        {
            // Of a mail that never was: all mails of an episode hang on it, whichever of them arrive.
            mail.References.Add(IdOf($"episode {episode}"));
        }

        if (mail.References.Count > 0)
        {
            mail.InReplyTo = mail.References[0];
        }

        mail.Body = Body(message, texts, subject);
        return mail;
    }

    private static string PlainSubject(IReadOnlyList<MessageText> texts) => PlainLine.Of(
        string.Join(" | ", texts.Select(text => text.Subject)), SubjectLengthMax);

    private MultipartAlternative Body(AlertMessage message, IReadOnlyList<MessageText> texts, string subject)
    {
        var related = new MultipartRelated();
        List<MailPicture> pictures = [];
        foreach (var notice in MessageText.InOrder(message))
        {
            if (pictures.Count < CurvesMax && curves(notice) is { } png)
            {
                var image = new MimePart("image", "png")
                {
                    Content = new MimeContent(new MemoryStream(png)),
                    ContentId = MimeUtils.GenerateMessageId(Domain),
                    ContentDisposition = new ContentDisposition(ContentDisposition.Inline) { FileName = "curve.png" },
                    ContentTransferEncoding = ContentEncoding.Base64,
                };
                related.Add(image);
                pictures.Add(new MailPicture(notice.Id, image.ContentId));
            }
        }

        related.Root = new TextPart("html") { Text = MailHtml.Of(texts, subject, pictures, MessageText.InOrder(message)) };
        return new MultipartAlternative(
            new TextPart("plain") { Text = string.Join("\n\n----\n\n", texts.Select(text => string.Join('\n', text.Lines).TrimStart('\n'))) + "\n" },
            pictures.Count > 0 ? related : related.Root);
    }

    private string Domain => options.From.Address[(options.From.Address.LastIndexOf('@') + 1)..];

    private string IdOf(string text) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16))}@{Domain}";
}

/// <summary>A picture within a mail.</summary>
/// <param name="Notice">Id of the notice that it belongs to.</param>
/// <param name="ContentId">How the text names it.</param>
internal sealed record MailPicture(string Notice, string ContentId);
