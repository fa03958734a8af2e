using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PondSentinel.Backend.Access;

/// <summary>What is kept of passwords, and what one must be like.</summary>
/// <remarks>The framework's hash: PBKDF2 with HMAC-SHA512 and a salt of its own, which carries its parameters with it. Thread-safe.</remarks>
/// <param name="iterations">Rounds for each new hash. Default: what OWASP asks for of this hash (Password Storage Cheat Sheet, 2023).
/// </param>
internal sealed class Passwords(int iterations = 210_000)
{
    /// <summary>Shortest and longest password, in characters.</summary>
    public const int LengthMin = 12, LengthMax = 128;

    private const int DistinctMin = 5;
    private static readonly object Nobody = new();

    private readonly PasswordHasher<object> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }));

    /// <summary>What is wrong with a new password, in a sentence that does not tell it; null where nothing is.</summary>
    /// <param name="name">Whose it is to be.</param>
    /// <param name="password">The password.</param>
    public static string? FaultOf(string name, string password) =>
        password.Length is < LengthMin or > LengthMax
            ? string.Create(CultureInfo.InvariantCulture, $"a password has {LengthMin} to {LengthMax} characters; take four or five words that do not go together")
        : password.Any(char.IsControl) || !IsText(password) ? "a password has no control characters"
        : password.Distinct().Count() < DistinctMin || password.Contains(name, StringComparison.OrdinalIgnoreCase)
            ? "this password is guessed at once: it has the name in it, or hardly any different characters; take four or five words that do not go together"
        : null;

    /// <summary>What to keep of a password.</summary>
    /// <param name="password">The password.</param>
    public string HashOf(string password) => hasher.HashPassword(Nobody, password);

    /// <summary>Whether a password is the one that a hash is of, and whether the hash should be made anew.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="password">What somebody says is the password.</param>
    public (bool IsRight, bool IsOld) Check(string hash, string password)
    {
        // Who sends a novel has it hashed no further than others.
        if (password.Length > LengthMax || !IsText(password))
        {
            password = "";
        }

        var result = hasher.VerifyHashedPassword(Nobody, hash, password);
        return (result != PasswordVerificationResult.Failed, result == PasswordVerificationResult.SuccessRehashNeeded);
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
