using System.Buffers;
using System.Security.Cryptography;

namespace PondSentinel.Wire;

/// <summary>The form of the names and epochs that stand in topics and payloads.</summary>
public static class Names
{
    /// <summary>Characters in an epoch.</summary>
    public const int EpochLength = 8;

    /// <summary>Hexadecimal digits in a schema.</summary>
    public const int SchemaLength = 8;

    private const int NameLengthMax = 32;
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly SearchValues<char> EpochCharacters = SearchValues.Create(Base32);
    private static readonly SearchValues<char> SchemaCharacters = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a site, gateway, station, device, channel or rule may be called so: <c>[a-z0-9-]{1,32}</c>.</summary>
    /// <param name="name">The name; null is not one.</param>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= NameLengthMax } && !name.AsSpan().ContainsAnyExcept(NameCharacters);

    /// <summary>Whether a text has the form of an epoch: 8 characters of base32.</summary>
    /// <param name="text">The text; null is not one.</param>
    public static bool IsEpoch(string? text) =>
        text is { Length: EpochLength } && !text.AsSpan().ContainsAnyExcept(EpochCharacters);

    /// <summary>A new epoch: 40 random bits, so that two never meet.</summary>
    public static string NewEpoch() => RandomNumberGenerator.GetString(Base32, EpochLength);

    /// <summary>Whether a text is the first 8 hexadecimal digits, lower case, of a schema's hash.</summary>
    /// <param name="text">The text; null is not one.</param>
    public static bool IsSchema(string? text) =>
        text is { Length: SchemaLength } && !text.AsSpan().ContainsAnyExcept(SchemaCharacters);
}
