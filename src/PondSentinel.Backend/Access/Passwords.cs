using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PondSentinel.Backend.Access;

/// <summary>What is kept of passwords, and what one must be like.</summary>
/// <remarks>The framework's hash: PBKDF2 with HMAC-SHA512 and a salt of its own, which carries its parameters with it. Thread-safe.</remarks>
/// <param name="iterations">Rounds for each new hash. Default: what OWASP asks for of this hash (Password Storage Cheat Sheet, 2023).
/// </param>
/// <param name="hasher">Does the work; null for the framework's.</param>
internal sealed class Passwords(int iterations = 210_000, IPasswordHasher<object>? hasher = null)
{
    /// <summary>Shortest and longest password, in characters.</summary>
    public const int LengthMin = 12, LengthMax = 128;

    private const int DistinctMin = 5;

    // A shorter name stands in a good password by chance.
    private const int NameInMin = 3;
    private const byte FormatMark = 1;
    private const uint Sha512Mark = 2;
    private const int HeadBytes = 13, SaltBytes = 16, KeyBytes = 32, HashBytesMax = 256;
    private static readonly object Nobody = new();

    private readonly IPasswordHasher<object> hasher =
        hasher ?? new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));

    /// <summary>What is wrong with a new password, in a sentence that does not tell it; null where nothing is.</summary>
    /// <param name="name">Whose it is to be.</param>
    /// <param name="password">The password.</param>
    public static string? FaultOf(string name, string password) =>
        password.Length is < LengthMin or > LengthMax
            ? string.Create(CultureInfo.InvariantCulture, $"a password has {LengthMin} to {LengthMax} characters; take four or five words that do not go together")
        : password.Any(char.IsControl) || !IsText(password) ? "a password has no control characters"
        : password.Distinct().Count() < DistinctMin || (name.Length >= NameInMin && password.Contains(name, StringComparison.OrdinalIgnoreCase))
            ? "this password is guessed at once: it has the name in it, or hardly any different characters; take four or five words that do not go together"
        : null;

    /// <summary>What to keep of a password.</summary>
    /// <param name="password">The password.</param>
    public string HashOf(string password) => hasher.HashPassword(Nobody, password);

    /// <summary>Whether a password is the one that a hash is of, and whether the hash should be made anew. What is wrong takes as long
    /// whatever it is, so that nobody learns from the time an answer takes who has an account.</summary>
    /// <param name="hash">The hash; null where there is none.</param>
    /// <param name="password">What somebody says is the password.</param>
    public (bool IsRight, bool IsOld) Check(string? hash, string password)
    {
        // Who sends a novel has it hashed no further than others.
        if (password.Length > LengthMax || !IsText(password))
        {
            password = "";
        }

        var result = hasher.VerifyHashedPassword(Nobody, hash ?? HashOfNobody(iterations), password);
        if (hash is null || result == PasswordVerificationResult.Failed)
        {
            // A hash of before more rounds were wanted would be told by its haste.
            if (hash is not null && iterations - RoundsOf(hash) is > 0 and var lacking)
            {
                hasher.VerifyHashedPassword(Nobody, HashOfNobody(lacking), password);
            }

            return (false, false);
        }

        return (true, result == PasswordVerificationResult.SuccessRehashNeeded);
    }

    /// <summary>How many rounds a hash is of: the framework's format 3 says so after its mark and its function. 0: it says nothing.</summary>
    /// <param name="hash">The hash.</param>
    internal static int RoundsOf(string hash)
    {
        Span<byte> bytes = stackalloc byte[HashBytesMax];
        return Convert.TryFromBase64String(hash, bytes, out var length) && length > HeadBytes && bytes[0] == FormatMark
            ? (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) : 0;
    }

    // Of no password, in the framework's format 3: mark, HMAC-SHA512, rounds, bytes of salt, salt, key.
    private static string HashOfNobody(int rounds)
    {
        var bytes = RandomNumberGenerator.GetBytes(HeadBytes + SaltBytes + KeyBytes);
        bytes[0] = FormatMark;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), Sha512Mark);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), rounds);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(9), SaltBytes);
        return Convert.ToBase64String(bytes);
    }

    // A half of a pair of surrogates is no character, and has no bytes that it would be hashed as.
    private static bool IsText(string password)
    {
        foreach (var rune in password.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
