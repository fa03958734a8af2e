using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Averages;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Averages;

/// <summary>Keeps the averages of the configuration while records come. README.md of this folder tells how.</summary>
/// <remarks>
/// <para>Promise: samples, hours and windows change in the transaction that marks the points as stored. So a crash, a resend, a late
/// record and a revision end in the averages of the records as they are, and whoever watches averages is told in the same
/// transaction.</para>
/// <para>Called from one thread at a time; <see cref="Newest"/> from any.</para>
/// </remarks>
/// <param name="averages">The averages, each id once.</param>
/// <param name="watchers">Told of windows, as points of channels of their own, in the transaction that changes them.</param>
/// <param name="clock">Whether anybody vouches for the backend's clock: nothing is dropped while nobody does.</param>
/// <param name="time">The backend's clock.</param>
/// <param name="logger">Told of records that come too late.</param>
internal sealed class AverageKeeper(
    IReadOnlyList<AverageDefinition> averages,
    IReadOnlyList<IAverageWatcher> watchers,
    IWallClock clock,
    TimeProvider time,
    ILogger<AverageKeeper> logger) : IIngestObserver
{
    /// <summary>How late a record may be, h: 31 days before the newest of its channel.</summary>
    internal const int HoursLate = 744;

    // Samples of an hour that are kept: one a second, evenly spread. An hour with more has no mean after that.
    internal const int SamplesMax = 3_600;

    // Some 50 ms; what is left waits for the next transaction.
    private const int WorkMax = 2_000;
    private const int WorkMaxOfMinute = 10_000;
    private const int WaitingAtOnce = 100;
    private const int KnownMax = 16_384;

    // An hour needs its neighbours' samples, and a mean of values those of its whole window, which may begin long before what changes.
    private const int HoursBehind = HoursLate + LiveKind.HoursOfValues + 2;
    private const long NsPerMs = 1_000_000;

    // Twice as long as a record may be late, so that no average that anybody waits for is made of it any more.
    private const int GoneHours = 2 * HoursLate;
    private const int GoneAtOnce = 5;

    // A clock that is set back by less finds its windows as they were soon enough.
    private const int HoursAheadMax = 1;

    // By then what is under way has come; what comes later opens its windows again.
    private static readonly TimeSpan OverAfter = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LateToldEvery = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Average, long Series), NewestAverage> newest = [];
    private readonly Dictionary<(string Average, long Series), NewestAverage?> staged = [];
    private readonly Dictionary<SeriesKey, int[]> shifts = [];
    private SqliteTransaction? open;
    private long late;
    private DateTimeOffset lateToldAt = DateTimeOffset.MinValue;

    /// <summary>Something has changed. Called from the thread that changed it; must return at once.</summary>
    public event Action? Changed;

    /// <summary>The newest window of each average and channel.</summary>
    public IReadOnlyList<NewestAverage> Newest
    {
        get
        {
            lock (gate)
            {
                return [.. newest.Values];
            }
        }
    }

    /// <summary>Creates the tables and takes up what is known. Before ingest starts.</summary>
    /// <param name="connection">The state database.</param>
    public void Open(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        var tables = new AverageTables(transaction);
        tables.Create();
        tables.Fit(averages);
        var byId = averages.ToDictionary(average => average.Id, StringComparer.Ordinal);
        lock (gate)
        {
            foreach (var (id, of, window) in tables.Newest())
            {
                newest[(id, of.Id)] = new NewestAverage(byId[id], of.Key, EndMs(of, window), window.Value);
            }
        }

        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        if (averages.Count == 0)
        {
            return;
        }

        Begin(transaction);
        var aheadMs = Points.AheadMs(time.GetUtcNow());
        var tables = new AverageTables(transaction);
        var step = new HourStep(tables, averages, WorkMax);
        foreach (var channel in points.Where(point => point.TimeMs <= aheadMs).GroupBy(SeriesKey.Of))
        {
            foreach (var shift in ShiftsOf(channel.Key))
            {
                Take(tables, step, channel.Key, shift, channel);
            }
        }

        CatchUp(tables, step);
        Tell(transaction, step);
    }

    /// <inheritdoc/>
    public void Waited(SqliteTransaction transaction, DateTimeOffset listeningSince)
    {
        if (averages.Count == 0)
        {
            return;
        }

        Begin(transaction);
        var tables = new AverageTables(transaction);
        var step = new HourStep(tables, averages, WorkMaxOfMinute);
        var atMs = (time.GetUtcNow() - OverAfter).ToUnixTimeMilliseconds();
        foreach (var shift in averages.Select(average => average.ShiftMinutes).Distinct())
        {
            var over = HourMean.HourOf(atMs, TimeSpan.FromMinutes(shift)) - 1;
            TakeBack(tables, tables.Ahead(shift, over + HoursAheadMax), over);
            if (clock.IsSynchronised)
            {
                Drop(tables, tables.Gone(shift, over - GoneHours, GoneAtOnce));
            }

            foreach (var id in tables.Behind(shift, over, over - LiveKind.HoursMax).TakeWhile(_ => step.HasRoom))
            {
                step.Compute(tables.Find(id), over);
            }
        }

        CatchUp(tables, step);
        Tell(transaction, step);
    }

    /// <inheritdoc/>
    public void Committed()
    {
        open = null;
        if (staged.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            foreach (var (key, average) in staged)
            {
                if (average is null)
                {
                    newest.Remove(key);
                }
                else
                {
                    newest[key] = average;
                }
            }
        }

        staged.Clear();
        Changed?.Invoke();
    }

    /// <inheritdoc/>
    public void WaitCommitted() => Committed();

    /// <inheritdoc/>
    public void State(GatewayName gateway, StateMessage state)
    {
    }

    /// <inheritdoc/>
    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health)
    {
    }

    /// <inheritdoc/>
    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta)
    {
    }

    /// <inheritdoc/>
    public void Event(GatewayName gateway, EventMessage message)
    {
    }

    private static long EndMs(HoursRow of, ToldWindow window) =>
        HourMean.EndMs(window.EndHour, TimeSpan.FromMinutes(of.ShiftMinutes));

    // The same values count as those that limits are held against.
    private static KeyedSample SampleOf(Point point)
    {
        var value = new AlertSample(default, point.Value.Value, point.Value.Flag, point.Value.Why);
        return new KeyedSample(
            point.TimeNs, value.IsEvidence ? value.Value!.Value : double.NaN, Math.Clamp(point.CoveredMs ?? 0, 0, HourMean.HourMs));
    }

    // A new transaction while one is open means that the last never committed.
    private void Begin(SqliteTransaction transaction)
    {
        if (!ReferenceEquals(open, transaction))
        {
            open = transaction;
            staged.Clear();
        }
    }

    private int[] ShiftsOf(SeriesKey key)
    {
        if (!shifts.TryGetValue(key, out var known))
        {
            if (shifts.Count >= KnownMax)
            {
                shifts.Clear();
            }

            known = [.. averages.Where(average => average.Takes(key)).Select(average => average.ShiftMinutes).Distinct()];
            shifts[key] = known;
        }

        return known;
    }

    private void Take(AverageTables tables, HourStep step, SeriesKey key, int shiftMinutes, IEnumerable<Point> points)
    {
        var shift = TimeSpan.FromMinutes(shiftMinutes);
        var hours = points.GroupBy(point => HourMean.HourOf(point.TimeMs, shift)).OrderBy(hour => hour.Key).ToList();
        var before = tables.Enter(key, shiftMinutes, hours[^1].Key);
        var row = before with { Newest = Math.Max(before.Newest, hours[^1].Key) };
        var isNews = row.Newest != before.Newest;
        foreach (var hour in hours)
        {
            if (hour.Key < row.Newest - HoursLate || hour.Key <= row.Dropped)
            {
                late += hour.Count();
            }
            else
            {
                isNews |= Merge(tables, row, hour.Key, hour.Select(SampleOf));
            }
        }

        TellLate(key);
        if (row.Newest != before.Newest)
        {
            tables.Forget(row.Id, row.Newest - HoursBehind, row.Newest - HoursBehind - LiveKind.HoursMax);
        }

        if (!isNews && row.Told is not null)
        {
            return;
        }

        if (step.HasRoom)
        {
            step.Compute(row, over: null);
        }
        else
        {
            tables.Save(row, waits: true);
        }
    }

    // Puts samples into an hour. True where an hour that is over has to be computed.
    private static bool Merge(AverageTables tables, HoursRow row, long hour, IEnumerable<KeyedSample> samples)
    {
        var before = tables.Samples(row.Id, hour);
        SortedDictionary<long, KeyedSample> byKey = new(before.ToDictionary(sample => sample.TimeNs));
        foreach (var sample in samples)
        {
            byKey[sample.TimeNs] = sample;
        }

        List<KeyedSample> after = [.. byKey.Values.Take(SamplesMax)];
        if (before.SequenceEqual(after))
        {
            return false;
        }

        tables.Save(row.Id, hour, after);

        // The first speaks for the end of the hour before, and from the last one the next hour's first begins to speak.
        var isFirstNew = before.Count == 0 || before[0] != after[0];
        if (isFirstNew)
        {
            tables.Touch(row.Id, hour - 1);
        }

        if (before.Count == 0 || before[^1].TimeNs != after[^1].TimeNs)
        {
            tables.Touch(row.Id, hour + 1);
        }

        return hour < row.Newest || isFirstNew || hour <= row.Told;
    }

    private void Drop(AverageTables tables, List<HoursRow> gone)
    {
        foreach (var row in gone)
        {
            tables.Drop(row);
        }

        Unshow(gone.Select(row => row.Id).ToHashSet());
    }

    private void Unshow(HashSet<long> rows)
    {
        List<(string Average, long Series)> known;
        lock (gate)
        {
            known = [.. newest.Keys.Where(key => rows.Contains(key.Series))];
        }

        known.ForEach(key => staged[key] = null);
    }

    // What was told by a clock that was ahead hides what comes until the clock is there again.
    private void TakeBack(AverageTables tables, List<HoursRow> ahead, long over)
    {
        if (ahead.Count == 0)
        {
            return;
        }

        foreach (var row in ahead)
        {
            tables.TakeBack(row.Id, Math.Max(over, row.Newest - 1));
        }

        var rows = ahead.Select(row => row.Id).ToHashSet();
        Unshow(rows);
        foreach (var (id, of, window) in tables.Newest().Where(window => rows.Contains(window.Of.Id)))
        {
            staged[(id, of.Id)] = new NewestAverage(averages.First(average => average.Id == id), of.Key, EndMs(of, window), window.Value);
        }
    }

    private static void CatchUp(AverageTables tables, HourStep step)
    {
        // One with much to do has its turn again after the others.
        while (step.HasRoom && tables.Waiting(WaitingAtOnce) is { Count: > 0 } waiting)
        {
            foreach (var id in waiting.TakeWhile(_ => step.HasRoom))
            {
                step.Compute(tables.Find(id), over: null);
            }
        }
    }

    private void Tell(SqliteTransaction transaction, HourStep step)
    {
        foreach (var told in step.Told)
        {
            var key = (told.Average.Id, told.Of.Id);
            var view = new NewestAverage(told.Average, told.Of.Key, EndMs(told.Of, told.Window), told.Window.Value);
            if (Known(key) is not { } known || known.EndMs <= view.EndMs)
            {
                staged[key] = view;
            }
        }

        if (step.Told.Count == 0)
        {
            return;
        }

        List<Point> points = [.. step.Told.Select(PointOf)];
        foreach (var watcher in watchers)
        {
            watcher.Averaged(transaction, points);
        }
    }

    private NewestAverage? Known((string, long) key)
    {
        if (staged.TryGetValue(key, out var known))
        {
            return known;
        }

        lock (gate)
        {
            return newest.GetValueOrDefault(key);
        }
    }

    private static Point PointOf(ToldAverage told)
    {
        var (average, of, value) = (told.Average, told.Of.Key, told.Window.Value);
        var channel = AverageChannel.Name(of.Channel, average.Id);
        return new Point
        {
            Measurand = average.Gives,
            Site = of.Site,
            Station = of.Station,
            Gateway = of.Gateway,
            Device = of.Device,
            Channel = channel,
            TimeNs = EndMs(told.Of, told.Window) * NsPerMs,
            Epoch = "",
            Sequence = 0,
            Clock = ClockSource.Srv,
            Value = new ChannelValue
            {
                Channel = channel,
                Measurand = average.Gives,
                Value = value.Value,
                Flag = value.Value is null ? QualityFlag.Missing
                    : value.IsExtrapolated ? QualityFlag.Suspect : QualityFlag.Good,
                Why = value.IsExtrapolated ? Why.Extrapolated : Why.None,

                // Of so many hours it is made.
                Count = value.Valid,
            },
            IsRevision = told.IsAgain,
        };
    }

    private void TellLate(SeriesKey key)
    {
        var now = time.GetUtcNow();
        if (late == 0 || now - lateToldAt < LateToldEvery)
        {
            return;
        }

        logger.LogWarning(
            "{Count} values came more than {Days} days after the newest of their channel and are in no average, the last of them of {Gateway} {Device}.{Channel}. They are in the store: average them by hand with pond-backend average.",
            late, HoursLate / 24, key.Gateway, key.Device, key.Channel);
        (late, lateToldAt) = (0, now);
    }
}

/// <summary>The newest window of an average of a channel.</summary>
/// <param name="Average">The average.</param>
/// <param name="Of">The channel.</param>
/// <param name="EndMs">When the window ends, UTC ms since 1970.</param>
/// <param name="Value">What it came to.</param>
internal sealed record NewestAverage(AverageDefinition Average, SeriesKey Of, long EndMs, WindowValue Value)
{
    /// <summary>As the store tells it: <see cref="AveragePoint.State"/>.</summary>
    public string State => Value.Value is null ? AveragePoint.NoData : Value.IsExtrapolated ? AveragePoint.Extrapolated : AveragePoint.Valid;
}
