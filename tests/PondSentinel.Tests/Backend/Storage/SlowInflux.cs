using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Storage;

/// <summary>A server at the end of a thin link. It moves the clock by what each request takes, and what it has in full it applies,
/// whether the client is still there or not: one request later, where it is not.</summary>
internal sealed class SlowInflux : HttpMessageHandler
{
    private readonly FakeTimeProvider time = new();
    private readonly InfluxStore store;
    private string[] late = [];

    public SlowInflux() => store = new InfluxStore(Options, this, time, NullLogger<InfluxStore>.Instance);

    public static InfluxOptions Options { get; } = new() { Url = new Uri("http://influx.test:8086") };

    /// <summary>Bytes it takes in a second.</summary>
    public int BytesPerSecond { get; set; } = int.MaxValue;

    /// <summary>The way there, and the way back.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Whether it refuses a line, as a field of another type.</summary>
    public Func<string, bool> Refuses { get; set; } = _ => false;

    /// <summary>Most lines of a request.</summary>
    public int LinesMax { get; set; } = int.MaxValue;

    /// <summary>Called with the count of the requests before, as one begins.</summary>
    public Action<int>? Answering { get; set; }

    /// <summary>Lines of each request.</summary>
    public List<int> Requests { get; } = [];

    /// <summary>Each key (measurement, tags and time), with how often it was applied.</summary>
    public Dictionary<string, int> Applied { get; } = [];

    /// <summary>Tries that broke off.</summary>
    public int BrokenOff { get; private set; }

    public FakeTimeProvider Time => time;

    /// <summary>Writes as ingest does, until all is done.</summary>
    public async Task<PointWrite> WriteAsync(IReadOnlyList<Point> points)
    {
        var write = new PointWrite(points);
        for (var tries = 0; tries < 50; tries++)
        {
            try
            {
                await store.WriteAsync(write, TestContext.Current.CancellationToken);
                return write;
            }
            catch (StoreUnavailableException)
            {
                BrokenOff++;
            }
        }

        Assert.Fail($"{write.Left.Count} of {points.Count} points are never written. Requests: {string.Join(' ', Requests)}");
        return write;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        var lines = Unpacked(bytes);
        Answering?.Invoke(Requests.Count);
        Requests.Add(lines.Length);
        Apply(late);
        late = [];
        var takes = (2 * Latency) + TimeSpan.FromSeconds(bytes.Length / (double)BytesPerSecond);
        if (takes >= Options.Timeout)
        {
            late = lines;
            time.Advance(Options.Timeout);
            cancellationToken.ThrowIfCancellationRequested();
        }

        time.Advance(takes);
        if (lines.Length > LinesMax)
        {
            return Answer(413, "too large");
        }

        var dropped = Apply(lines);
        return dropped == 0
            ? Answer(204, "")
            : Answer(400, $$"""{"error":"partial write: field type conflict: already exists as type string dropped={{dropped}}"}""");
    }

    private static HttpResponseMessage Answer(int status, string text) =>
        new((HttpStatusCode)status) { Content = new StringContent(text) };

    private static string[] Unpacked(byte[] bytes)
    {
        using var body = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(body, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private int Apply(string[] lines)
    {
        foreach (var line in lines.Where(line => !Refuses(line)))
        {
            var key = line[..line.IndexOf(' ', StringComparison.Ordinal)] + line[line.LastIndexOf(' ')..];
            Applied[key] = Applied.GetValueOrDefault(key) + 1;
        }

        return lines.Count(Refuses);
    }
}
