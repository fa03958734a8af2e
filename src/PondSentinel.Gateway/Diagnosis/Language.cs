namespace PondSentinel.Gateway.Diagnosis;

/// <summary>A language that people at the site are told things in.</summary>
internal enum Language
{
    /// <summary>English.</summary>
    English,

    /// <summary>Chinese, simplified.</summary>
    Chinese,
}

/// <summary>Which language somebody wants.</summary>
internal static class Languages
{
    private static readonly string[] Variables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    /// <summary>By the name that was given, else by the environment as POSIX has it: LC_ALL, LC_MESSAGES, LANG.</summary>
    /// <param name="named"><c>en</c>, <c>zh</c>, or null for nobody's word.</param>
    /// <param name="environment">Gives a variable of the environment.</param>
    public static Language Of(string? named, Func<string, string?> environment)
    {
        var wanted = named ?? Variables.Select(environment).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return wanted?.StartsWith("zh", StringComparison.Ordinal) == true ? Language.Chinese : Language.English;
    }
}
