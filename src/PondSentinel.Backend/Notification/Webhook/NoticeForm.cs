using System.Text.Json;
using System.Text.Json.Nodes;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>Each notice as a JSON object of its own, for machines. README.md of this folder describes it.</summary>
/// <param name="page">Where people find the page; null where nobody has said.</param>
internal sealed class NoticeForm(PageAddress? page = null) : IWebhookForm
{
    private static readonly Voice Utc = new([Language.English, Language.Chinese], TimeSpan.Zero);

    public AnswerRule? Answer => null;

    public IEnumerable<WebhookBody> BodiesOf(AlertMessage message) =>
    [
        .. message.Notices.Count == 0 || message.Dropped > 0 ? [new WebhookBody(OfMessage(message), null, IdOf(message))] : (WebhookBody[])[],
        .. message.Notices.Select(notice => new WebhookBody(
            page is null && message.Kind == MessageKind.Alert && message.LaterOf(notice) is null
                ? JsonSerializer.SerializeToUtf8Bytes(notice, AlertJson.Lines.AlertNotice)
                : More(notice, message),
            notice.Id,
            message.Kind == MessageKind.Alert ? notice.Id : $"{message.Id}.{notice.Id}")),
    ];

    private static string IdOf(AlertMessage message) => message.Dropped > 0 ? $"{message.Id}.dropped" : message.Id;

    private byte[] More(AlertNotice notice, AlertMessage message)
    {
        var body = JsonSerializer.SerializeToNode(notice, AlertJson.Lines.AlertNotice)!.AsObject();
        if (page is not null)
        {
            body.Add("page", page.Of(notice.Episode).AbsoluteUri);
        }

        if (message.LaterOf(notice) is { } later)
        {
            body["summary"] = NoticeText.Of(notice, Language.English, TimeSpan.Zero, later).Sentence;
            body["summaryZh"] = NoticeText.Of(notice, Language.Chinese, TimeSpan.Zero, later).Sentence;
            body["later"] = JsonSerializer.SerializeToNode(later, MessageJson.Lines.LaterState);
        }

        if (message.Kind != MessageKind.Alert)
        {
            // Who drops what it has seen must be able to tell that this is meant to come again.
            body.Add("message", message.Id);
            body.Add("kind", KindOf(message));
        }

        return Bytes(body);
    }

    // Of a test, of what cannot be read, and where notices were dropped.
    private static byte[] OfMessage(AlertMessage message)
    {
        var texts = MessageText.Of(message, Utc);
        return Bytes(new JsonObject
        {
            ["v"] = message.Version,
            ["id"] = IdOf(message),
            ["message"] = message.Id,
            ["kind"] = message.Unreadable.Count > 0 ? "unreadable" : message.Dropped > 0 ? "dropped" : KindOf(message),
            ["severity"] = message.Unreadable.Count > 0 ? message.Urgency.Word : null,
            ["dropped"] = message.Dropped > 0 ? message.Dropped : null,
            ["summary"] = string.Join(' ', texts[0].Intro),
            ["summaryZh"] = string.Join(' ', texts[1].Intro),
        });
    }

    private static string KindOf(AlertMessage message) => JsonNamingPolicy.CamelCase.ConvertName(message.Kind.ToString());

    private static byte[] Bytes(JsonObject body) => JsonSerializer.SerializeToUtf8Bytes(body, AlertJson.Lines.JsonObject);
}
