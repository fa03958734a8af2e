using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace PondSentinel.Backend.Storage;

/// <summary>InfluxDB: 1.x by <c>/write</c>, 2.x by <c>/api/v2/write</c>. README.md of this folder tells what each answer of the
/// server means.</summary>
/// <remarks>Thread-safe. It tries nothing again by itself, but for a database that is missing: whoever calls it
/// decides how long to go on.</remarks>
public sealed partial class InfluxStore : IMeasurementStore
{
    private readonly InfluxOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<InfluxStore> logger;
    private readonly InfluxWriter writer;

    /// <summary>Makes a store; nothing is asked of the server before the first write.</summary>
    /// <param name="options">The server.</param>
    /// <param name="time">Clock of the time limits.</param>
    /// <param name="logger">Where the creation of the database is told.</param>
    public InfluxStore(InfluxOptions options, TimeProvider time, ILogger<InfluxStore> logger)
        : this(options, Transport(), time, logger)
    {
    }

    internal InfluxStore(
        InfluxOptions options, HttpMessageHandler handler, TimeProvider time, ILogger<InfluxStore> logger)
    {
        (this.options, this.time, this.logger) = (options, time, logger);
        writer = new InfluxWriter(options, handler, time);
    }

    /// <summary>Most lines in one request.</summary>
    internal const int LinesMax = 5_000;

    private const int LineBytesUsual = 256;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedPoint>> WriteAsync(
        IReadOnlyList<Point> points, CancellationToken cancellationToken)
    {
        // What a server refuses it refuses by measurement or by age: side by side they are found in few requests. Points of
        // one key stay in their order.
        List<RefusedPoint> refused = [];
        await WriteAsync(
            points.OrderBy(point => point.Measurand).ThenBy(point => point.TimeNs),
            LineProtocol.Append,
            (point, cause, detail) => refused.Add(new RefusedPoint(point, cause, detail)),
            cancellationToken);
        return refused;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken)
    {
        List<RefusedDay> refused = [];
        await WriteAsync(
            days.OrderBy(day => day.StartMs),
            LineProtocol.Append,
            (day, cause, detail) => refused.Add(new RefusedDay(day, cause, detail)),
            cancellationToken);
        return refused;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SocketsHttpHandler Transport() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a changed DNS entry is noticed.
    };

    private async Task WriteAsync<T>(
        IEnumerable<T> items,
        Action<IBufferWriter<byte>, T> append,
        Action<T, string, string> refuse,
        CancellationToken cancellationToken)
    {
        var doubt = new Doubt(this);
        foreach (var part in items.Chunk(LinesMax))
        {
            await WritePartAsync(part, append, refuse, doubt, cancellationToken);
        }
    }

    // The good lines of a part that is refused are stored; halving finds the others. What is written twice stays one point.
    private async Task WritePartAsync<T>(
        ArraySegment<T> part,
        Action<IBufferWriter<byte>, T> append,
        Action<T, string, string> refuse,
        Doubt doubt,
        CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>(part.Count * LineBytesUsual);
        foreach (var item in part)
        {
            append(lines, item);
        }

        var answer = await AskAsync(lines.WrittenMemory, cancellationToken);
        if (answer.Status == HttpStatusCode.NoContent)
        {
            return;
        }

        if (Refusal.CauseOf(answer) is not { } cause)
        {
            await doubt.ThrowUnlessOfThePointsAsync(answer, cancellationToken);
            cause = "type";
        }

        if (part.Count == 1 || Dropped(answer.Reason) == part.Count)
        {
            foreach (var item in part)
            {
                refuse(item, cause, answer.Reason);
            }

            return;
        }

        var half = part.Count / 2;
        await WritePartAsync(part[..half], append, refuse, doubt, cancellationToken);
        await WritePartAsync(part[half..], append, refuse, doubt, cancellationToken);
    }

    private async Task<InfluxAnswer> AskAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        var answer = await writer.WriteRecordsAsync(lines, cancellationToken);
        if (options.Bucket is not null || answer.Status != HttpStatusCode.NotFound
            || !answer.Reason.Contains("database", StringComparison.Ordinal))
        {
            return answer;
        }

