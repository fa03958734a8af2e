namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>A language that people are told in.</summary>
public enum Language
{
    /// <summary>English.</summary>
    English,

    /// <summary>Chinese, simplified.</summary>
    Chinese,
}

/// <summary>How a channel speaks to those who read it.</summary>
/// <param name="Languages">The languages, in the order in which they come; at least one.</param>
/// <param name="UtcOffset">What the clocks of those who read are ahead of UTC.</param>
public sealed record Voice(IReadOnlyList<Language> Languages, TimeSpan UtcOffset)
{
    /// <summary>Where those who read find the page; null where nobody has said.</summary>
    public PageAddress? Page { get; init; }

    /// <summary>Words of <c>language</c> in a configuration.</summary>
    public static IReadOnlyDictionary<string, Speech> ByWord { get; } = new Dictionary<string, Speech>(StringComparer.Ordinal)
    {
        ["en"] = Speech.English,
        ["zh"] = Speech.Chinese,
        ["both"] = Speech.Both,
    };

    /// <summary>The languages of a word.</summary>
    /// <param name="speech">The word's meaning.</param>
    public static IReadOnlyList<Language> LanguagesOf(Speech speech) => speech switch
    {
        Speech.English => [Language.English],
        Speech.Chinese => [Language.Chinese],
        Speech.Both => [Language.Chinese, Language.English],
        _ => throw new ArgumentOutOfRangeException(nameof(speech), speech, "Not a defined way to speak."),
    };
}

/// <summary>Which languages a channel speaks.</summary>
public enum Speech
{
    /// <summary>English.</summary>
    English,

    /// <summary>Chinese.</summary>
    Chinese,

    /// <summary>Both, Chinese first.</summary>
    Both,
}
