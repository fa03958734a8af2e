using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace PondSentinel.Backend.Storage;

/// <summary>InfluxDB: 1.x by <c>/write</c>, 2.x by <c>/api/v2/write</c>. README.md of this folder tells what each answer of the
/// server means.</summary>
/// <remarks>Thread-safe. It tries nothing again by itself, but for a database that is missing: whoever calls it
/// decides how long to go on.</remarks>
public sealed partial class InfluxStore : IStore
{
    private readonly InfluxOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<InfluxStore> logger;
    private readonly InfluxWriter writer;
    private readonly RequestSize size;
    private readonly RefusedLately lately;

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
        size = new RequestSize(options.Timeout, time);
        lately = new RefusedLately(time);
    }

    private const int LineBytesUsual = 256;
    private const int AdjustedLinesMax = 1000;

    /// <inheritdoc/>
    public async Task WriteAsync(PointWrite write, CancellationToken cancellationToken)
    {
        var parts = new Stack<ArraySegment<Point>>(Parts(write.Left).Reverse());
        List<RefusedPoint> refused = [];
        try
        {
            await WriteAsync(
                parts,
                new Form<Point>(
                    LineProtocol.Append,
                    Middle,
                    part => lately.Taken(part),
                    (part, cause, detail) =>
                    {
                        refused.AddRange(part.Select(point => new RefusedPoint(point, cause, detail)));
                        lately.Refused(part, cause);
                    }),
                cancellationToken);
        }
        finally
        {
            write.Advance([.. parts.SelectMany(part => part)], refused);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken) =>
        WriteAsync(days.OrderBy(day => day.StartMs), LineProtocol.Append, static (day, cause, detail) => new RefusedDay(day, cause, detail), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken) =>
        WriteAsync(samples.OrderBy(sample => sample.TimeNs), LineProtocol.Append, static (sample, cause, detail) => new RefusedSample(sample, cause, detail), cancellationToken);

    /// <summary>Writes calibrations for dashboards to mark; writing one again changes nothing.</summary>
    /// <param name="calibrations">The calibrations.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>Those that the store refuses for good.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot take them now.</exception>
    public Task<IReadOnlyList<RefusedCalibration>> WriteCalibrationsAsync(IReadOnlyList<CalibrationPoint> calibrations, CancellationToken cancellationToken) =>
        WriteAsync(calibrations.OrderBy(point => point.TimeNs), LineProtocol.Append, static (point, cause, detail) => new RefusedCalibration(point, cause, detail), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken) =>
        WriteAsync(episodes.OrderBy(episode => episode.TimeNs), LineProtocol.Append, static (episode, cause, detail) => new RefusedEpisode(episode, cause, detail), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken) =>
        WriteAsync(averages.OrderBy(average => average.EndMs), LineProtocol.Append, static (average, cause, detail) => new RefusedAverage(average, cause, detail), cancellationToken);

    /// <inheritdoc/>
    public async Task<NearValue?> NearestAsync(
        SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken)
    {
        var (from, to) = NearValue.Around(timeNs, apartMax);
        var rows = await writer.QueryAsync(InfluxQuery.OfSeries(series, from, to), cancellationToken);
        return rows.Body is { } body
            ? NearValue.Of(InfluxQuery.Read(body, options.Url), timeNs)
            : throw Unreadable(rows.Answer);
    }

    /// <inheritdoc/>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        // 1.x and 2.x say 204. What only speaks like them may know no such path, but has answered.
        var answer = await writer.PingAsync(cancellationToken);
        if (answer.Status >= HttpStatusCode.InternalServerError)
        {
            throw new StoreUnavailableException(
                FormattableString.Invariant($"{options.Url} answers HTTP {(int)answer.Status} {answer.Reason}").TrimEnd());
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<HistoryPoint>> ReadAsync(
        SeriesKey series, long fromNs, long toNs, CancellationToken cancellationToken) =>
        AnswerAsync(InfluxHistory.Question(series, fromNs, toNs), InfluxHistory.PointsIn, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SeriesBucket>> SketchAsync(
        SeriesKey series, long fromNs, long toNs, long bucketMs, CancellationToken cancellationToken) =>
        AnswerAsync(InfluxSketch.Question(series, fromNs, toNs, bucketMs), InfluxSketch.BucketsIn, cancellationToken);

    /// <inheritdoc/>
    public async Task AdjustAsync(SeriesKey series, IReadOnlyList<AdjustedPoint> points, CancellationToken cancellationToken)
    {
        foreach (var part in points.Chunk(AdjustedLinesMax))
        {
            var lines = new ArrayBufferWriter<byte>(part.Length * LineBytesUsual);
            foreach (var point in part)
            {
                LineProtocol.Append(lines, series, point);
            }

            var answer = await writer.WriteRecordsAsync(lines.WrittenMemory, cancellationToken);
            if (answer.Status != HttpStatusCode.NoContent)
            {
                throw new StoreUnavailableException(Explain(answer));
            }
        }
    }

    /// <inheritdoc/>
    public async Task WriteMeansAsync(IReadOnlyList<MeanPoint> means, CancellationToken cancellationToken)
    {
        var refused = await WriteAsync(
            means.OrderBy(mean => mean.StartMs), LineProtocol.Append, static (mean, cause, detail) => $"{mean.Resolution.Measurement} ({cause}): {detail}", cancellationToken);
        if (refused.Count > 0)
        {
            throw new StoreUnavailableException($"{options.Url} refuses {refused.Count} means, the first {refused[0]}");
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MeanPoint>> MeansAsync(
        SeriesKey series, Resolution resolution, long fromMs, long toMs, CancellationToken cancellationToken) =>
        AnswerAsync(InfluxMeans.Question(series, resolution, fromMs, toMs), InfluxMeans.MeansIn(series, resolution), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SeriesKey>> SeriesBeforeAsync(
        Resolution resolution, long beforeNs, CancellationToken cancellationToken) =>
        AnswerAsync(InfluxMeans.SeriesBefore(resolution, beforeNs), InfluxMeans.SeriesIn(resolution), cancellationToken);

    /// <inheritdoc/>
    public async Task<long?> FirstAsync(
        SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) =>
        await AnswerAsync(InfluxMeans.First(series, resolution, fromNs, toNs), InfluxMeans.TimesIn, cancellationToken) is [var first, ..]
            ? first
            : null;

    /// <inheritdoc/>
    public Task DeleteAsync(SeriesKey series, Resolution resolution, long fromNs, long toNs, CancellationToken cancellationToken) =>
        AnswerAsync(InfluxMeans.Delete(series, resolution, fromNs, toNs), InfluxMeans.Done, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyList<T>> AnswerAsync<T>(
        string question, Func<string, (IReadOnlyList<T> Rows, string? Fault)> read, CancellationToken cancellationToken)
    {
        var (body, answer) = await writer.QueryAsync(question, cancellationToken);
        if (body is null)
        {
            throw Unreadable(answer);
        }

        var (rows, fault) = read(body);
        return fault is null ? rows : throw new StoreUnavailableException($"{options.Url}: {fault}");
    }

    private StoreUnavailableException Unreadable(InfluxAnswer answer) => new(
        $"{options.Url} does not let values be read ({(int)answer.Status} {answer.Reason}); grant READ to the user or token of [influx]");

    private static SocketsHttpHandler Transport() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a changed DNS entry is noticed.
    };

    // What a server refuses it refuses by measurement or by age: side by side they are found in few requests, and apart from
    // all others where it was refused before. Points of one key stay in their order.
    private IEnumerable<ArraySegment<Point>> Parts(IReadOnlyList<Point> points) => points
        .GroupBy(lately.Expect)
        .OrderBy(kind => kind.Key)
        .Select(kind => new ArraySegment<Point>(
            [.. kind.OrderBy(point => point.Measurand).ThenBy(point => point.TimeNs)]));

    // Where the measurement changes next to the middle: all of one are refused together more often than half of one.
    private static int Middle(ArraySegment<Point> part)
    {
        var half = part.Count / 2;
        for (var off = 0; off < half; off++)
        {
            if (part[half - off].Measurand != part[half - off - 1].Measurand)
            {
                return half - off;
            }

            if (part[half + off].Measurand != part[half + off - 1].Measurand)
            {
                return half + off;
            }
        }

        return half;
    }

    // What stands beside the points, of which there is little: halved in the middle, and nobody hears what was taken.
    private async Task<IReadOnlyList<TRefused>> WriteAsync<T, TRefused>(
        IEnumerable<T> items, Action<IBufferWriter<byte>, T> append, Func<T, string, string, TRefused> refuse, CancellationToken cancellationToken)
    {
        List<TRefused> refused = [];
        await WriteAsync(
            new Stack<ArraySegment<T>>([new([.. items])]),
            new Form<T>(
                append,
                part => part.Count / 2,
                _ => { },
                (part, cause, detail) => refused.AddRange(part.Select(item => refuse(item, cause, detail)))),
            cancellationToken);
        return refused;
    }

    // Until all parts are done; what an exception leaves in them is not.
    private async Task WriteAsync<T>(Stack<ArraySegment<T>> parts, Form<T> form, CancellationToken cancellationToken)
    {
        var doubt = new Doubt(this);
        while (parts.TryPeek(out var part))
        {
            var lines = size.Lines;
            var at = part.Count > lines ? lines
                : part.Count == 0 || await WritePartAsync(part, form, doubt, cancellationToken) ? part.Count
                : form.Middle(part);
            parts.Pop();
            if (at < part.Count)
            {
                parts.Push(part[at..]);
                parts.Push(part[..at]);
            }
        }
    }

    // Whether all of it is taken or refused. The good lines of a part that is refused are stored; halving finds the others. What
    // is written twice stays one point.
    private async Task<bool> WritePartAsync<T>(
        ArraySegment<T> part, Form<T> form, Doubt doubt, CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>(part.Count * LineBytesUsual);
        foreach (var item in part)
        {
            form.Append(lines, item);
        }

        var begun = time.GetTimestamp();
        InfluxAnswer answer;
        try
        {
            answer = await AskAsync(lines.WrittenMemory, cancellationToken);
        }
        catch (StoreUnavailableException) when (time.GetElapsedTime(begun) > options.Timeout / 2)
        {
            size.TimedOut(part.Count);
            throw;
        }

        var took = time.GetElapsedTime(begun);
        if (answer.Status == HttpStatusCode.NoContent)
        {
            size.Answered(part.Count, took);
            form.Taken(part);
            return true;
        }

        if (answer.Status == HttpStatusCode.RequestEntityTooLarge && part.Count > 1)
        {
            size.TooLarge(part.Count);
            return false;
        }

        if (Refusal.CauseOf(answer) is not { } cause)
        {
            await doubt.ThrowUnlessOfThePointsAsync(answer, cancellationToken);
            cause = "type";
        }

        size.Answered(part.Count, took);
        if (part.Count > 1 && Dropped(answer.Reason) != part.Count)
        {
            return false;
        }

        form.Refused(part, cause, answer.Reason);
        return true;
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

    // What is to be written: how it becomes a line, where a part is best halved, and who hears what became of it.
    private sealed record Form<T>(
        Action<IBufferWriter<byte>, T> Append,
        Func<ArraySegment<T>, int> Middle,
        Action<ArraySegment<T>> Taken,
        Action<ArraySegment<T>, string, string> Refused);

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
