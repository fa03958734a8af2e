namespace PondSentinel.Backend.Web.Public;

/// <summary>The station that everybody may see at <c>/public</c>, section <c>[web.public]</c>.</summary>
/// <param name="Site">Its site.</param>
/// <param name="Station">The station.</param>
/// <param name="Title">What people call the place; null: as its gateway does.</param>
/// <param name="TitleZh">The same in Chinese; null: the same.</param>
/// <param name="Do">What to do while a limit is exceeded; null: what this program says of water and of dust.</param>
/// <param name="DoZh">The same in Chinese; null: likewise.</param>
public sealed record PublicOptions(string Site, string Station, string? Title, string? TitleZh, string? Do, string? DoZh);
