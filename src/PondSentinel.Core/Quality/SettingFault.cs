namespace PondSentinel.Quality;

/// <summary>What is wrong with the settings of a test.</summary>
/// <param name="Key">The setting, as it is called in a file; null where it is about the test as a whole.</param>
/// <param name="What">What is wrong, as the end of a sentence that begins with the setting.</param>
/// <param name="Mend">What to do about it.</param>
public sealed record SettingFault(string? Key, string What, string Mend)
{
    /// <summary>What is wrong with the two thresholds that nearly every test has.</summary>
    /// <param name="suspect">The lower.</param>
    /// <param name="fail">The higher.</param>
    internal static SettingFault? Of(Threshold? suspect, Threshold? fail)
    {
        if (suspect is null && fail is null)
        {
            return new SettingFault(null, "flags nothing", "give suspect, fail or both, or take the test away");
        }

        if (suspect is { IsSound: false })
        {
            return new SettingFault("suspect", "must be 0 or more", "change it");
        }

        if (fail is { IsSound: false })
        {
            return new SettingFault("fail", "must be 0 or more", "change it");
        }

        return suspect is { } lower && fail is { } higher && !higher.IsAtLeast(lower)
            ? new SettingFault("fail", "must not be below suspect", "raise fail or lower suspect")
            : null;
    }
}
