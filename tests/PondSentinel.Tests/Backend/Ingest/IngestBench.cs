using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>A worker on a state database on disk, with a broker and a store that the test holds. It can be ended like a
/// process and begun again on the same files.</summary>
internal sealed class IngestBench : IAsyncDisposable
{
    public const string Gateway = "gz-07";
    public const string Epoch = "7q2mzk4a";
    public const string Site = "pond";

    public static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly CancellationTokenSource stop = new();

    public IngestBench(
        string? folder = null,
        FakeStore? store = null,
        Quotas? quotas = null,
        FakeTimeProvider? time = null,
        IWallClock? wallClock = null,
        GatewayQuota? quota = null,
        IIngestObserver? beside = null,
        IMeasurementStore? instead = null,
        WatchedLoop? loop = null)
    {
        Folder = folder ?? Directory.CreateTempSubdirectory("pond-ingest-").FullName;
        Store = store ?? new FakeStore();
        Time = time ?? new FakeTimeProvider(Start);
        Database = new StateDatabase(Path.Combine(Folder, "state.db"), Time);
        Broker = new FakeBroker(Time, quota);
        Observer = new RecordingObserver(Database);
        var worker = new IngestWorker(
            "b1", Folder, Broker, Database, instead ?? Store, beside is null ? [Observer] : [Observer, beside], Time, Journal,
            wallClock ?? new TestWallClock(true), quotas ?? new Quotas(), loop);
        Running = worker.RunAsync(stop.Token);
    }

    public string Folder { get; }

    public FakeBroker Broker { get; }

    public FakeStore Store { get; }

    public TestJournal Journal { get; } = new();

    public FakeTimeProvider Time { get; }

    public StateDatabase Database { get; }

    public RecordingObserver Observer { get; }

    public Task Running { get; }

    public GatewayTally Tally
    {
        get
        {
            using var connection = Database.Connect();
            return Assert.Single(LatestMessages.Tallies(connection));
        }
    }

    public static Topic Live => new(Site, Gateway, TopicKind.DataLive);

    public static Topic Back => new(Site, Gateway, TopicKind.DataBack);

    public static DeviceRecord Record(long sequence, double? value = 1, RecordId? revises = null, long? timeMs = null) => new()
    {
        Sequence = sequence,
        TimeMs = timeMs ?? Start.ToUnixTimeMilliseconds() + ((revises?.Sequence ?? sequence) * 60_000),
        Station = "stream",
        Device = "probe",
        Channels =
        [
            new ChannelValue
            {
                Channel = "nh4n",
                Measurand = Measurand.AmmoniumNitrogen,
                Value = value,
                Flag = value is null ? QualityFlag.Missing : QualityFlag.Good,
            },
        ],
        Revises = revises,
    };

    public static Batch BatchOf(
        long first, long last, IEnumerable<GoneRange>? gone = null, string epoch = Epoch, Func<long, DeviceRecord>? record = null)
    {
        List<GoneRange> lost = [.. gone ?? []];
        var records = Enumerable.Range(0, (int)(last - first + 1))
            .Select(step => first + step)
            .Where(number => !lost.Exists(range => range.Range.Contains(number)))
            .Select(record ?? (number => Record(number)))
            .ToList();
        return new Batch
        {
            Gateway = Gateway,
            Epoch = epoch,
            Range = new SequenceRange(first, last),
            Schema = records.Count == 0 ? null : "9f3c01d2",
            Clock = records.Count == 0 ? null : new ClockStamp(ClockSource.Ntp, 12),
            Records = records,
            Gone = lost,
        };
    }

    public Task Send(Batch batch, Topic? topic = null) => Broker.Send(topic ?? Live, BatchCodec.Encode(batch));

    public Task SendState(params HeldEpoch[] inventory) => SendState(believed: null, inventory);

    public Task SendState(Receipt? believed, params HeldEpoch[] inventory) => Broker.Send(
        new Topic(Site, Gateway, TopicKind.State),
        StateCodec.Encode(new StateMessage
        {
            On = true, Hardware = "Pi", Software = "1", Epoch = inventory is [.., var last] ? last.Epoch : null,
            Inventory = inventory,
            Believed = believed is null ? null : new BelievedReceipt(believed.By, believed.Generation, believed.Number),
        }));

