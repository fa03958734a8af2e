using System.Globalization;
using System.Text;

namespace PondSentinel.Gateway.Backup;

/// <summary>The format of a backup: tar as of POSIX.1-1988 (ustar), plain files only. Any <c>tar</c> lists and unpacks it.</summary>
/// <remarks>Our own few lines, because a reader that knows all that tar has grown since would have all of its ways to be fooled.</remarks>
internal static class Ustar
{
    /// <summary>What headers and contents are rounded up to.</summary>
    public const int Block = 512;

    /// <summary>Longest last part of a name, and longest part before it.</summary>
    public const int LeafMax = 100, FolderMax = 155;

    /// <summary>Most bytes of a file: eleven octal digits.</summary>
    public const long SizeMax = (1L << 33) - 1;

    /// <summary>Bytes of zeros after a content.</summary>
    /// <param name="size">Its length.</param>
    public static int Padding(long size) => (int)((Block - (size % Block)) % Block);

    /// <summary>The header of a plain file, for its owner alone.</summary>
    /// <param name="name">Its name; ASCII.</param>
    /// <param name="size">Its length.</param>
    /// <param name="time">When it was made.</param>
    /// <exception cref="IOException">Its name is too long, or it is too large.</exception>
    public static byte[] Header(string name, long size, DateTimeOffset time)
    {
        var cut = name.LastIndexOf('/');
        if (name.Length - cut - 1 > LeafMax || cut > FolderMax || size > SizeMax)
        {
            throw new IOException($"{name} has too long a name or is too large for a backup");
        }

        var header = new byte[Block];
        Put(header, 0, name[(cut + 1)..]);
        Put(header, 100, "0000600\0" + "0000000\0" + "0000000\0" + Octal(size, 11) + "\0" + Octal(Math.Max(0, time.ToUnixTimeSeconds()), 11) + "\0");
        Put(header, 156, "0");
        Put(header, 257, "ustar\0" + "00");
        Put(header, 345, cut > 0 ? name[..cut] : "");
        Put(header, 148, Octal(Sum(header), 6) + "\0 ");
        return header;
    }

    /// <summary>The check sum of a header: the sum of its bytes, its own field taken for spaces.</summary>
    /// <param name="header">The header.</param>
    public static int Sum(ReadOnlySpan<byte> header)
    {
        var sum = 0;
        for (var i = 0; i < header.Length; i++)
        {
            sum += i is >= 148 and < 156 ? ' ' : header[i];
        }

        return sum;
    }

    private static string Octal(long number, int digits)
    {
        var text = "";
        for (var left = number; text.Length < digits; left >>= 3)
        {
            text = (left & 7).ToString(CultureInfo.InvariantCulture) + text;
        }

        return text;
    }

    private static void Put(byte[] header, int at, string text) => Encoding.ASCII.GetBytes(text, header.AsSpan(at));
}
