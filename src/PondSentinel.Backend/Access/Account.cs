using System.Globalization;
using System.Text;

namespace PondSentinel.Backend.Access;

/// <summary>Somebody who may sign in.</summary>
/// <param name="Id">Its number, for ever.</param>
/// <param name="Name">What others know them by: it stands beside all that they do.</param>
/// <param name="Role">What they may do.</param>
/// <param name="HasPassword">Whether they may sign in here; without a password only a proxy can speak for them.</param>
/// <param name="MadeAt">When it was made.</param>
public sealed record Account(long Id, string Name, Role Role, bool HasPassword, DateTimeOffset MadeAt)
{
    /// <summary>Longest name, in characters: what a name beside an alarm may have.</summary>
    public const int NameMax = Notification.Alarms.AlarmDesk.NameMax;

    /// <summary>What is wrong with a name, in a sentence; null where nothing is.</summary>
    /// <param name="name">The name.</param>
    public static string? FaultOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is 0 or > NameMax || !Rune.TryGetRuneAt(name, 0, out var first) || !Rune.IsLetterOrDigit(first) || !name.EnumerateRunes().All(MayStand)
            ? $"a name has 1 to {NameMax} letters and digits of any script, and . - _ @ after the first"
            : null;
    }

    /// <summary>What two names must not have in common: people do not heed the case of letters, nor see how one is composed.</summary>
    /// <param name="name">A name without a fault.</param>
    internal static string KeyOf(string name) => name.Normalize(NormalizationForm.FormC).ToLowerInvariant();

    // Some scripts write with marks behind a letter. What is half a character reads as one that is none of these.
    private static bool MayStand(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '-' or '_' or '@'
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
