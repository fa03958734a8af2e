using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Recalculation;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Alerting;

/// <summary>An engine on a database in memory, fed like ingest feeds it: one transaction for one group of points.</summary>
internal sealed class AlertBench : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    public static readonly AlertRule Ammonium = new()
    {
        Id = "nh4-high",
        Measurand = Measurand.AmmoniumNitrogen,
        Severity = Severity.High,
        Text = "Ammonium downstream is above the discharge limit",
        Do = "Close the valve",
        Standard = "GB 26451-2011",
        Threshold = new ThresholdRule
        {
            Side = LimitSide.Above,
            RaiseLimit = 15,
            ClearLimit = 12,
            HoldRaise = TimeSpan.FromMinutes(10),
            HoldClear = TimeSpan.FromMinutes(10),
        },
    };

    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly RewindWindow window;
    private readonly RecordingOutbox outbox = new();
    private readonly RecordingWatcher watcher = new();
    private readonly long memory;
    private IReadOnlyList<AlertRule> rules;

    public AlertBench(params AlertRule[] rules)
        : this(RewindWindow.Default, rules)
    {
    }

    public AlertBench(RewindWindow window, params AlertRule[] rules)
        : this(window, Start.AddDays(30), rules)
    {
    }

    /// <summary>One that lives while things happen, and not a month later.</summary>
    public AlertBench(DateTimeOffset now, params AlertRule[] rules)
        : this(RewindWindow.Default, now, rules)
    {
    }

    /// <summary>One whose engine remembers of channels what takes so many bytes.</summary>
    public AlertBench(RewindWindow window, long memory, AlertRule[] rules)
        : this(window, Start.AddDays(30), rules, memory)
    {
    }

    private AlertBench(RewindWindow window, DateTimeOffset now, AlertRule[] rules, long memory = ChannelMemory.BytesMax)
    {
        this.memory = memory;
        Time = new SteppedTimeProvider(now);
        this.window = window;
        this.rules = rules;
        connection.Open();
        Engine = Restart();
    }

    public SteppedTimeProvider Time { get; }

    public AlertEngine Engine { get; private set; }

    /// <summary>What people were told: only what has been committed.</summary>
    public IReadOnlyList<AlertNotice> Told => RecordingOutbox.In(connection);

    public IReadOnlyList<AlertTransition> Transitions => watcher.Transitions;

    /// <summary>Times that watchers were told.</summary>
    public int Changes => watcher.Calls;

    /// <summary>What the gateway says of a device.</summary>
    public void Describe(string device, string grade, params MetaStation[] stations) => Engine.Meta(
        new GatewayName("pond", "gz-07"),
        MetaCodec.Encode(
            new MetaMessage
            {
                Gateway = "gz-07",
                Schema = "",
                Stations = stations,
                Devices =
                [
                    new MetaDevice
                    {
                        Id = device, Station = "stream", Model = "m", VerifiedOnHardware = false, Grade = grade, IntervalMs = 60_000,
                        Channels = [new MetaChannel { Id = "nh4n", Measurand = Measurand.AmmoniumNitrogen }],
                    },
                ],
            },
            out _));

    /// <summary>That a gateway is there, with nothing.</summary>
    public void Describe(GatewayName gateway) =>
        Engine.Meta(gateway, MetaCodec.Encode(new MetaMessage { Gateway = gateway.Gateway, Schema = "", Devices = [] }, out _));

    /// <summary>What a gateway tells of itself now.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="with">What is to be said, of one that is well.</param>
    public void Health(GatewayName gateway, Func<HealthMessage, HealthMessage> with) =>
        Engine.Health(gateway, HealthCodec.Encode(with(SomeHealth.Well with { TimeMs = Time.GetUtcNow().ToUnixTimeMilliseconds() })));

    /// <summary>An event that tells of a calibration, settled like ingest settles it.</summary>
    public void Calibrate(string id, int daysBefore, string? refused = null, string channel = "nh4n")
    {
        var message = CalibrationEvents.Of(new CalibrationRecord
        {
            Id = id,
            Device = "stream-nh4",
            Channel = channel,
            Measurand = Measurand.AmmoniumNitrogen,
            Model = "m",
            TimeMs = Start.AddDays(-daysBefore).ToUnixTimeMilliseconds(),
            By = "li",
            Kind = CalibrationKind.Instrument,
            Celsius = 20,
            Reasons = refused is null ? [] : [refused],
        });
        Settle(message);
    }

    /// <summary>An event of a gateway, settled like ingest settles it.</summary>
    public void Settle(EventMessage message, string gateway = "gz-07", string site = "pond")
    {
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        new CalibrationTable(transaction).Keep(gateway, message, Time.GetUtcNow().ToUnixTimeMilliseconds());
        Engine.EventStored(transaction, new GatewayName(site, gateway), message);
        transaction.Commit();
        Engine.Heard(new GatewayName(site, gateway));
        Time.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>An alarm of a gateway, settled like ingest settles its event.</summary>
    public void Alarm(
        double minute,
        double value,
        double before = 1,
        double? peak = null,
        bool raised = true,
        string name = "leak",
        LimitSide side = LimitSide.Above,
        string channel = "nh4n",
        string gateway = "gz-07",
        Severity severity = Severity.Urgent,
        double? limit = null,
        bool isBound = false,
        QualityFlag? flag = null,
        bool isPeakBound = false,
        long number = 1,
        string epoch = "7q2mzk4a") =>
        Event(minute, AlarmBody(value, before, peak, raised, name, side, channel, severity, limit, isBound, flag, isPeakBound), gateway, number, epoch);

    /// <summary>The same, in a transaction that fails.</summary>
    public void AlarmAndLose(double minute, double value)
    {
        using var transaction = connection.BeginTransaction();
        Engine.EventStored(
            transaction, new GatewayName("pond", "gz-07"), EventOf(minute, AlarmBody(value, 1, null, true, "leak", LimitSide.Above, "nh4n", Severity.Urgent)));
        transaction.Rollback();
    }

    /// <summary>An event of type <c>alarm</c>.</summary>
    public void Event(double minute, string body, string gateway = "gz-07", long number = 1, string epoch = "7q2mzk4a")
    {
        var message = EventOf(minute, body) with { Number = number, Epoch = epoch };
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            Engine.EventStored(transaction, new GatewayName("pond", gateway), message);
            transaction.Commit();
        }

        Engine.Heard(new GatewayName("pond", gateway));
        Engine.Event(new GatewayName("pond", gateway), message);
    }

    private static string AlarmBody(
        double value, double before, double? peak, bool raised, string name, LimitSide side, string channel, Severity severity, double? limit = null, bool isBound = false, QualityFlag? flag = null, bool isPeakBound = false)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            GatewayAlarmCodec.Write(json, new GatewayAlarm
            {
                Alarm = name,
                IsRaised = raised,
                Station = "stream",
                Channel = channel,
                Measurand = Measurand.AmmoniumNitrogen,
                Value = value,
                Flag = flag ?? (isBound ? QualityFlag.Suspect : QualityFlag.Good),
                IsBound = isBound,
                Peak = peak ?? value,
                IsPeakBound = isPeakBound,
                BeforeMs = (long)(before * 60_000),
                Side = side,
                RaiseLimit = limit ?? (side == LimitSide.Above ? 15 : 2),
                ClearLimit = side == LimitSide.Above ? 12 : 3,
                Severity = severity,
                Text = "The pond leaks",
                TextZh = "集液池泄漏",
                Do = "Close the outlet",
                DoZh = "关闭出水口",
            });
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>The event by which a gateway tells that an alarm of its own goes on.</summary>
    public static EventMessage AlarmOf(double minute, double value, double peak) =>
        EventOf(minute, AlarmBody(value, 1, peak, true, "leak", LimitSide.Above, "nh4n", Severity.Urgent));

    public static EventMessage EventOf(double minute, string body)
    {
        using var document = JsonDocument.Parse(body);
        return new EventMessage
        {
            Gateway = "gz-07",
            Epoch = "7q2mzk4a",
            Number = 1,
            TimeMs = Start.ToUnixTimeMilliseconds() + (long)(minute * 60_000),
            Clock = new ClockStamp(ClockSource.Ntp, 1),
            Device = "stream-nh4",
            Type = GatewayAlarm.EventType,
            Body = document.RootElement.Clone(),
        };
    }

    /// <summary>The kept values around an alarm, as its curve is drawn of them.</summary>
    public IReadOnlyList<AlertSample> KeptOf(AlertNotice notice, double fromMinute, double toMinute) =>
        KeptValues.Read(connection, notice, Start.AddMinutes(fromMinute), Start.AddMinutes(toMinute));

    public int Wakes => outbox.Wakes;

    public AlertEngine Restart(params AlertRule[] newRules)
    {
        rules = newRules.Length > 0 ? newRules : rules;
        return Open(rules);
    }

    public AlertEngine RestartWithoutRules() => Open([]);

    /// <summary>Goes on with another engine on the same database, as if two programs wrote it.</summary>
    public void Use(AlertEngine other) => Engine = other;

    /// <summary>Stores values of the usual channel, given by minute.</summary>
    public void Store(params (double Minute, double Value)[] values) =>
        Store([.. values.Select(value => PointOf(value.Minute, value.Value))]);

    public void Store(IReadOnlyList<Point> points) => Store(points, isSign: true);

    /// <summary>Stores what came just now, or what people gave in once more, which is no sign of its gateway.</summary>
    public void Store(IReadOnlyList<Point> points, bool isSign)
    {
        using var transaction = connection.BeginTransaction();
        Engine.Stored(transaction, points);
        transaction.Commit();
        foreach (var gateway in points.Select(point => new GatewayName(point.Site, point.Gateway)).Distinct().Where(_ => isSign))
        {
            Engine.Heard(gateway);
        }

        Engine.Committed();
    }

    /// <summary>Tells of averages, in a transaction of their own.</summary>
    public void Average(IReadOnlyList<Point> averages)
    {
        using var transaction = connection.BeginTransaction();
        ((IAverageWatcher)Engine).Averaged(transaction, averages);
        transaction.Commit();
        Engine.Committed();
    }

    /// <summary>A transaction that fails after the observers were called.</summary>
    public void StoreAndLose(params (double Minute, double Value)[] values) =>
        StoreAndLose([.. values.Select(value => PointOf(value.Minute, value.Value))]);

    /// <summary>The same, of any points.</summary>
    public void StoreAndLose(IReadOnlyList<Point> points)
    {
        using var transaction = connection.BeginTransaction();
        Engine.Stored(transaction, points);
        transaction.Rollback();
    }

    /// <summary>A transaction whose commit fails.</summary>
    public void StoreAndFail(IReadOnlyList<Point> points)
    {
        Execute("CREATE TABLE IF NOT EXISTS broken(id INTEGER PRIMARY KEY, other INTEGER REFERENCES broken(id) DEFERRABLE INITIALLY DEFERRED)");
        using var transaction = connection.BeginTransaction();
        Engine.Stored(transaction, points);
        transaction.Execute("INSERT INTO broken VALUES (1, 2)");
        Assert.Throws<SqliteException>(transaction.Commit);
    }

    /// <summary>A transaction that commits, and nobody hears of it.</summary>
    public void StoreUnheard(IReadOnlyList<Point> points)
    {
        using var transaction = connection.BeginTransaction();
        Engine.Stored(transaction, points);
        transaction.Commit();
    }

    /// <summary>Puts all of another database in the place of what is in this one.</summary>
    public void Restore(SqliteConnection other) => other.BackupDatabase(connection);

    public static Point PointOf(double minute, double? value, QualityFlag flag = QualityFlag.Good, string station = "stream")
    {
        var ms = Start.ToUnixTimeMilliseconds() + (long)(minute * 60_000);
        return new Point
        {
            Measurand = Measurand.AmmoniumNitrogen,
            Site = "pond",
            Station = station,
            Gateway = "gz-07",
            Device = "stream-nh4",
            Channel = "nh4n",
            TimeNs = Point.KeyNs(ms, 1),
            Epoch = "7q2mzk4a",
            Sequence = 1,
            Clock = ClockSource.Ntp,
            Value = new ChannelValue
            {
                Channel = "nh4n",
                Measurand = Measurand.AmmoniumNitrogen,
                Value = value,
                Flag = flag,
            },
        };
    }

    /// <summary>Writes the history to a store, as far as it is not there.</summary>
    public async Task WriteHistoryAsync(IMeasurementStore store)
    {
        var series = new EpisodeSeries(connection, store, Time, NullLogger<EpisodeSeries>.Instance);
        await series.WriteAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Lets time pass, and tells the engine that it has, as ingest does each minute.</summary>
    /// <param name="minutes">How long.</param>
    /// <param name="listeningFor">For how many minutes the broker has then been listened to; null: for long.</param>
    public void Wait(int minutes, int? listeningFor = null)
    {
        Time.Advance(TimeSpan.FromMinutes(minutes));
        using (var transaction = connection.BeginTransaction())
        {
            Engine.Waited(transaction, Time.GetUtcNow() - TimeSpan.FromMinutes(listeningFor ?? 100_000));
            transaction.Commit();
        }

        Engine.WaitCommitted();
    }

    /// <summary>The same, in a transaction that fails.</summary>
    public void WaitAndLose(int minutes)
    {
        Time.Advance(TimeSpan.FromMinutes(minutes));
        using var transaction = connection.BeginTransaction();
        Engine.Waited(transaction, Time.GetUtcNow().AddDays(-60));
        transaction.Rollback();
    }

    /// <summary>A value of another channel: another station, device, gateway or measurand.</summary>
    public static Point OtherOf(
        double minute, double? value, string station, Measurand measurand = Measurand.AmmoniumNitrogen, string gateway = "gz-07", string device = "other")
    {
        var point = PointOf(minute, value, station: station);
        return point with
        {
            Measurand = measurand,
            Gateway = gateway,
            Device = device,
            Channel = "c",
            Value = point.Value with { Channel = "c", Measurand = measurand },
        };
    }

    /// <summary>Runs SQL outside of the engine.</summary>
    public void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Another database with all that is in this one.</summary>
    public SqliteConnection Copy()
    {
        var copy = new SqliteConnection("Data Source=:memory:");
        copy.Open();
        connection.BackupDatabase(copy);
        return copy;
    }

    /// <summary>Deletes what need not be kept any more.</summary>
    public void Prune(TimeSpan keep)
    {
        foreach (var step in AlertPruning.Steps)
        {
            using var transaction = connection.BeginTransaction();
            while (transaction.Execute(step, ("$old", (Time.GetUtcNow() - keep).ToUnixTimeMilliseconds()), ("$most", 1)) > 0)
            {
                // As many as there are, one at a time.
            }

            transaction.Commit();
        }
    }

    /// <summary>All rows of a table as text, to compare whole states.</summary>
    public IReadOnlyList<string> Rows(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values.Select(value => FormattableString.Invariant($"{value}"))));
        }

        return rows;
    }

    /// <summary>Keeps the states of rules as versions did that had a row for each rule and channel.</summary>
    /// <param name="leaveOther">Whether what this version has kept is still there, and of before.</param>
    public void KeepStatesByRule(bool leaveOther)
    {
        using var transaction = connection.BeginTransaction();
        transaction.Execute(
            """
            CREATE TABLE alert_state(
              rule TEXT NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, phase INTEGER NOT NULL,
              since_ms INTEGER NOT NULL, held_ms INTEGER NOT NULL, peak REAL NOT NULL, as_of_ms INTEGER NOT NULL,
              PRIMARY KEY(rule, subject, kind)) STRICT, WITHOUT ROWID;
            CREATE TABLE alert_memory(
              rule TEXT NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, memory BLOB NOT NULL,
              PRIMARY KEY(rule, subject, kind)) STRICT, WITHOUT ROWID;
            UPDATE alert_rule SET definition = substr(definition, 3);
            DROP TABLE alert_written;
            """);
        foreach (var (subject, kind, bytes) in transaction.Query(
            "SELECT subject, kind, states FROM alert_standing", reader => (reader.GetInt64(0), reader.GetInt32(1), (byte[])reader.GetValue(2))))
        {
            for (ReadOnlyMemory<byte> rest = bytes; !rest.IsEmpty;)
            {
                var (rule, state) = StateBytes.Read(ref rest);
                transaction.Execute(
                    "INSERT INTO alert_state VALUES ($rule, $subject, $kind, $phase, $since, $held, $peak, $asOf)",
                    ("$rule", rule), ("$subject", subject), ("$kind", kind), ("$phase", (int)state.Alert.Phase),
                    ("$since", state.Alert.Since.ToUnixTimeMilliseconds()), ("$held", (long)state.Alert.Held.TotalMilliseconds),
                    ("$peak", state.Alert.Peak), ("$asOf", state.Alert.AsOf.ToUnixTimeMilliseconds()));
                if (!state.Memory.IsEmpty)
                {
                    transaction.Execute(
                        "INSERT INTO alert_memory VALUES ($rule, $subject, $kind, $memory)",
                        ("$rule", rule), ("$subject", subject), ("$kind", kind), ("$memory", state.Memory.ToArray()));
                }
            }
        }

        transaction.Execute(leaveOther ? "UPDATE alert_standing SET states = x'', stirs = 1" : "DROP TABLE alert_standing");
        transaction.Commit();
    }

    /// <summary>Keeps nothing of whether a worst value is a bound, as versions did that had no word for it.</summary>
    public void ForgetBounds()
    {
        using var transaction = connection.BeginTransaction();
        transaction.Execute("DROP TABLE alert_bound_peak");
        foreach (var (subject, kind, bytes) in transaction.Query(
            "SELECT subject, kind, states FROM alert_standing", reader => (reader.GetInt64(0), reader.GetInt32(1), (byte[])reader.GetValue(2))))
        {
            var buffer = new ArrayBufferWriter<byte>();
            for (ReadOnlyMemory<byte> rest = bytes; !rest.IsEmpty;)
            {
                var (rule, state) = StateBytes.Read(ref rest);
                StateBytes.Write(buffer, rule, state with { Alert = state.Alert with { IsPeakBound = false } });
            }

            transaction.Execute(
                "UPDATE alert_standing SET states = $states WHERE subject = $subject AND kind = $kind",
                ("$states", buffer.WrittenSpan.ToArray()), ("$subject", subject), ("$kind", kind));
        }

        transaction.Commit();
    }

    /// <summary>Where each rule stands at each channel after its newest value, what its statistic knows with it.</summary>
    public IReadOnlyList<(long Subject, string Rule, AlertState Alert, string Memory)> States()
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        var kept = transaction.Query(
            "SELECT subject, states FROM alert_standing WHERE kind = 0 ORDER BY subject",
            reader => (Subject: reader.GetInt64(0), States: (ReadOnlyMemory<byte>)(byte[])reader.GetValue(1)));
        List<(long, string, AlertState, string)> states = [];
        foreach (var (subject, bytes) in kept)
        {
            for (var rest = bytes; !rest.IsEmpty;)
            {
                var (rule, state) = StateBytes.Read(ref rest);
                states.Add((subject, rule, state.Alert, Convert.ToHexString(state.Memory.Span)));
            }
        }

        return [.. states.OrderBy(state => state.Item1).ThenBy(state => state.Item2, StringComparer.Ordinal)];
    }

    public void Dispose() => connection.Dispose();

    private AlertEngine Open(IReadOnlyList<AlertRule> with)
    {
        Engine = new AlertEngine(with, outbox, Time, NullLogger<AlertEngine>.Instance, window, memory);
        Engine.Watch(watcher);
        Engine.Open(connection);
        return Engine;
    }

    private sealed class RecordingWatcher : IAlertWatcher
    {
        public List<AlertTransition> Transitions { get; } = [];

        public int Calls { get; private set; }

        public void Changed(IReadOnlyList<AlertTransition> transitions, IReadOnlyList<AlertStatus> statuses)
        {
            Calls++;
            Transitions.AddRange(transitions);
        }
    }

    private sealed class RecordingOutbox : INotificationOutbox
    {
        public int Wakes { get; private set; }

        public void Create(SqliteTransaction transaction) =>
            transaction.Execute("CREATE TABLE IF NOT EXISTS told(body TEXT NOT NULL)");

        public void Add(SqliteTransaction transaction, AlertNotice notice) =>
            transaction.Execute("INSERT INTO told VALUES ($body)", ("$body", notice.ToJson()));

        public bool HoldsApart(SqliteTransaction transaction, string episode, AlertNotice other) => false;

        public void Wake() => Wakes++;

        public static List<AlertNotice> In(SqliteConnection connection)
        {
            using var transaction = connection.BeginTransaction();
            return transaction.Query("SELECT body FROM told ORDER BY rowid", reader => AlertNotice.FromJson(reader.GetString(0)));
        }
    }
}
