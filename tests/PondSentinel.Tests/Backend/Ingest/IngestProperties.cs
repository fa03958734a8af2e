using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>A gateway that sends anything in any order and again, a store and a process that fail at any step: in the end every
/// record is stored once, was shown once, and the numbers close.</summary>
public sealed class IngestProperties
{
    private const int RecordsPerEpoch = 40;

    private static readonly string[] Epochs = ["aaaaaaaa", "bbbbbbbb"];

    private enum Step
    {
        Send,
        SendBatchOfGone,
        CrashBeforeTheStore,
        CrashAfterTheStore,
        CrashBeforeTheCommit,
        CrashAfterTheCommit,
        Kill,
    }

    private static readonly Gen<(Step Step, int Epoch, int First, int Length)[]> Lives = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Step.Send)),
            (1, Gen.Const(Step.SendBatchOfGone)),
            (1, Gen.Const(Step.CrashBeforeTheStore)),
            (1, Gen.Const(Step.CrashAfterTheStore)),
            (1, Gen.Const(Step.CrashBeforeTheCommit)),
            (1, Gen.Const(Step.CrashAfterTheCommit)),
            (1, Gen.Const(Step.Kill))),
        Gen.Int[0, Epochs.Length - 1],
        Gen.Int[0, RecordsPerEpoch - 1],
        Gen.Int[1, 12]).Array[5, 25];

    [Fact]
    public async Task Every_record_is_stored_once_and_shown_once_whatever_crashes() =>
        await Lives.SampleAsync(LiveAsync, iter: 40, threads: 2);

    private static async Task LiveAsync((Step Step, int Epoch, int First, int Length)[] life)
    {
        await using var world = new World();
        foreach (var (step, epoch, first, length) in life)
        {
            var range = new SequenceRange(first, Math.Min(first + length, RecordsPerEpoch) - 1);
            await world.DoAsync(step, Epochs[epoch], range);
        }

        await world.SettleAllAsync();
        world.Check();
    }

    private sealed class World : IAsyncDisposable
    {
        private readonly FakeTimeProvider time = new(IngestBench.Start);
        private readonly FakeStore store = new();
        private readonly HashSet<RecordId> gone = [];
        private readonly HashSet<RecordId> sent = [];
        private readonly List<(Batch Batch, Task Acknowledged)> unacknowledged = [];
        private IngestBench bench;

        public World() => bench = new IngestBench(store: store, time: time);

        public async Task DoAsync(Step step, string epoch, SequenceRange range)
        {
            switch (step)
            {
                case Step.Send:
                    await SendAsync(BatchOf(epoch, range));
                    break;
                case Step.SendBatchOfGone:
                    // A gateway calls gone only what it never sent: what it sent is in flight and may still come.
                    foreach (var number in Numbers(range).Select(number => new RecordId(epoch, number)).Where(id => !sent.Contains(id)))
                    {
                        gone.Add(number);
                    }

                    await SendAsync(BatchOf(epoch, range));
                    break;
                case Step.Kill:
                    await RestartAsync();
                    break;
                default:
                    Arm(step);
                    await SendAsync(BatchOf(epoch, range));
                    break;
            }
        }

        /// <summary>The gateway sends again until everything is settled.</summary>
        public async Task SettleAllAsync()
        {
            Disarm();
            if (bench.Running.IsCompleted)
            {
                await RestartAsync();
            }

            foreach (var epoch in Epochs)
            {
                await SendAsync(BatchOf(epoch, new SequenceRange(0, RecordsPerEpoch - 1)));
            }
        }

        public void Check()
        {
            var expected = Epochs
                .SelectMany(epoch => Numbers(new SequenceRange(0, RecordsPerEpoch - 1)).Select(number => new RecordId(epoch, number)))
                .ToList();
            var alive = expected.Where(id => !gone.Contains(id)).Select(id => $"{id.Epoch} {id.Sequence}").Order(StringComparer.Ordinal);
            Assert.Equal(alive, store.Points.Values.Select(point => $"{point.Epoch} {point.Sequence}").Order(StringComparer.Ordinal));
            Assert.Equal(alive, bench.Observer.Seen.Order(StringComparer.Ordinal));
            var tally = bench.Tally;
            Assert.Equal(expected.Count, tally.Stored + tally.Lost.Values.Sum());
            Assert.Equal(gone.Count, tally.Lost.GetValueOrDefault("full"));
            Assert.Empty(tally.Rejected);
        }

        public ValueTask DisposeAsync() => bench.DisposeAsync();

        private static IEnumerable<long> Numbers(SequenceRange range)
        {
            for (var number = range.First; number <= range.Last; number++)
            {
                yield return number;
            }
        }

        private Batch BatchOf(string epoch, SequenceRange range)
        {
            var lost = Numbers(range)
                .Where(number => gone.Contains(new RecordId(epoch, number)))
                .Select(number => new GoneRange(new SequenceRange(number, number), LossCause.Full));
            sent.UnionWith(Numbers(range).Select(number => new RecordId(epoch, number)));

            // No two lives of a gateway measure at the same time.
            var begin = IngestBench.Start.AddDays(Array.IndexOf(Epochs, epoch)).ToUnixTimeMilliseconds();
            return IngestBench.BatchOf(
                range.First, range.Last, Joined(lost), epoch, number => IngestBench.Record(number, timeMs: begin + (number * 60_000)));
        }

        private static List<GoneRange> Joined(IEnumerable<GoneRange> lost)
        {
            List<GoneRange> joined = [];
            foreach (var next in lost)
            {
                if (joined is [.., var last] && last.Range.Last + 1 == next.Range.First)
                {
                    joined[^1] = last with { Range = last.Range with { Last = next.Range.Last } };
                }
                else
                {
                    joined.Add(next);
                }
            }

            return joined;
        }

        private async Task SendAsync(Batch batch)
        {
            await AwaitAsync(batch);
            if (bench.Running.IsFaulted)
            {
                await RestartAsync();
            }
        }

        // The broker keeps what was not acknowledged and delivers it again.
        private async Task AwaitAsync(Batch batch)
        {
            var acknowledged = bench.Send(batch);
            unacknowledged.Add((batch, acknowledged));
            await Task.WhenAny(acknowledged, bench.Running);
            if (acknowledged.IsCompleted)
            {
                CheckShown(batch);
            }

            unacknowledged.RemoveAll(item => item.Acknowledged.IsCompleted);
        }

        private async Task RestartAsync()
        {
            Disarm();
            CheckReceipts();
            bench = await bench.RestartAsync();
            var again = unacknowledged.Select(item => item.Batch).ToList();
            unacknowledged.Clear();
            foreach (var batch in again)
            {
                await AwaitAsync(batch);
            }
        }

        // What is acknowledged is committed, whatever comes next.
        private void CheckShown(Batch batch)
        {
            var seen = bench.Observer.Seen.ToHashSet(StringComparer.Ordinal);
            Assert.All(batch.Records, record => Assert.Contains($"{batch.Epoch} {record.Sequence}", seen));
        }

        // What a receipt settles is in the store or was called gone.
        private void CheckReceipts()
        {
            var stored = store.Points.Values.Select(point => new RecordId(point.Epoch, point.Sequence)).ToHashSet();
            foreach (var receipt in bench.Broker.Receipts.ToList())
            {
                for (var number = 0L; number <= receipt.UpTo; number++)
                {
                    var id = new RecordId(receipt.Epoch, number);
                    Assert.True(
                        receipt.Gaps.Any(gap => gap.Contains(number)) || stored.Contains(id) || gone.Contains(id),
                        $"{id} is receipted and is not stored");
                }
            }
        }

        private void Arm(Step step)
        {
            switch (step)
            {
                case Step.CrashBeforeTheStore:
                    store.Before = () => throw new CrashException();
                    break;
                case Step.CrashAfterTheStore:
                    store.After = () => throw new CrashException();
                    break;
                case Step.CrashBeforeTheCommit:
                    bench.Observer.InTransaction = () => throw new CrashException();
                    break;
                default:
                    bench.Observer.AfterCommit = () => throw new CrashException();
                    break;
            }
        }

        private void Disarm() =>
            (store.Before, store.After, bench.Observer.InTransaction, bench.Observer.AfterCommit) = (null, null, null, null);
    }

    private sealed class CrashException : Exception;
}
