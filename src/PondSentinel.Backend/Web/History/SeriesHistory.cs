using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Web.History;

/// <summary>Answers what somebody asks of a series: of the measurement store the values, of the state database what stands beside
/// them.</summary>
/// <remarks>At most <see cref="AtOnce"/> are answered at once, each within <see cref="Within"/>. Thread-safe.</remarks>
/// <param name="store">The store.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="rules">The rules.</param>
/// <param name="live">What gateways say of their channels.</param>
/// <param name="time">The clock.</param>
internal sealed class SeriesHistory(
    IStore store, Func<SqliteConnection> open, IReadOnlyList<AlertRule> rules, LiveView live, TimeProvider time) : IDisposable
{
    /// <summary>Most answers under way: the store has ingest to serve too.</summary>
    public const int AtOnce = 4;

    /// <summary>Longest time for an answer, the wait for its turn included.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    // Lengths that people read off a clock.
    private static readonly long[] StepsMs =
    [
        1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
        10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 345_600_000, 691_200_000, 1_382_400_000, 2_764_800_000,
        5_529_600_000, 11_059_200_000, 22_118_400_000, 44_236_800_000,
    ];

    private readonly SemaphoreSlim turns = new(AtOnce);

    /// <summary>Answers.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer, or what stands in its way.</returns>
    public async Task<(SeriesAnswer? Answer, Problem? Problem)> AnswerAsync(SeriesQuery query, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await turns.WaitAsync(either.Token);
            try
            {
                return await FindAsync(query, either.Token);
            }
            finally
            {
                turns.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new Problem(
                "Too slow", StatusCodes.Status503ServiceUnavailable,
                FormattableString.Invariant($"There was no answer within {Within.TotalSeconds} s. Ask for a shorter stretch, or again later.")));
        }
        catch (Exception e) when (e is StoreUnavailableException or SqliteException or IOException)
        {
            return (null, new Problem("The store cannot be read", StatusCodes.Status503ServiceUnavailable, e.Message));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    private async Task<(SeriesAnswer?, Problem?)> FindAsync(SeriesQuery query, CancellationToken cancellationToken)
    {
        List<SeriesKey> known;
        SeriesMarks? marks = null;
        using (var connection = open())
        {
            using (var transaction = connection.BeginTransaction(deferred: true))
            {
                known = [.. ChannelBook.Find(transaction, query.Site, query.Station, query.Device, query.Channel).Where(query.Means)];
            }

            if (known.Count == 1)
            {
                marks = SeriesMarks.Read(connection, known[0], rules, (query.FromMs, query.ToMs), Wording.Of(query.Language));
            }
        }

        return known switch
        {
            [] => (null, new Problem(
                "No such series", StatusCodes.Status404NotFound, "No gateway has sent such a channel of this station; /api/now names every channel.")),
            [var only] => (await ReadAsync(query, only, marks!, cancellationToken), null),
            _ => (null, new Problem(
                "Several series", StatusCodes.Status400BadRequest,
                $"Name gateway and measurand too: {string.Join(", ", known.Select(series => $"{series.Gateway} {series.Measurand.WireName}"))}")),
        };
    }

    private async Task<SeriesAnswer> ReadAsync(
        SeriesQuery query, SeriesKey series, SeriesMarks marks, CancellationToken cancellationToken)
    {
        var (fromNs, toNs) = (query.FromMs * 1_000_000, query.ToMs * 1_000_000);
        var words = Wording.Of(query.Language);
        var (buckets, bucketMs, hasMeans) = await new LongSketch(store, time).ReadAsync(
            series, query.FromMs, query.ToMs, StepFor(query), cancellationToken);
        var device = live.Gateways.FirstOrDefault(gateway => gateway.Name == new GatewayName(series.Site, series.Gateway))
            ?.Meta?.Devices.FirstOrDefault(known => known.Id == series.Device);
        var isWhole = !hasMeans && buckets.Sum(bucket => bucket.Count) <= query.Points;
        var points = isWhole
            ? SeriesPoints.Of(await store.ReadAsync(series, fromNs, toNs, cancellationToken))
            : SeriesPoints.Of(buckets);
        List<SampleView> samples = [];
        foreach (var sample in query.HasSamples ? marks.Samples : [])
        {
            samples.Add(SampleView.Of(await SamplePair.OfAsync(sample, store, cancellationToken)));
        }

        return new SeriesAnswer
        {
            Site = series.Site,
            Station = series.Station,
            Gateway = series.Gateway,
            Device = series.Device,
            Channel = series.Channel,
            Label = device?.Channels.FirstOrDefault(known => known.Id == series.Channel)?.Label ?? words.Label(series.Measurand),
            Measurand = series.Measurand.WireName,
            Unit = words.Unit(series.Measurand.Unit),
            NowMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            FromMs = query.FromMs,
            ToMs = query.ToMs,
            IntervalMs = device is { IntervalMs: > 0 } ? device.IntervalMs : null,
            BucketMs = isWhole ? 0 : bucketMs,
            Points = points,
            Gaps = SeriesPoints.Gaps(points.TimeMs, device?.IntervalMs ?? 0, isWhole ? 0 : bucketMs),
            Limits = LimitsOf(series, query, words),
            Calibrations = marks.Calibrations,
            Maintenance = marks.Maintenance,
            Samples = samples,
            Alerts = marks.Episodes,
        };
    }

    // The shortest with which the stretch has no more parts than points are wanted. Parts begin at multiples: one may be cut at each end.
    private static long StepFor(SeriesQuery query)
    {
        var least = (query.ToMs - query.FromMs) / Math.Max(1.0, query.Points - 1);
        return StepsMs.First(step => step >= least);
    }

    private List<LimitView> LimitsOf(SeriesKey series, SeriesQuery query, Wording words)
    {
        var subject = new AlertSubject(series.Site, series.Station, series.Gateway, series.Device, series.Channel, series.Measurand);
        return
        [
            .. rules.Where(rule => rule.AppliesTo(subject) && rule.Validity.Meets(query.FromMs, query.ToMs)).Select(rule => new LimitView
            {
                Rule = rule.Id,
                Severity = rule.Severity.Word,
                Side = rule.Threshold.Side.Word,
                Raise = rule.Threshold.RaiseLimit,
                Clear = rule.Threshold.ClearLimit,
                Unit = words.Unit(rule.Unit),
                Statistic = words.Statistic(rule),
                Text = rule.Text,
                TextZh = rule.TextZh,
                Standard = rule.Standard,
                Clause = words.Clause(rule),
            }),
        ];
    }
}
