using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Alerting.Trial;

/// <summary>Plays an episode to the engine itself, on a database in memory, value by value as it would arrive.</summary>
internal sealed class EpisodeRun : IDisposable
{
    private const string Site = "episode";
    private const string Epoch = "aaaaaaaa";
    private const string Model = "episode";
    private const int BacklogGroup = 20;

    private static readonly (Disturbance Kind, Why Why)[] Reasons =
    [
        (Disturbance.Maintenance, Why.Maintenance), (Disturbance.OverRange, Why.OverRange), (Disturbance.Implausible, Why.Implausible),
    ];

    private readonly EpisodeFile episode;
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly PlayedClock clock;
    private readonly EpisodeOutbox outbox = new();
    private readonly List<Told> told = [];
    private AlertEngine engine;
    private AheadOfClock gate;
    private int calibrated;

    private EpisodeRun(EpisodeFile episode)
    {
        this.episode = episode;
        clock = new PlayedClock(episode.Begin);
        connection.Open();
        (engine, gate) = Start();
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
        var waits = episode.Alarms.Count + episode.Clocks.Count + episode.Calibrations.Count > 0 || episode.Rules.Any(SilenceWatch.Concerns);
        var alarms = episode.Alarms.ToLookup(alarm => alarm.Arrives);
        var calibrations = episode.Calibrations.ToLookup(calibration => calibration.At);
        var values = Values().GroupBy(value => value.At).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var at in values.Keys.Union(alarms.Select(group => group.Key)).Union(calibrations.Select(group => group.Key)).Union(waits ? Minutes() : []).Order())
        {
            (clock.Passed, clock.Now) = (at, episode.Begin + at - Behind(at));
            if (values.TryGetValue(at, out var moment))
            {
                Arrive(at, moment, waiting);
            }

            foreach (var alarm in alarms[at])
            {
                Take(at, alarm);
            }

            foreach (var calibration in calibrations[at])
            {
                Take(at, calibration);
            }

            if (waits && at.Ticks % TimeSpan.TicksPerMinute == 0)
            {
                Wait(at);
            }
        }
    }

    private void Arrive(TimeSpan at, List<Taken> moment, List<Taken> waiting)
    {
        var live = moment.Where(value => !Is(Disturbance.Outage, value)).ToList();
        waiting.AddRange(moment.Where(value => Is(Disturbance.Outage, value)));
        if (live.Count > 0)
        {
            Take(at, live, Is(Disturbance.Kill, live[0]));
        }

        // The link is back for those whose live value has come.
        var back = waiting.Where(value => live.Exists(other => other.Series.Device == value.Series.Device)).OrderBy(value => value.At).ToList();
        foreach (var group in back.Chunk(BacklogGroup))
        {
            Take(at, group, isKilled: false);
        }

        waiting.RemoveAll(back.Contains);
    }

    // Each minute, as ingest does: a gateway that has power and a link tells of its health.
    private IEnumerable<TimeSpan> Minutes()
    {
        var (first, last) = (episode.Series.Min(series => series.Points[0].At), episode.Series.Max(series => series.Points[^1].At));
        for (var minute = Math.Ceiling(first.TotalMinutes); minute <= last.TotalMinutes; minute++)
        {
            yield return TimeSpan.FromMinutes(minute);
        }
    }

    private void Wait(TimeSpan at)
    {
        foreach (var gateway in episode.Series.Select(series => series.Gateway).Distinct(StringComparer.Ordinal))
        {
            if (!episode.Disturbances.Any(stretch => stretch.Kind is Disturbance.Outage or Disturbance.Off && stretch.Holds(at, gateway)))
            {
                engine.Health(new GatewayName(Site, gateway), HealthOf(gateway, at));
            }
        }

        using (var transaction = connection.BeginTransaction())
        {
            gate.Waited(transaction, episode.Begin);
            transaction.Commit();
        }

        gate.WaitCommitted();
        NoteTold(at);
    }

    private ReadOnlyMemory<byte> HealthOf(string gateway, TimeSpan at)
    {
        if (episode.Clocks.Count == 0)
        {
            return default;
        }

        var said = episode.Clocks.FirstOrDefault(clock => clock.Gateway == gateway && at >= clock.From && at < clock.To);
        var ahead = said is null ? TimeSpan.Zero : said.Ahead;
        return HealthCodec.Encode(new HealthMessage
        {
            TimeMs = (clock.Now + (ahead ?? TimeSpan.Zero)).ToUnixTimeMilliseconds(),
            Clock = ahead is null ? null : new ClockStamp(ClockSource.Ntp, 1),
            AgainstBackend = ahead is { } off ? new ClockComparison((long)off.TotalMilliseconds, 0, 0) : null,
            UptimeSeconds = 0,
            Unsettled = 0,
            UnsettledBytes = 0,
            BufferBytes = 0,
            BufferBytesMax = 0,
            BytesSent = 0,
            Connects = 1,
        });
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
            .Where(value => !Is(Disturbance.Silence, value) && !Is(Disturbance.Off, value));
    }

    private void Take(TimeSpan at, IReadOnlyList<Taken> values, bool isKilled)
    {
        List<Point> points = [.. values.Select(PointOf)];
        if (isKilled)
        {
            using var lost = connection.BeginTransaction();
            gate.Stored(lost, points);
            lost.Rollback();
            (engine, gate) = Start();
        }

        using var transaction = connection.BeginTransaction();
        gate.Stored(transaction, points);
        transaction.Commit();
        gate.Committed();
        NoteTold(at);
    }

    private void Take(TimeSpan at, EpisodeAlarm alarm)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            GatewayAlarmCodec.Write(json, alarm.Alarm);
            json.WriteEndObject();
        }

        Take(at, alarm.Gateway, alarm.Device, alarm.At, GatewayAlarm.EventType, bytes.ToArray());
    }

    private void Take(TimeSpan at, EpisodeCalibration calibration)
    {
        var record = CalibrationCodec.Encode(new CalibrationRecord
        {
            Id = FormattableString.Invariant($"c{++calibrated}"),
            Device = calibration.Device,
            Channel = calibration.Channel,
            Measurand = calibration.Measurand,
            Model = Model,
            TimeMs = (episode.Begin + at).ToUnixTimeMilliseconds(),
            By = Site,
            Kind = CalibrationKind.Instrument,
            Celsius = 20,
            DueMs = (episode.Begin + calibration.Due).ToUnixTimeMilliseconds(),
        });
        Take(at, calibration.Gateway, calibration.Device, at, "cal", Encoding.UTF8.GetBytes($$"""{"what":"record","record":{{Encoding.UTF8.GetString(record)}}}"""));
    }

    private void Take(TimeSpan at, string of, string device, TimeSpan when, string type, byte[] body)
    {
        var gateway = new GatewayName(Site, of);
        var message = new EventMessage
        {
            Gateway = of,
            Epoch = Epoch,
            Number = 0,
            TimeMs = (episode.Begin + when).ToUnixTimeMilliseconds(),
            Clock = new ClockStamp(ClockSource.Ntp, 1),
            Device = device,
            Type = type,
            Body = JsonElement.Parse(body),
        };
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        new CalibrationTable(transaction).Keep(of, message, clock.Now.ToUnixTimeMilliseconds());
        engine.EventStored(transaction, gateway, message);
        transaction.Commit();
        engine.Event(gateway, message);
        NoteTold(at);
    }

    private void NoteTold(TimeSpan at)
    {
        foreach (var notice in EpisodeOutbox.After(connection, told.Count))
        {
            told.Add(new Told(
                at, notice.Phase.ToString().ToLowerInvariant(), notice.Rule, DeviceOf(notice), notice.Since - episode.Begin, notice.Until - episode.Begin));
        }
    }

    private static string DeviceOf(AlertNotice notice) =>
        notice.Measurand == Measurand.GatewaySilence.WireName || notice.Measurand == Measurand.ClockError.WireName ? notice.Gateway : notice.Device;

    private TimeSpan Behind(TimeSpan at) =>
        episode.Disturbances.Where(stretch => stretch.Kind == Disturbance.ClockBehind && stretch.From <= at && at < stretch.To)
            .Aggregate(TimeSpan.Zero, (sum, stretch) => sum + stretch.By);

    private (AlertEngine Engine, AheadOfClock Gate) Start()
    {
        var started = new AlertEngine(episode.Rules, outbox, clock, NullLogger<AlertEngine>.Instance);
        started.Open(connection);
        foreach (var gateway in episode.Calibrations.GroupBy(calibration => calibration.Gateway, StringComparer.Ordinal))
        {
            started.Meta(new GatewayName(Site, gateway.Key), MetaCodec.Encode(DescriptionOf(gateway.Key, gateway), out _));
        }

        var ahead = new AheadOfClock([started], clock, NullLogger<AheadOfClock>.Instance);
        ahead.Open(connection);
        return (started, ahead);
    }

    private static MetaMessage DescriptionOf(string gateway, IEnumerable<EpisodeCalibration> channels) => new()
    {
        Gateway = gateway,
        Schema = "",
        Devices =
        [
            .. channels.GroupBy(channel => (channel.Device, channel.Station)).Select(device => new MetaDevice
            {
                Id = device.Key.Device,
                Station = device.Key.Station,
                Model = Model,
                VerifiedOnHardware = false,
                Grade = "reference",
                IntervalMs = 60_000,
                Channels =
                [
                    .. device.DistinctBy(channel => channel.Channel, StringComparer.Ordinal)
                        .Select(channel => new MetaChannel { Id = channel.Channel, Measurand = channel.Measurand }),
                ],
            }),
        ],
    };

    private Point PointOf(Taken value)
    {
        var series = value.Series;
        var missing = Is(Disturbance.Missing, value);
        var reasons = Reasons.Where(reason => Is(reason.Kind, value)).Aggregate(Why.None, (sum, reason) => sum | reason.Why);
        return new Point
        {
            Measurand = series.Measurand,
            Site = Site,
            Station = series.Station,
            Gateway = series.Gateway,
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
                    : Is(Disturbance.Fail, value) || (reasons & Why.OverRange) != 0 ? QualityFlag.Fail
                    : reasons != Why.None || Is(Disturbance.Suspect, value) ? QualityFlag.Suspect
                    : QualityFlag.Good,
                Why = missing ? Why.NoAnswer : reasons,
            },
        };
    }

    private bool Is(Disturbance kind, Taken value) =>
        episode.Disturbances.Any(stretch => stretch.Kind == kind && stretch.Holds(value.At, value.Series));

    private sealed record Taken(EpisodeSeries Series, TimeSpan At, long Number);

    private sealed class PlayedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        /// <summary>Time that never steps.</summary>
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Passed.Ticks;
    }

    private sealed class EpisodeOutbox : INotificationOutbox
    {
        public void Create(SqliteTransaction transaction) =>
            transaction.Execute("CREATE TABLE IF NOT EXISTS episode_told(body TEXT NOT NULL)");

        public void Add(SqliteTransaction transaction, AlertNotice notice) =>
            transaction.Execute("INSERT INTO episode_told VALUES ($body)", ("$body", notice.ToJson()));

        public bool HoldsApart(SqliteTransaction transaction, string episode, AlertNotice other) => false;

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
