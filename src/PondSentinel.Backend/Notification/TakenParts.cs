namespace PondSentinel.Backend.Notification;

/// <summary>Which parts of a message a receiver has taken already, so that the next attempt is for the others alone: recipients of a mail,
/// or calls of a webhook. Forgotten with the process.</summary>
/// <param name="comparer">How parts are told apart.</param>
internal sealed class TakenParts(IEqualityComparer<string> comparer)
{
    // Far more than are ever set aside at once; what is asked for least lately is forgotten.
    private const int MessagesMax = 1_000;

    private readonly Dictionary<string, (HashSet<string> Parts, long AskedFor)> messages = new(StringComparer.Ordinal);
    private long asked;

    /// <summary>The parts of a message that were taken, to be added to.</summary>
    /// <param name="message">Id of the message.</param>
    public HashSet<string> Of(string message)
    {
        if (messages.Count == MessagesMax && !messages.ContainsKey(message))
        {
            messages.Remove(messages.MinBy(known => known.Value.AskedFor).Key);
        }

        var parts = messages.TryGetValue(message, out var kept) ? kept.Parts : new HashSet<string>(comparer);
        messages[message] = (parts, ++asked);
        return parts;
    }
}
