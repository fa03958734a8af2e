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

    public bool Holds(AlertMessage message) => template.Holds(FieldsOf(message));

    public IEnumerable<WebhookBody> BodiesOf(AlertMessage message) => [new WebhookBody(template.Render(FieldsOf(message)), null, message.Id)];

    private TemplateFields FieldsOf(AlertMessage message) => new(message, MessageText.Of(message, voice), topic, voice.Page);
}
