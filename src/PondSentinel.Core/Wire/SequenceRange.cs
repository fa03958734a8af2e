namespace PondSentinel.Wire;

/// <summary>Consecutive sequence numbers of one epoch, both ends included.</summary>
/// <param name="First">First number, 0 or more.</param>
/// <param name="Last">Last number, not below <paramref name="First"/>.</param>
public readonly record struct SequenceRange(long First, long Last)
{
    /// <summary>The largest number a record may have: 2^53 - 1, which every JSON reader keeps exact.</summary>
    public const long SequenceMax = (1L << 53) - 1;

    /// <summary>How many numbers it holds.</summary>
    public long Count => Last - First + 1;

    /// <summary>Whether a number lies in it.</summary>
    /// <param name="sequence">The number.</param>
    public bool Contains(long sequence) => sequence >= First && sequence <= Last;
}

/// <summary>The identity of a record for ever: who numbered it, and the number. With the gateway, the key by which
/// duplicates are known.</summary>
/// <param name="Epoch">The epoch: one life of a gateway process.</param>
/// <param name="Sequence">The number within it.</param>
public readonly record struct RecordId(string Epoch, long Sequence);

/// <summary>Why records will never come. The closed list of the wire.</summary>
public enum LossCause
{
    /// <summary>The buffer was full and they were the oldest.</summary>
    Full,

    /// <summary>They were thinned: a record with a higher number stands for them.</summary>
    Thin,

    /// <summary>They cannot be read back: the medium failed.</summary>
    Bad,

    /// <summary>The file system had no room for them.</summary>
    Space,

    /// <summary>Not lost: a backend had said that it has them before they were given up. One that forgot it asks for them.</summary>
    Had,

    /// <summary>A cause that this version does not know; its name is in the archive.</summary>
    Other,
}

/// <summary>Names of <see cref="LossCause"/> on the wire.</summary>
public static class LossCauses
{
    extension(LossCause cause)
    {
        /// <summary>The token on the wire.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined cause.</exception>
        public string Token => cause switch
        {
            LossCause.Full => "full",
            LossCause.Thin => "thin",
            LossCause.Bad => "bad",
            LossCause.Space => "space",
            LossCause.Had => "had",
            LossCause.Other => "other",
            _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "Not a defined cause."),
        };
    }

    /// <summary>Reads a token.</summary>
    /// <param name="token">A token from the wire.</param>
    /// <param name="cause">The cause, where the token is known.</param>
    public static bool TryParse(string token, out LossCause cause)
    {
        foreach (var candidate in Enum.GetValues<LossCause>())
        {
            if (string.Equals(candidate.Token, token, StringComparison.Ordinal))
            {
                cause = candidate;
                return true;
            }
        }

        cause = default;
        return false;
    }
}

/// <summary>Records that will never come, with the cause.</summary>
/// <param name="Range">Their numbers.</param>
/// <param name="Cause">Why.</param>
public readonly record struct GoneRange(SequenceRange Range, LossCause Cause);
