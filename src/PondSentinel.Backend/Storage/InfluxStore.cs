using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace PondSentinel.Backend.Storage;

/// <summary>InfluxDB 1.x by <c>/write</c>. README.md of this folder tells what each answer of the server means.</summary>
/// <remarks>Thread-safe. It tries nothing again by itself, but for a database that is missing: whoever calls it
/// decides how long to go on.</remarks>
public sealed partial class InfluxStore : IMeasurementStore
{
    private readonly InfluxOptions options;
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
        (this.options, this.logger) = (options, logger);
        writer = new InfluxWriter(options, handler, time);
    }

    /// <summary>Most lines in one request.</summary>
    internal const int LinesMax = 5_000;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RefusedPoint>> WriteAsync(
        IReadOnlyList<Point> points, CancellationToken cancellationToken)
    {
        // What a server refuses it refuses by measurement or by age: side by side they are found in few requests. Points of
        // one key stay in their order.
        List<RefusedPoint> refused = [];
        foreach (var part in points.OrderBy(point => point.Measurand).ThenBy(point => point.TimeNs).Chunk(LinesMax))
        {
            await WritePartAsync(part, refused, cancellationToken);
        }

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

    // The good lines of a part that is refused are stored; halving finds the others. What is written twice stays one point.
    private async Task WritePartAsync(
        ArraySegment<Point> part, List<RefusedPoint> refused, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(part, cancellationToken);
        if (answer.Status == HttpStatusCode.NoContent)
        {
            return;
        }

        var cause = Refusal.CauseOf(answer) ?? throw new StoreUnavailableException(Explain(answer));
        if (part.Count == 1 || Dropped(answer.Reason) == part.Count)
        {
            refused.AddRange(part.Select(point => new RefusedPoint(point, cause, answer.Reason)));
            return;
        }

        var half = part.Count / 2;
        await WritePartAsync(part[..half], refused, cancellationToken);
        await WritePartAsync(part[half..], refused, cancellationToken);
    }

    private async Task<InfluxAnswer> AskAsync(ArraySegment<Point> part, CancellationToken cancellationToken)
    {
        var lines = new StringBuilder(part.Count * 200);
        foreach (var point in part)
        {
            LineProtocol.Append(lines, point);
        }

        var text = lines.ToString();
        var answer = await writer.WriteRecordsAsync(text, cancellationToken);
        if (answer.Status != HttpStatusCode.NotFound || !answer.Reason.Contains("database", StringComparison.Ordinal))
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
        return await writer.WriteRecordsAsync(text, cancellationToken);
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

    /// <summary>Whether an answer speaks of the points themselves.</summary>
    private static class Refusal
    {
        // Words of InfluxDB 1.x: tsdb/shard.go, coordinator/points_writer.go, models/points.go, services/httpd/handler.go.
        private static readonly string[] TimeWords = ["beyond retention policy", "time outside range", "bad timestamp"];
        private static readonly string[] PointWords = ["partial write", "unable to parse"];
        private static readonly string[] ServerLimits = ["max-series-per-database", "max-values-per-tag"];

        /// <summary>The wire's cause; null where trying again may help.</summary>
        public static string? CauseOf(InfluxAnswer answer) => answer.Status switch
        {
            HttpStatusCode.RequestEntityTooLarge => "size",
            // A limit that the owner of the server can raise is no reason to throw values away.
            HttpStatusCode.BadRequest when Speaks(answer, ServerLimits) => null,
            HttpStatusCode.BadRequest when Speaks(answer, TimeWords) => "range",
            HttpStatusCode.BadRequest when Speaks(answer, PointWords) => "type",
            _ => null,
        };

        private static bool Speaks(InfluxAnswer answer, string[] words) =>
            words.Any(word => answer.Reason.Contains(word, StringComparison.Ordinal));
    }
}
