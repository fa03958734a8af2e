using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Uplink.Faults;

/// <summary>A gateway's uplink, a broker and a backend, and everything that may go wrong between them. The promises are looked
/// after at every step.</summary>
internal sealed class FaultySite : IAsyncDisposable
{
    private const string Before = "zzzzzzzz";
    private const string Moved = "yyyyyyyy";
    private const long Window = 48 * 1024;

    // Type and length, topic with its length, identifier, content type with its.
    private const int PacketOverhead = 5 + 2 + 2 + 1 + 3 + 60;

    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LiveMax = TimeSpan.FromSeconds(5);

    // A refusal of the live lane keeps it back for 5 min at most.
    private static readonly TimeSpan RefusalForgotten = LanePause.Longest + LiveMax;

    private readonly UplinkBench bench = new();
    private readonly ModelBackend backend = new();
    private readonly FaultyBroker broker;
    private readonly LinkKeeper keeper;
    private readonly Random random;
    private readonly Random whim;
    private readonly CancellationTokenSource stop = new();
    private readonly List<(string Topic, byte[] Payload)> said = [];
    private readonly Dictionary<long, TimeSpan> waiting = [];
    private readonly List<FaultyLink> links = [];
    private Task running = Task.CompletedTask;
    private readonly Queue<string> history = [];
    private bool losesQueue;
    private int applied;
    private TimeSpan upSince = TimeSpan.MaxValue;
    private TimeSpan harmedUntil = TimeSpan.Zero;
    private TimeSpan mendAt = TimeSpan.Zero;
    private TimeSpan appendAt = TimeSpan.Zero;