    /// <summary>The next receipt.</summary>
    public async Task<Receipt> ReceiptAsync() =>
        (await Broker.NextAsync(TestContext.Current.CancellationToken)).Receipt!;

    /// <summary>The next receipt, however much time has to pass for it: the one before may have gone out later than a busy
    /// machine's test thinks.</summary>
    public async Task<Receipt> ReceiptSoonAsync()
    {
        var next = ReceiptAsync();
        while (!next.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System));
        }

        return await next;
    }

    /// <summary>Asks for the time and waits for the answer: all that was sent before has been taken in then.</summary>
    public async Task AsksForTheTimeAsync()
    {
        _ = Broker.Send(new Topic(Site, Gateway, TopicKind.Time), TimeCodec.Encode(new TimeRequest("now")));
        while ((await Broker.NextAsync(TestContext.Current.CancellationToken)).Time is null)
        {
        }
    }

    /// <summary>Ends the process: whatever was under way is lost.</summary>
    public async Task KillAsync()
    {
        await stop.CancelAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends it and begins the next on the same files, store and clock.</summary>
    public async Task<IngestBench> RestartAsync()
    {
        await KillAsync();
        return new IngestBench(Folder, Store, time: Time);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        stop.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

internal sealed record TestWallClock(bool IsSynchronised) : IWallClock;

/// <summary>Keeps what it was given by key; may be told to fail, to refuse, or to wait.</summary>
internal sealed class FakeStore : IMeasurementStore
{
    private readonly Lock gate = new();

    public Dictionary<(SeriesKey Series, long TimeNs), Point> Points { get; } = [];

    /// <summary>The same at this moment, while others may write.</summary>
    public IReadOnlyList<KeyValuePair<(SeriesKey Series, long TimeNs), Point>> Snapshot()
    {
        lock (gate)
        {
            return [.. Points];
        }
    }

    /// <summary>Called before each write.</summary>
    public Func<Task>? Before { get; set; }

    /// <summary>Called after each write, before the caller knows.</summary>
    public Action? After { get; set; }

    public Func<Point, string?> Refuse { get; set; } = _ => null;

    /// <summary>Days of the ledger by their tags and beginning.</summary>
    public Dictionary<string, DayPoint> Days { get; } = [];

    /// <summary>Most points that are done before a try breaks off.</summary>
    public int PerTry { get; set; } = int.MaxValue;

    public int Writes { get; private set; }

    /// <summary>How many points it was given, over all tries.</summary>
    public int Given { get; private set; }

    /// <summary>Grab samples by their keys.</summary>
    public Dictionary<(SeriesKey Beside, string Method, long TimeNs), SamplePoint> Samples { get; } = [];

    public async Task<IReadOnlyList<RefusedSample>> WriteSamplesAsync(IReadOnlyList<SamplePoint> samples, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before().WaitAsync(cancellationToken);
        }

        Writes++;
        foreach (var sample in samples)
        {
            Samples[(sample.Beside, sample.Method, sample.TimeNs)] = sample;
        }

        After?.Invoke();
        return [];
    }

    /// <summary>Episodes of alerts by their keys.</summary>
    public Dictionary<(SeriesKey Of, string Rule, long TimeNs), EpisodePoint> Episodes { get; } = [];

    public Dictionary<(SeriesKey Of, string Average, long EndMs), AveragePoint> Averages { get; } = [];

    public async Task<IReadOnlyList<RefusedAverage>> WriteAveragesAsync(IReadOnlyList<AveragePoint> averages, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before().WaitAsync(cancellationToken);
        }

        Writes++;
        foreach (var average in averages)
        {
            Averages[(average.Of, average.Average, average.EndMs)] = average;
        }

        After?.Invoke();
        return [];
    }

    public async Task<IReadOnlyList<RefusedEpisode>> WriteEpisodesAsync(IReadOnlyList<EpisodePoint> episodes, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before().WaitAsync(cancellationToken);
        }

        Writes++;
        foreach (var episode in episodes)
        {
            Episodes[(episode.Of, episode.Rule, episode.TimeNs)] = episode;
        }

        After?.Invoke();
        return [];
    }

    public Task<NearValue?> NearestAsync(SeriesKey series, long timeNs, TimeSpan apartMax, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Why it does not answer; null where it does.</summary>
    public string? Away { get; set; }

    /// <summary>Completed when it is asked and lets whoever asks wait; null where it answers.</summary>
    public TaskCompletionSource? Hang { get; set; }

    public async Task PingAsync(CancellationToken cancellationToken)
    {
        if (Hang is { } hang)
        {
            hang.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        if (Away is { } why)
        {
            throw new StoreUnavailableException(why);
        }
    }

    public async Task<IReadOnlyList<RefusedDay>> WriteDaysAsync(IReadOnlyList<DayPoint> days, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before().WaitAsync(cancellationToken);
        }

        Writes++;
        foreach (var day in days)
        {
            Days[$"{day.Gateway}/{day.Site}/{day.Station}/{day.Device}.{day.Channel} {day.StartMs}"] = day;
        }

        After?.Invoke();
        return [];
    }

    public async Task WriteAsync(PointWrite write, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before().WaitAsync(cancellationToken);
        }

        List<RefusedPoint> refused = [];
        lock (gate)
        {
            Writes++;
            foreach (var point in write.Left.Take(PerTry))
            {
                Given++;
                if (Refuse(point) is { } cause)
                {
                    refused.Add(new RefusedPoint(point, cause, "the fake store says so"));
                }
                else
                {
                    Points[(SeriesKey.Of(point), point.TimeNs)] = point;
                }
            }
        }

        After?.Invoke();

        // In another order than they were given, as a store may.
        write.Advance(
            [.. write.Left.Skip(PerTry)],
            refused.OrderBy(item => item.Point.Measurand).ThenByDescending(item => item.Point.TimeNs));
        if (write.Left.Count > 0)
        {
            throw new StoreUnavailableException("broken off.");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Keeps what it saw in the very transaction, as the alert engine does, so that a commit that fails leaves none of
/// it.</summary>
internal sealed class RecordingObserver(StateDatabase database) : IIngestObserver
{
    public List<string> Messages { get; } = [];

    /// <summary>Gateways that were told of as being there.</summary>
    public List<GatewayName> Signs { get; } = [];

    public int Commits { get; private set; }

    /// <summary>Numbers that were told of as settled otherwise, or as open again.</summary>
    public List<SequenceRange> Otherwise { get; } = [];

    /// <summary>Called in the transaction, after the points were kept.</summary>
    public Action? InTransaction { get; set; }

    /// <summary>Called when the transaction has committed.</summary>
    public Action? AfterCommit { get; set; }

    /// <summary>Epoch, number and whether it is a revision, in the order in which they were shown; durable.</summary>
    public IReadOnlyList<string> Seen
    {
        get
        {
            using var connection = database.Connect();
            using var transaction = connection.BeginTransaction();
            transaction.Execute("CREATE TABLE IF NOT EXISTS seen(what TEXT NOT NULL)");
            return transaction.Query("SELECT what FROM seen ORDER BY rowid", reader => reader.GetString(0));
        }
    }

    public void Stored(SqliteTransaction transaction, IReadOnlyList<Point> points)
    {
        transaction.Execute("CREATE TABLE IF NOT EXISTS seen(what TEXT NOT NULL)");
        foreach (var point in points)
        {
            transaction.Execute(
                "INSERT INTO seen VALUES ($what)",
                ("$what", FormattableString.Invariant($"{point.Epoch} {point.Sequence}{(point.IsRevision ? " revised" : "")}")));
        }

        InTransaction?.Invoke();
    }

    public void Unstored(SqliteTransaction transaction, string gateway, string epoch, SequenceRange numbers) => Otherwise.Add(numbers);

    public void Committed()
    {
        Commits++;
        AfterCommit?.Invoke();
    }

    public void Heard(GatewayName gateway) => Signs.Add(gateway);

    public void State(GatewayName gateway, StateMessage state) => Messages.Add($"state {gateway.Site}/{gateway.Gateway} {state.On}");

    public void Health(GatewayName gateway, ReadOnlyMemory<byte> health) => Messages.Add($"health {health.Length}");

    public void Meta(GatewayName gateway, ReadOnlyMemory<byte> meta) => Messages.Add($"meta {meta.Length}");

    public void Event(GatewayName gateway, EventMessage message) => Messages.Add($"event {message.Epoch} {message.Number}");
}
