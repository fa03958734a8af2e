using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink;

/// <summary>An uplink between a log in memory and a broker in the hands of a test. All goes on inside the steps of the clock,
/// so that every run is the same.</summary>
internal sealed class UplinkBench : IAsyncDisposable
{
    public const string Gateway = "gz-07";

    private readonly CancellationTokenSource stop = new();
    private long receipts;
    private Task? running;

    public UplinkBench() => Clock = new GatewayClock(Clocks, Clocks, new ClockOptions());

    public TestClocks Clocks { get; } = new();

    public RecordLogInMemory Log { get; } = new();

    public FakeBroker Broker { get; } = new();

    public Lines Journal { get; } = new();

    public UplinkOptions Options { get; set; } = new() { Host = "broker" };

    public UplinkTally Tally { get; } = new();

    public Thrift? Thrift { get; set; }

    public UrgentRecords Urgent { get; } = new();

    public DictionaryAgreement Dictionary { get; set; } = new(null);

    public WatchedLoop? Loop { get; set; }

    public byte[] Meta { get; set; } = "{}"u8.ToArray();

    public GatewayClock Clock { get; }

    public FakeLink Link => Broker.Link;

    public IEnumerable<Batch> Batches(string lane) =>
        Broker.Links.SelectMany(link => link.PublishedSoFar)
            .Where(message => message.Topic.EndsWith($"/data/{lane}", StringComparison.Ordinal))
            .Select(message => BatchCodec.Decode(message.Payload.Span).Batch!);

    public IEnumerable<OutgoingMessage> On(string topicEnd) =>
        Broker.Links.SelectMany(link => link.PublishedSoFar)
            .Where(message => message.Topic.EndsWith("/" + topicEnd, StringComparison.Ordinal));

    public Task Start()
    {
        // Without a synchronisation context all continuations run inside the step that causes them.
        SynchronizationContext.SetSynchronizationContext(null);
        running = new LinkKeeper(Room(), Broker, Tally, new Random(1)).RunAsync(stop.Token);
        return running;
    }

    /// <summary>What surrounds an uplink; with a clock of its own.</summary>
    public UplinkRoom Room()
    {
        return new UplinkRoom
        {
            Gateway = Gateway,
            Site = RecordLogInMemory.Site,
            Options = Options,
            Meta = () => Meta,
            Hardware = "Raspberry Pi 5",
            Software = "pond-gateway 0.1.0",
            Buffer = Log,
            Clock = Clock,
            Time = Clocks,
            Log = Journal,
            Thrift = Thrift ?? new Thrift(Options, null, () => Broker.Bytes),
            Urgent = Urgent,
            Loop = Loop,
            Dictionary = Dictionary,
            NextHealthAsync = async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, Clocks, token);
                throw new InvalidOperationException("Never due here.");
            },
        };
    }

    public void Append(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Log.Append(RecordLogInMemory.Ph(i));
        }
    }

    public void Event(string type = "clock") => Log.AppendEvent(new()
    {
        Site = RecordLogInMemory.Site,
        Clock = new ClockReading(Guid.Empty, TimeSpan.Zero, Clocks.WallMs, new ClockStamp(ClockSource.Ntp, 12)),
        Type = type,
        Body = "{}"u8.ToArray(),
    });

    /// <summary>A receipt of the backend.</summary>
    public void Settle(string epoch, long upTo, string by = "b1", long generation = 1_700_000_000_000, params SequenceRange[] gaps) =>
        Settle(epoch, upTo, by, generation, null, gaps);

    /// <summary>A receipt of a backend that has a dictionary.</summary>
    public void SettleWith(string? dictionary, string epoch, long upTo) => Settle(epoch, upTo, "b1", 1_700_000_000_000, dictionary, []);

    private void Settle(string epoch, long upTo, string by, long generation, string? dictionary, SequenceRange[] gaps) =>
        Link.Deliver(
            $"pond/v1/zudong/{Gateway}/ack",
            AckCodec.Encode(new Receipt
            {
                By = by, Generation = generation, Number = receipts++, Epoch = epoch, UpTo = upTo, Gaps = gaps, Dictionary = dictionary,
            }));

    public void Run(double seconds, double step = 0.5) =>
        Clocks.Run(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(step));

    /// <summary>Lets time pass until something is so. What is cancelled goes on elsewhere, so it is waited for.</summary>
    public async Task Until(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 5000, "It never came to be so.");
            Clocks.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for something that takes no time but its turn.</summary>
    public static async Task Soon(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 10_000, "It never came to be so.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    public async Task StopAsync()
    {
        stop.Cancel();
        if (running is not null)
        {
            // Each wait of the goodbye may need its second.
            while (!running.IsCompleted)
            {
                Clocks.Advance(TimeSpan.FromMilliseconds(100));
                await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
            }

            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }
}

/// <summary>A journal that a test can read.</summary>
internal sealed class Lines : ILogger
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (gate)
            {
                return [.. lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (gate)
        {
            lines.Add(formatter(state, exception));
        }
    }
}