    public FaultySite(int seed)
    {
        random = new Random(seed);
        whim = new Random(-seed);
        broker = new FaultyBroker(backend)
        {
            Terms = new BrokerTerms(true, random.Next(1, 6), random.Next(3) switch { 0 => 4096, 1 => 16 * 1024, _ => 1 << 20 }),
            Delay = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(1, 4) * 250),
        };
        bench.Options = bench.Options with { Window = Window };
        bench.Log.Inherit(Moved, random.Next(300), sent: random.Next(2) == 0, site: "old-mine");
        bench.Log.Inherit(Before, random.Next(1, 3000), sent: random.Next(2) == 0, make: Noisy);
        keeper = new LinkKeeper(bench.Room(), broker, bench.Tally, new Random(seed));
    }

    private TimeSpan Now => bench.Clocks.Elapsed;

    public async Task RunFaultsAsync(TimeSpan duration)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        running = keeper.RunAsync(stop.Token);
        var end = Now + duration;
        while (Now < end)
        {
            if (Now >= mendAt)
            {
                Mend();
                if (random.Next(30) == 0)
                {
                    Harm();
                }
            }

            AppendNowAndThen();
            await StepAsync();
        }

        Mend();
    }

    public async Task RunToEndAsync(TimeSpan most)
    {
        var end = Now + most;
        while (bench.Log.Status.Unsettled > 0 || bench.Log.UnsettledEvents > 0)
        {
            Assert.True(Now < end, $"{bench.Log.Status.Unsettled} records and {bench.Log.UnsettledEvents} events were never settled.");
            await StepAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        while (!running.IsCompleted)
        {
            bench.Clocks.Advance(TimeSpan.FromMilliseconds(100));
            broker.Step(Now);
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
        }

        await running;
        stop.Dispose();
        await bench.DisposeAsync();
    }

    // What is cancelled goes on elsewhere, so a link that ends or begins is waited for.
    private async Task StepAsync()
    {
        bench.Clocks.Advance(StepTime);
        broker.Step(Now);
        if (broker.Link is { } link)
        {
            if (!links.Contains(link))
            {
                links.Add(link);
                upSince = TimeSpan.MaxValue;
            }

            if (!link.IsDisposed && link.Ended.IsCompleted)
            {
                await UplinkBench.Soon(() => link.IsDisposed);
            }

            foreach (var receipt in backend.Step(Now))
            {
                Say(receipt);
            }
        }

        Check();
    }

    // Numbers that do not pack, so that the window is something to reach.
    private static BufferedRecord Noisy(long number)
    {
        var noise = new Random((int)number);
        var record = RecordLogInMemory.Ph(number);
        return record with
        {
            Channels =
            [
                .. Enumerable.Range(0, 4).Select(channel => record.Channels[0] with
                {
                    Channel = $"c{channel}", Value = noise.NextDouble() * 14,
                }),
            ],
        };
    }

    private void Say(Receipt receipt)
    {
        var message = ($"pond/v1/zudong/{UplinkBench.Gateway}/ack", AckCodec.Encode(receipt));
        said.Add(message);
        Deliver(message);
    }

    private void Deliver((string Topic, byte[] Payload) message)
    {
        if (broker.Link is { IsDisposed: false } link && !link.Ended.IsCompleted)
        {
            link.Deliver(message.Topic, message.Payload);
        }
    }

    private void AppendNowAndThen()
    {
        if (Now < appendAt)
        {
            return;
        }

        appendAt = Now + TimeSpan.FromMilliseconds(random.Next(500, 6000));
        waiting[bench.Log.Append(RecordLogInMemory.Ph(random.Next(1000))).Id.Sequence] = Now;
        if (random.Next(20) == 0)
        {
            bench.Event();
        }
    }

    private void Mend()
    {
        broker.Treat = _ => Treatment.Take;
        broker.IsAway = false;
        broker.AnswersPings = true;
        backend.IsAway = false;
        if (losesQueue)
        {
            losesQueue = false;
            backend.LoseQueue();
            broker.Terms = broker.Terms with { SessionPresent = false };
            Break();
        }
    }

    private void Harm()
    {
        mendAt = Now + TimeSpan.FromSeconds(random.Next(1, 60));
        var harm = random.Next(13);
        Note($"harm {harm} until {mendAt}");
        switch (harm)
        {
            case 0:
                Break();
                break;
            case 1:
                broker.IsAway = true;
                Break();
                break;
            case 2:
                TreatData(Treatment.TakeSilently);
                break;
            case 3:
                broker.AnswersPings = false;
                Treat(_ => Treatment.Swallow);
                break;
            case 4:
                TreatData(Treatment.Refuse);
                break;
            case 5:
                TreatData(Treatment.Unheard);
                break;
            case 6:
                Treat(message => message.Topic.Contains("/old-mine/", StringComparison.Ordinal) ? Treatment.Refuse : Treatment.Take);
                break;
            case 7:
                backend.IsAway = true;
                break;
            case 8:
                // What it took while the backend was away is gone when it comes back.
                backend.IsAway = true;
                losesQueue = true;
                break;
            case 9:
                SayAgain();
                break;
            case 10:
                backend.BackUp();
                mendAt = Now;
                break;
            case 11:
                backend.Restore();
                mendAt = Now;
                break;
            default:
                SayWhatNobodySent();
                AskAgain();
                break;
        }
    }

    private void TreatData(Treatment treatment)
    {
        var part = random.Next(3) switch { 0 => "/data/", 1 => "/data/back", _ => "/evt" };
        Treat(message => message.Topic.Contains(part, StringComparison.Ordinal) && whim.Next(3) > 0 ? treatment : Treatment.Take);
    }

    private void Treat(Func<OutgoingMessage, Treatment> treat) => broker.Treat = message =>
    {
        Treatment treatment;
        lock (whim)
        {
            treatment = treat(message);
        }

        if (treatment != Treatment.Take)
        {
            // Until it is clear again that nothing holds the live lane.
            harmedUntil = Now + RefusalForgotten;
        }

        return treatment;
    };

    private void Break() => broker.Link?.Break((LinkEndKind)random.Next(2));

    private void SayAgain()
    {
        for (var i = 0; i < 5 && said.Count > 0; i++)
        {
            Deliver(said[random.Next(2) == 0 ? said.Count - 1 : random.Next(said.Count)]);
        }
    }

    // Of numbers that were never given; true in all else.
    private void SayWhatNobodySent()
    {
        var honest = backend.Receipt(Before);
        var last = honest.UpTo;
        if (honest.Gaps.Count < Receipt.GapsMax)
        {
            Say(honest with { UpTo = last + 5000, Gaps = [.. honest.Gaps, new SequenceRange(last + 1, last + 4000)] });
        }
    }

    private void AskAgain()
    {
        var first = random.Next(100);
        Deliver((
            $"pond/v1/zudong/{UplinkBench.Gateway}/cmd/replay",
            ReplayCodec.Encode(new ReplayCommand(Before, new SequenceRange(first, first + random.Next(50))))));
    }

    // What a failure is understood by.
    private void Note(string line)
    {
        lock (history)
        {
            history.Enqueue($"{Now} {line}");
            if (history.Count > 40)
            {
                history.Dequeue();
            }
        }
    }

    private void Check()
    {
        CheckSettled();
        Assert.True(
            keeper.BacklogBytes <= Window, $"{keeper.BacklogBytes} bytes of backlog are sent and unsettled.");
        foreach (var link in links)
        {
            Assert.True(link.InFlightMost <= link.Terms.InFlightMax, $"{link.InFlightMost} messages were in flight.");
            CheckFresh(link);
        }

        links.RemoveAll(link => link.IsDisposed && link != broker.Link);
        CheckLive();
    }

    private void CheckSettled()
    {
        if (bench.Log.Applied.Count == applied)
        {
            return;
        }

        applied = bench.Log.Applied.Count;

        var (records, events) = backend.Generations[bench.Log.Applied[^1].Generation];
        foreach (var epoch in bench.Log.Inventory)
        {
            Assert.Subset(records.GetValueOrDefault(epoch.Epoch)?.ToHashSet() ?? [], bench.Log.Settled(epoch.Epoch).ToHashSet());
        }

        Assert.Subset(events.ToHashSet(), bench.Log.SettledEvents.ToHashSet());
    }

    private void CheckFresh(FaultyLink link)
    {
        List<OutgoingMessage> fresh;
        lock (broker.Gate)
        {
            fresh = [.. link.Fresh];
            link.Fresh.Clear();
        }

        foreach (var message in fresh)
        {
            Note($"{message.Topic}, {message.Payload.Length} bytes");
            Assert.InRange(message.Payload.Length + message.Topic.Length + PacketOverhead, 0, link.Terms.PacketBytesMax);
            if (message.Topic.EndsWith("/data/live", StringComparison.Ordinal))
            {
                foreach (var record in BatchCodec.Decode(message.Payload.Span).Batch!.Records)
                {
                    waiting.Remove(record.Sequence);
                }
            }
        }
    }

    private void CheckLive()
    {
        if (broker.Link is not { IsDisposed: false, IsGreeted: true } link || link.Ended.IsCompleted)
        {
            upSince = TimeSpan.MaxValue;
        }
        else if (upSince == TimeSpan.MaxValue)
        {
            upSince = Now;
        }

        foreach (var (number, appended) in waiting.ToList())
        {
            if (upSince > appended || harmedUntil > appended)
            {
                // Backlog of the next link, or held back for a reason.
                waiting.Remove(number);
            }
            else
            {
                Assert.True(
                    Now - appended <= LiveMax,
                    $"Record {number} has waited for {Now - appended} over a good link.\n{string.Join('\n', history)}");
            }
        }
    }
}
