namespace PondSentinel.Backend.Notification.Webhook;

/// <summary>The form in which a receiver wants messages.</summary>
internal interface IWebhookForm
{
    /// <summary>The bodies of a message, JSON in UTF-8, one call each.</summary>
    /// <param name="message">The message.</param>
    IEnumerable<byte[]> BodiesOf(AlertMessage message);

    /// <summary>What the body of a 2xx answer has to say; null where its status says all.</summary>
    AnswerRule? Answer { get; }
}
