namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>The form in which a receiver wants messages.</summary>
internal interface IWebhookForm
{
    /// <summary>The bodies of a message, one call each.</summary>
    /// <param name="message">The message.</param>
    IEnumerable<WebhookBody> BodiesOf(AlertMessage message);

    /// <summary>Whether each notice of a message has room, if only for a line.</summary>
    /// <param name="message">The message.</param>
    bool Holds(AlertMessage message) => true;

    /// <summary>What the body of a 2xx answer has to say; null where its status says all.</summary>
    AnswerRule? Answer { get; }
}

/// <summary>What is posted in one call.</summary>
/// <param name="Json">JSON in UTF-8.</param>
/// <param name="Notice">Id of the notice that it is of alone; null where it is of the whole message.</param>
/// <param name="Key">What it is the same call by, however often it comes: of A-Z, a-z, 0-9, '.', '-' and '_'.</param>
internal readonly record struct WebhookBody(byte[] Json, string? Notice, string Key);
