using System.Text;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>The head of a request (RFC 9112), as far as a page that only answers needs it.</summary>
/// <param name="Status">200, or why it is not answered.</param>
/// <param name="IsHead">Whether only the head of the answer is wanted.</param>
/// <param name="Path">What is wanted, without what follows a question mark.</param>
/// <param name="Languages">Which languages are understood, as the browser says it.</param>
/// <param name="TakesGzip">Whether the answer may be packed.</param>
internal sealed record PageRequest(int Status, bool IsHead, string Path, string Languages, bool TakesGzip)
{
    /// <summary>Most bytes of a head, its empty line included.</summary>
    public const int BytesMax = 8 * 1024;

    private static readonly string[] Hosts = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Reads a head.</summary>
    /// <param name="head">All up to its empty line; hostile.</param>
    public static PageRequest Parse(ReadOnlySpan<byte> head)
    {
        // Whatever is no ASCII is nothing that is asked for here.
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        var words = lines[0].Split(' ');
        if (words.Length != 3 || words[2] is not ("HTTP/1.1" or "HTTP/1.0") || !words[1].StartsWith('/'))
        {
            return Refused(400);
        }

        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1).TakeWhile(line => line.Length > 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[..colon].Any(character => character <= ' ')
                || (!fields.TryAdd(line[..colon], line[(colon + 1)..].Trim(' ', '\t')) && line[..colon].Equals("Host", StringComparison.OrdinalIgnoreCase)))
            {
                return Refused(400);
            }
        }

        if (!IsOfThisMachine(fields.GetValueOrDefault("Host")))
        {
            return Refused(421);
        }

        var end = words[1].IndexOf('?', StringComparison.Ordinal);
        return words[0] is "GET" or "HEAD"
            ? new PageRequest(
                200,
                words[0] == "HEAD",
                end < 0 ? words[1] : words[1][..end],
                fields.GetValueOrDefault("Accept-Language", ""),
                fields.GetValueOrDefault("Accept-Encoding", "").Split(',').Any(each => each.Trim().Equals("gzip", StringComparison.OrdinalIgnoreCase)))
            : Refused(405);
    }

    /// <summary>A request that is not answered.</summary>
    /// <param name="status">Why.</param>
    public static PageRequest Refused(int status) => new(status, IsHead: false, "", "", TakesGzip: false);

    // A name that somebody else owns may point to this machine; a browser that follows it must not show the page to its scripts.
    private static bool IsOfThisMachine(string? host)
    {
        var known = Hosts.FirstOrDefault(each => host?.StartsWith(each, StringComparison.OrdinalIgnoreCase) == true);
        var port = known is null ? null : host![known.Length..];
        return port is "" || (port is [':', .. var digits] && digits.Length is > 0 and <= 5 && digits.All(char.IsAsciiDigit));
    }
}
