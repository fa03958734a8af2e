using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Notification.Wording;

/// <summary>What a message says around its notices, in one language.</summary>
internal abstract class MessageWords
{
    private static readonly EnglishMessageWords English = new();
    private static readonly ChineseMessageWords Chinese = new();

    /// <summary>The words of a language.</summary>
    /// <param name="language">The language.</param>
    public static MessageWords Of(Language language) => language switch
    {
        Language.English => English,
        Language.Chinese => Chinese,
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, "Not a defined language."),
    };

    /// <summary>A few words for a subject or a lock screen.</summary>
    /// <param name="message">The message.</param>
    /// <param name="first">Title of its most urgent notice; null where it has none.</param>
    public abstract string Subject(AlertMessage message, string? first);

    /// <summary>What stands above the notices: why it comes, where that is not plain news.</summary>
    /// <param name="message">The message.</param>
    public abstract IEnumerable<string> Intro(AlertMessage message);

    /// <summary>An alarm that comes and goes.</summary>
    /// <param name="flap">What is known of it.</param>
    /// <param name="since">Its first beginning, by the clocks of those who read.</param>
    public abstract string Flapping(FlapReport flap, string since);

    /// <summary>An alarm that somebody has taken on.</summary>
    /// <param name="acknowledgement">Who, and what they said.</param>
    /// <param name="at">When, by the clocks of those who read.</param>
    public abstract string Acknowledged(Acknowledgement acknowledgement, string at);
}
