using PondSentinel.Backend.Alerting.Wording;

namespace PondSentinel.Backend.Web;

/// <summary>The language of whoever reads: what the address says by <c>lang</c>, else what the browser says of its user, else
/// English.</summary>
internal static class ReadersLanguage
{
    /// <summary>The parameter.</summary>
    public const string Parameter = "lang";

    /// <summary>What is wrong with another <c>lang</c>.</summary>
    public const string Fault = "lang is en or zh";

    private const string English = "en", Chinese = "zh";

    /// <summary>Finds it.</summary>
    /// <param name="request">The request, hostile.</param>
    /// <returns>The language; null where <c>lang</c> names none that is spoken here.</returns>
    public static Language? Of(HttpRequest request) => request.Query.TryGetValue(Parameter, out var wanted)
        ? Named(wanted is [{ } only] ? only : "")
        : request.GetTypedHeaders().AcceptLanguage.OrderByDescending(item => item.Quality ?? 1)
            .Select(item => Named((item.Value.Value ?? "").Split('-')[0].ToLowerInvariant())).FirstOrDefault(language => language is not null)
            ?? Language.English;

    /// <summary>The language of a code.</summary>
    /// <param name="code"><c>en</c> or <c>zh</c>.</param>
    /// <returns>It; null where it is none that is spoken here.</returns>
    public static Language? Named(string code) => code switch
    {
        English => Language.English,
        Chinese => Language.Chinese,
        _ => null,
    };

    /// <summary>The code of a language.</summary>
    /// <param name="language">The language.</param>
    public static string CodeOf(Language language) => language == Language.Chinese ? Chinese : English;
}
