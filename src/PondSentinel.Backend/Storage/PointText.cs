using PondSentinel.Measurements;

namespace PondSentinel.Backend.Storage;

/// <summary>Fields of a point that the stores keep as text, by the tokens of the wire.</summary>
internal static class PointText
{
    /// <summary>The reasons, comma between them; empty where there are none.</summary>
    public static string OfWhy(Why why) => why == Why.None ? "" : string.Join(',', WhyTokens.Tokens(why));

    /// <summary>Reads what <see cref="OfWhy"/> wrote.</summary>
    public static Why ParseWhy(string text) => text
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(Why.None, (why, token) => why | WhyTokens.Parse(token));
}
