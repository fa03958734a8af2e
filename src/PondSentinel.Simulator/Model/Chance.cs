using System.Text;

namespace PondSentinel.Simulator.Model;

/// <summary>Chance without a sequence: a number is a function of the seed, of what it is for and of an index, so that
/// asking more or less often changes nothing. Pure.</summary>
internal static class Chance
{
    /// <summary>A number from 0 up to and without 1, evenly spread.</summary>
    /// <param name="seed">The world.</param>
    /// <param name="what">What it is for, for example a channel.</param>
    /// <param name="index">Which one, for example a time step.</param>
    public static double Even(ulong seed, ulong what, long index) =>
        (Mix(Mix(Mix(seed) ^ what) ^ unchecked((ulong)index)) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Noise of mean 0 and standard deviation 1 that never leaves -3 to 3: the sum of four even numbers.</summary>
    /// <param name="seed">The world.</param>
    /// <param name="what">What it is for.</param>
    /// <param name="index">Which one.</param>
    public static double Noise(ulong seed, ulong what, long index)
    {
        var sum = 0.0;
        for (var term = 0UL; term < 4; term++)
        {
            sum += Even(seed, Mix(what) ^ term, index);
        }

        // Four even numbers have the mean 2 and the variance 4/12.
        return Math.Clamp((sum - 2) * Math.Sqrt(3), -3, 3);
    }

    /// <summary>A number for a name, the same on every machine, as <see cref="string.GetHashCode()"/> is not: FNV-1a, 64 bits.
    /// </summary>
    /// <param name="name">The name.</param>
    public static ulong Of(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked((hash ^ value) * 1099511628211UL);
        }

        return hash;
    }

    // SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): every bit of the input changes half of the bits of the output.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
