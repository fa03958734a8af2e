using System.IO.Compression;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace PondSentinel.Backend.Web;

/// <summary>Packs what pages ask for, for browsers that take gzip: on a mobile link the bytes are what people wait for. Only what holds no
/// secret is packed, for the length of a packed secret tells of it.</summary>
internal static class Packing
{
    // Less than this fits into one segment of the network anyway.
    private const int WorthBytes = 1_024;

    // RFC 1952: deflate, no flags, no time, an unknown system.
    private static readonly byte[] Head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

    /// <summary>What a packed stream begins with; the parts that <see cref="Part"/> makes follow, in any order and number.</summary>
    public static ReadOnlyMemory<byte> StreamHead => Head;

    /// <summary>Whether a client takes gzip.</summary>
    /// <param name="request">What it asks.</param>
    public static bool IsTaken(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var ways)
        && ways.Any(way => way.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && way.Quality is not 0);

    /// <summary>Packs the whole.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="level">How much to try.</param>
    public static byte[] Whole(ReadOnlySpan<byte> bytes, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>Packs a part of a stream by itself: it looks back on no other, so the same bytes do for every stream.</summary>
    /// <param name="bytes">The bytes.</param>
    public static byte[] Part(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true);
        deflate.Write(bytes);

        // Ends on a whole byte, and ends the stream not.
        deflate.Flush();
        return packed.ToArray();
    }

    /// <summary>An answer, packed where it is worth it and taken.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="contentType">What it is.</param>
    public static IResult Result(string text, string contentType)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new Answer(bytes, () => Whole(bytes, CompressionLevel.Fastest), contentType);
    }

    /// <summary>A file that is packed already.</summary>
    /// <param name="asset">The file.</param>
    public static IResult Result(PageAsset asset) => new Answer(asset.Bytes, () => asset.Packed, asset.ContentType);

    private sealed class Answer(byte[] bytes, Func<byte[]> packed, string contentType) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            var isPacked = bytes.Length > WorthBytes && IsTaken(context.Request);
            var body = isPacked ? packed() : bytes;
            context.Response.ContentType = contentType;
            context.Response.ContentLength = body.Length;
            context.Response.Headers.Vary = HeaderNames.AcceptEncoding;
            if (isPacked)
            {
                context.Response.Headers.ContentEncoding = "gzip";
            }

            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