        var made = await writer.CreateDatabaseAsync(cancellationToken);
        if (made.Status != HttpStatusCode.OK)
        {
            throw new StoreUnavailableException(
                $"{options.Url} has no database \"{options.Database}\" and does not let it be created ({(int)made.Status} {made.Reason}). Create it, or set another in [influx].");
        }

        logger.LogInformation("Created the database {Database} at {Url}.", options.Database, options.Url);
        return await writer.WriteRecordsAsync(lines, cancellationToken);
    }

    private static int? Dropped(string reason) =>
        DroppedPattern().Match(reason) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : null;

    private string Explain(InfluxAnswer answer)
    {
        var what = answer.Status switch
        {
            HttpStatusCode.Unauthorized when options.Bucket is not null => "does not know the token; set token in [influx]",
            HttpStatusCode.Forbidden when options.Bucket is { } bucket => $"does not let the token write to bucket \"{bucket.Name}\"; grant it write",
            HttpStatusCode.NotFound when options.Bucket is { } bucket => $"has no bucket \"{bucket.Name}\" of organization \"{bucket.Organization}\", or is no InfluxDB 2.x; create it, or check url, org and bucket in [influx]",
            HttpStatusCode.Unauthorized => "does not know the user or password; set user and password in [influx]",
            HttpStatusCode.Forbidden => $"does not let the user write to \"{options.Database}\"; grant it WRITE",
            HttpStatusCode.NotFound => "has no such database or retention policy, or is no InfluxDB 1.x; check url and database in [influx]",
            _ => "cannot take points now",
        };
        return string.Create(
            CultureInfo.InvariantCulture, $"{options.Url} {what} (HTTP {(int)answer.Status}: {answer.Reason})");
    }

    [GeneratedRegex(@"dropped=([0-9]{1,9})\s*$")]
    private static partial Regex DroppedPattern();

    // A refusal in words that nobody foresaw: of the points, or of whatever stands before the server? A line of our own that
    // any server takes tells. Without that, one point would hold up all others for ever, or a proxy's mistake would throw
    // values away.
    private sealed class Doubt(InfluxStore store)
    {
        private bool isOfThePoints;

        public async Task ThrowUnlessOfThePointsAsync(InfluxAnswer answer, CancellationToken cancellationToken)
        {
            if (!isOfThePoints && Refusal.MayBeOfThePoints(answer))
            {
                var line = new ArrayBufferWriter<byte>();
                LineProtocol.AppendProbe(line, store.time.GetUtcNow());
                var probe = await store.writer.WriteRecordsAsync(line.WrittenMemory, cancellationToken);
                isOfThePoints = probe.Status == HttpStatusCode.NoContent;
            }

            if (!isOfThePoints || !Refusal.MayBeOfThePoints(answer))
            {
                throw new StoreUnavailableException(store.Explain(answer));
            }
        }
    }

    /// <summary>Whether an answer speaks of the points themselves.</summary>
    private static class Refusal
    {
        // Words of InfluxDB 1.x: tsdb/shard.go, coordinator/points_writer.go, models/points.go, services/httpd/handler.go; 2.x
        // passes on the same ones (http/write_handler.go), with 422 where 1.x says 400.
        private static readonly string[] TimeWords = ["beyond retention policy", "time outside range", "bad timestamp"];
        private static readonly string[] PointWords = ["partial write", "unable to parse"];
        private static readonly string[] ServerLimits = ["max-series-per-database", "max-values-per-tag"];

        /// <summary>The wire's cause; null where trying again may help.</summary>
        public static string? CauseOf(InfluxAnswer answer) => answer.Status switch
        {
            HttpStatusCode.RequestEntityTooLarge => "size",
            // A limit that the owner of the server can raise is no reason to throw values away.
            _ when !IsRefusal(answer) || Speaks(answer, ServerLimits) => null,
            _ when Speaks(answer, TimeWords) => "range",
            _ when Speaks(answer, PointWords) => "type",
            _ => null,
        };

        /// <summary>Whether the server will not take this, in words that say neither what nor why.</summary>
        public static bool MayBeOfThePoints(InfluxAnswer answer) => IsRefusal(answer) && !Speaks(answer, ServerLimits);

        private static bool IsRefusal(InfluxAnswer answer) =>
            answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity;

        private static bool Speaks(InfluxAnswer answer, string[] words) =>
            words.Any(word => answer.Reason.Contains(word, StringComparison.Ordinal));
    }
}
