using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>Plays an episode to the engine itself, on a database in memory, value by value as it would arrive.</summary>
internal sealed class EpisodeRun : IDisposable
{
    private const string Site = "episode";
    private const string Gateway = "gateway";
    private const string Epoch = "aaaaaaaa";
    private const int BacklogGroup = 20;

    private readonly EpisodeFile episode;
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly EpisodeClock clock;
    private readonly EpisodeOutbox outbox = new();
    private readonly List<Told> told = [];
    private AlertEngine engine;

    private EpisodeRun(EpisodeFile episode)
    {
        this.episode = episode;
        clock = new EpisodeClock(episode.Begin);
        connection.Open();
        engine = Start();
    }

    /// <summary>Plays one.</summary>
    /// <param name="episode">The episode.</param>
    /// <returns>What people are told, in order.</returns>
    public static IReadOnlyList<Told> Play(EpisodeFile episode)
    {
        using var run = new EpisodeRun(episode);
        run.Play();
        return run.told;
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private void Play()
    {
        List<Taken> waiting = [];
        foreach (var moment in Values().GroupBy(value => value.At).OrderBy(group => group.Key))
        {
            clock.Now = episode.Begin + moment.Key;
            var live = moment.Where(value => !Is(Disturbance.Outage, value)).ToList();
            waiting.AddRange(moment.Where(value => Is(Disturbance.Outage, value)));
            if (live.Count > 0)
            {
                Take(moment.Key, live, Is(Disturbance.Kill, live[0]));
            }

            // The link is back for those whose live value has come.
            var back = waiting.Where(value => live.Exists(other => other.Series.Device == value.Series.Device)).OrderBy(value => value.At).ToList();
            foreach (var group in back.Chunk(BacklogGroup))
            {
                Take(moment.Key, group, isKilled: false);
            }

            waiting.RemoveAll(back.Contains);
        }
    }

    private IEnumerable<Taken> Values()
    {
        var number = 0L;
        return episode.Series
            .SelectMany(series => Enumerable
                .Range(0, (int)((series.Points[^1].At - series.Points[0].At) / series.Every) + 1)
                .Select(i => (Series: series, At: series.Points[0].At + (i * series.Every))))
            .OrderBy(value => value.At)
            .Select(value => new Taken(value.Series, value.At, number++))
            .Where(value => !Is(Disturbance.Silence, value));
    }

    private void Take(TimeSpan at, IReadOnlyList<Taken> values, bool isKilled)
    {
        List<Point> points = [.. values.Select(PointOf)];
        if (isKilled)
        {
            using var lost = connection.BeginTransaction();
            engine.Stored(lost, points);
            lost.Rollback();
            engine = Start();
        }

        using var transaction = connection.BeginTransaction();
        engine.Stored(transaction, points);
        transaction.Commit();
        engine.Committed();
        foreach (var notice in EpisodeOutbox.After(connection, told.Count))
        {
            told.Add(new Told(
                at, notice.Phase.ToString().ToLowerInvariant(), notice.Rule, notice.Device, notice.Since - episode.Begin, notice.Until - episode.Begin));
        }
    }

    private AlertEngine Start()
    {
        var started = new AlertEngine(episode.Rules, outbox, clock, NullLogger<AlertEngine>.Instance);
        started.Open(connection);
        return started;
    }

    private Point PointOf(Taken value)
    {
        var series = value.Series;
        var missing = Is(Disturbance.Missing, value);
        var maintained = Is(Disturbance.Maintenance, value);
        return new Point
        {
            Measurand = series.Measurand,
            Site = Site,
            Station = series.Station,
            Gateway = Gateway,
            Device = series.Device,
            Channel = series.Channel,
            TimeNs = Point.KeyNs((episode.Begin + value.At + series.Ahead).ToUnixTimeMilliseconds(), value.Number),
            Epoch = Epoch,
            Sequence = value.Number,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue
            {
                Channel = series.Channel,
                Measurand = series.Measurand,
                Value = missing ? null : series.ValueAt(value.At),
                Flag = missing ? QualityFlag.Missing
                    : Is(Disturbance.Fail, value) ? QualityFlag.Fail
                    : maintained || Is(Disturbance.Suspect, value) ? QualityFlag.Suspect
                    : QualityFlag.Good,
                Why = missing ? Why.NoAnswer : maintained ? Why.Maintenance : Why.None,
            },
        };
    }

    private bool Is(Disturbance kind, Taken value) =>
        episode.Disturbances.Any(stretch => stretch.Kind == kind && stretch.Holds(value.At, value.Series.Device));

    private sealed record Taken(EpisodeSeries Series, TimeSpan At, long Number);

    private sealed class EpisodeClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class EpisodeOutbox : INotificationOutbox
    {
        public void Create(SqliteTransaction transaction) =>
            transaction.Execute("CREATE TABLE IF NOT EXISTS episode_told(body TEXT NOT NULL)");

        public void Add(SqliteTransaction transaction, AlertNotice notice) =>
            transaction.Execute("INSERT INTO episode_told VALUES ($body)", ("$body", notice.ToJson()));

        public void Wake()
        {
            // What there is to tell is read from the table after each transaction.
        }

        public static List<AlertNotice> After(SqliteConnection connection, int count)
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            return transaction.Query(
                "SELECT body FROM episode_told ORDER BY rowid LIMIT -1 OFFSET $count",
                reader => AlertNotice.FromJson(reader.GetString(0)),
                ("$count", count));
        }
    }
}
