using System.IO.Compression;
using PondSentinel.Backend.Web.Access;

namespace PondSentinel.Backend.Web;

/// <summary>A file of the page, kept in the program.</summary>
/// <param name="Path">Its path on the web.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Bytes">Its content.</param>
/// <param name="Entry">Who may have it.</param>
internal sealed record PageAsset(string Path, string ContentType, byte[] Bytes, Entry Entry)
{
    /// <summary>Packed with gzip.</summary>
    public byte[] Packed { get; } = Packing.Whole(Bytes, CompressionLevel.SmallestSize);

    /// <summary>Every file.</summary>
    public static IReadOnlyList<PageAsset> All { get; } =
    [
        Load("/", "index.html", "text/html; charset=utf-8"),
        Load("/page.css", "page.css", "text/css; charset=utf-8", Entry.Public),
        Load("/plain.css", "plain.css", "text/css; charset=utf-8", Entry.Public),
        Load("/public.js", "public.js", "text/javascript; charset=utf-8", Entry.Public),
        Load("/sign-in.js", "sign-in.js", "text/javascript; charset=utf-8", Entry.Anyone),
        Load("/who.js", "who.js", "text/javascript; charset=utf-8"),
        Load("/elements.js", "elements.js", "text/javascript; charset=utf-8"),
        Load("/time.js", "time.js", "text/javascript; charset=utf-8"),
        Load("/alerts.js", "alerts.js", "text/javascript; charset=utf-8"),
        Load("/places.js", "places.js", "text/javascript; charset=utf-8"),
        Load("/account.js", "account.js", "text/javascript; charset=utf-8"),
        Load("/desk.js", "desk.js", "text/javascript; charset=utf-8"),
        Load("/page.js", "page.js", "text/javascript; charset=utf-8"),
        Load("/refused.js", "refused.js", "text/javascript; charset=utf-8"),
        Load("/chart", "chart.html", "text/html; charset=utf-8"),
        Load("/chart.css", "chart.css", "text/css; charset=utf-8"),
        Load("/chart.js", "chart.js", "text/javascript; charset=utf-8"),
        Load("/draw.js", "draw.js", "text/javascript; charset=utf-8"),
        Load("/words.js", "words.js", "text/javascript; charset=utf-8"),
        Load("/uplot.js", "uplot.js", "text/javascript; charset=utf-8"),
        Load("/uplot.css", "uplot.css", "text/css; charset=utf-8"),
        Load("/uplot-license.txt", "uplot-license.txt", "text/plain; charset=utf-8"),
        Load("/accounts", "accounts.html", "text/html; charset=utf-8"),
        Load("/accounts.css", "accounts.css", "text/css; charset=utf-8"),
        Load("/accounts.js", "accounts.js", "text/javascript; charset=utf-8"),
        Load("/report.css", "report.css", "text/css; charset=utf-8"),
        Load("/icon.svg", "icon.svg", "image/svg+xml", Entry.Public),
        Load("/api/openapi.json", "openapi.json", "application/json"),
    ];

    private static PageAsset Load(string path, string file, string contentType, Entry entry = Entry.Viewer)
    {
        using var stream = typeof(PageAsset).Assembly.GetManifestResourceStream($"Page/{file}")
            ?? throw new InvalidOperationException($"The program was built without {file}.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return new PageAsset(path, contentType, copy.ToArray(), entry);
    }
}
