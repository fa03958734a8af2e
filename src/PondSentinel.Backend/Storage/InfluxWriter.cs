using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace PondSentinel.Backend.Storage;

/// <summary>What InfluxDB answered: a status, and its own words where it gave any.</summary>
internal readonly record struct InfluxAnswer(HttpStatusCode Status, string Reason);

/// <summary>The requests of InfluxDB that the store needs: <c>/write</c> and <c>/query</c> of 1.x, <c>/api/v2/write</c> of 2.x
/// and of what speaks like it. The write stands where InfluxDB.Client's <c>WriteApiAsync.WriteRecordsAsync</c> would, so that it can
/// be swapped for it where that package is at hand; this one takes bytes.</summary>
/// <remarks>Thread-safe. Every answer is a value; what cannot be asked at all is a
/// <see cref="StoreUnavailableException"/>.</remarks>
internal sealed class InfluxWriter : IDisposable
{
    private const int ReasonLengthMax = 4096;

    // Ten thousand values of one series with all that stands beside them.
    private const int QueryBytesMax = 4 * 1024 * 1024;

    private readonly InfluxOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient client;
    private readonly string writePath;

    /// <param name="options">The server; its requests end after <see cref="InfluxOptions.Timeout"/>.</param>
    /// <param name="handler">The transport, disposed with this.</param>
    /// <param name="time">Clock of the time limit.</param>
    public InfluxWriter(InfluxOptions options, HttpMessageHandler handler, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = Root(options.Url) };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("PondSentinel", "1"));
        writePath = WritePath(options);
        client.DefaultRequestHeaders.Authorization = options switch
        {
            { Bucket: { } bucket } => new AuthenticationHeaderValue("Token", bucket.Token),
            { User: { } user } => new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}"))),
            _ => null,
        };
    }

    /// <summary>Writes lines of UTF-8 with times in ns; packed with gzip where they leave the machine.</summary>
    public async Task<InfluxAnswer> WriteRecordsAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        if (options.Url.IsLoopback)
        {
            using var plain = new ReadOnlyMemoryContent(lines);
            return await AskAsync(writePath, plain, cancellationToken);
        }

        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(lines, cancellationToken);
        }

        using var content = new ReadOnlyMemoryContent(packed.GetBuffer().AsMemory(0, (int)packed.Length));
        content.Headers.ContentEncoding.Add("gzip");
        return await AskAsync(writePath, content, cancellationToken);
    }

    /// <summary>Creates the database of a 1.x; one that exists stays as it is.</summary>
    public async Task<InfluxAnswer> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = options.Database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        using var content = new FormUrlEncodedContent([new("q", $"CREATE DATABASE \"{name}\"")]);
        return await AskAsync("query", content, cancellationToken);
    }

    /// <summary>Asks a question in InfluxQL, which 2.x answers by the bucket's name; times in ns.</summary>
    /// <returns>The answer as JSON; null where the server gave none, with its reason.</returns>
    public async Task<(string? Body, InfluxAnswer Answer)> QueryAsync(string question, CancellationToken cancellationToken)
    {
        using var content = new FormUrlEncodedContent([new("db", options.Bucket?.Name ?? options.Database), new("epoch", "ns"), new("q", question)]);
        string? body = null;
        var answer = await AskAsync(
            HttpMethod.Post,
            "query",
            content,
            async (response, end) =>
            {
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    return await ReasonAsync(response, end);
                }

                body = await TextAsync(response, QueryBytesMax, end);
                return "";
            },
            cancellationToken);
        return (body, answer);
    }

    /// <summary>Asks whether the server is there.</summary>
    public Task<InfluxAnswer> PingAsync(CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, "ping", null, ReasonAsync, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string WritePath(InfluxOptions options) => options.Bucket is { } bucket
        ? $"api/v2/write?org={Uri.EscapeDataString(bucket.Organization)}&bucket={Uri.EscapeDataString(bucket.Name)}&precision=ns"
        : $"write?db={Uri.EscapeDataString(options.Database)}&precision=ns";

    private static Uri Root(Uri url) =>
        url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/");

    private Task<InfluxAnswer> AskAsync(string path, HttpContent content, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Post, path, content, ReasonAsync, cancellationToken);

    private async Task<InfluxAnswer> AskAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        Func<HttpResponseMessage, CancellationToken, Task<string>> read,
        CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return new InfluxAnswer(response.StatusCode, await read(response, either.Token));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(string.Create(
                CultureInfo.InvariantCulture, $"{options.Url} gave no answer within {options.Timeout.TotalSeconds} s."), e)
            {
                IsUnanswered = true,
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            // A connection that is reset the moment it stands comes as the bare socket's error.
            throw new StoreUnavailableException($"{options.Url}: {e.Message}", e);
        }
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return "";
        }

        // A proxy's page of any size is read no further than a person would.
        var text = await TextAsync(response, ReasonLengthMax, cancellationToken);
        return (ErrorMember(text) ?? text).ReplaceLineEndings(" ").Trim();
    }

    private static async Task<string> TextAsync(HttpResponseMessage response, int bytesMax, CancellationToken cancellationToken)
    {
        var bytes = new byte[bytesMax];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    // 1.x says {"error":"..."}, 2.x {"code":"...","message":"..."}.
    private static string? ErrorMember(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var top = json.RootElement;
            return top.ValueKind == JsonValueKind.Object
                && (top.TryGetProperty("error", out var error) || top.TryGetProperty("message", out error))
                && error.ValueKind == JsonValueKind.String
                ? error.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
