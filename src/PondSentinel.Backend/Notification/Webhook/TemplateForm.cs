using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification.Wording;

namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>A whole message in one call, in the form of a template, for people.</summary>
/// <param name="template">The template.</param>
/// <param name="voice">How to speak.</param>
/// <param name="topic">The channel's topic, where the template needs one.</param>
internal sealed class TemplateForm(WebhookTemplate template, Voice voice, string? topic) : IWebhookForm
{
    public AnswerRule? Answer => template.Answer;

    public IEnumerable<WebhookBody> BodiesOf(AlertMessage message) =>
        [new WebhookBody(template.Render(new TemplateFields(message, MessageText.Of(message, voice), topic)), null, message.Id)];
}
