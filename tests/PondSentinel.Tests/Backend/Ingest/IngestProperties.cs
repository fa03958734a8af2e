using CsCheck;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>A gateway that sends anything in any order and again, revisions too, a store that refuses some of it for a while, a
/// store and a process that fail at any step: in the end every record is stored once, of revisions the newest, was shown once, and
/// the numbers close.</summary>
public sealed class IngestProperties
{
    private enum Step
    {
        Send,
        SendBatchOfGone,
        CrashBeforeTheStore,
        CrashAfterTheStore,
        CrashBeforeTheCommit,
        CrashAfterTheCommit,
        Kill,
        Refuse,
        Mend,
        Resubmit,
        CrashWhileResubmitting,
    }

    private static readonly Gen<(Step Step, int Epoch, int First, int Length)[]> Lives = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Step.Send)),
            (1, Gen.Const(Step.SendBatchOfGone)),
            (1, Gen.Const(Step.CrashBeforeTheStore)),
            (1, Gen.Const(Step.CrashAfterTheStore)),
            (1, Gen.Const(Step.CrashBeforeTheCommit)),
            (1, Gen.Const(Step.CrashAfterTheCommit)),
            (1, Gen.Const(Step.Kill)),
            (2, Gen.Const(Step.Refuse)),
            (1, Gen.Const(Step.Mend)),
            (1, Gen.Const(Step.Resubmit)),
            (1, Gen.Const(Step.CrashWhileResubmitting))),
        Gen.Int[0, GatewayHistory.Epochs.Count - 1],
        Gen.Int[0, GatewayHistory.RecordsPerEpoch - 1],
        Gen.Int[1, 12]).Array[5, 25];

    [Fact]
    public async Task Every_record_is_stored_once_and_shown_once_whatever_crashes_or_is_refused_for_a_while() =>
        await Lives.SampleAsync(LiveAsync, iter: TestDepth.Cases(25), threads: 2);

    private static async Task LiveAsync((Step Step, int Epoch, int First, int Length)[] life)
    {
        await using var world = new World();
        foreach (var (step, epoch, first, length) in life)
        {
            var range = new SequenceRange(first, Math.Min(first + length, GatewayHistory.RecordsPerEpoch) - 1);
            await world.DoAsync(step, GatewayHistory.Epochs[epoch], range);
        }

        await world.SettleAllAsync();
        world.Check();
    }

    private sealed class World : IAsyncDisposable
    {
        private readonly FakeTimeProvider time = new(IngestBench.Start);
        private readonly FakeStore store = new();
        private readonly GatewayHistory history = new();
        private readonly List<(Batch Batch, Task Acknowledged)> unacknowledged = [];
        private IngestBench bench;

        public World() => bench = new IngestBench(store: store, time: time);

        public async Task DoAsync(Step step, string epoch, SequenceRange range)
        {
            switch (step)
            {
                case Step.Send:
                    await SendAsync(history.BatchOf(epoch, range));
                    break;
                case Step.SendBatchOfGone:
                    history.Lose(epoch, range);
                    await SendAsync(history.BatchOf(epoch, range));
                    break;
                case Step.Kill:
                    await RestartAsync();
                    break;
                case Step.Refuse:
                    store.Refuse = point => ((long)(point.Value.Value!.Value * 2) % 5) == range.First % 5 ? "range" : null;
                    break;
                case Step.Mend:
                    store.Refuse = _ => null;
                    break;
                case Step.Resubmit:
                    await ResubmitAsync();
                    break;
                case Step.CrashWhileResubmitting:
                    Arm((Step)((int)Step.CrashBeforeTheStore + (range.First % 4)));
                    await ResubmitAsync();
                    break;
                default:
                    Arm(step);
                    await SendAsync(history.BatchOf(epoch, range));
                    break;
            }
        }

        /// <summary>The gateway sends again until everything is settled, and a person gives in again what was refused.</summary>
        public async Task SettleAllAsync()
        {
            Disarm();
            if (bench.Running.IsCompleted)
            {
                await RestartAsync();
            }

            foreach (var epoch in GatewayHistory.Epochs)
            {
                await SendAsync(history.BatchOf(epoch, new SequenceRange(0, GatewayHistory.RecordsPerEpoch - 1)));
            }

            store.Refuse = _ => null;
            await ResubmitAsync();
        }

        public void Check()
        {
            Assert.Equal(
                history.Standing().Select(item => $"{item.Record} {item.Channel} {item.Value}").Order(StringComparer.Ordinal),
                store.Points.Values.Select(point =>
                    $"{new RecordId(point.Epoch, point.Sequence)} {point.Channel} {point.Value.Value}").Order(StringComparer.Ordinal));
            var seen = bench.Observer.Seen.CountBy(what => what).ToDictionary(StringComparer.Ordinal);
            Assert.All(history.Shown(), item => Assert.InRange(seen.GetValueOrDefault(item.What), item.Least, item.Most));
            var tally = bench.Tally;
            Assert.Equal(GatewayHistory.Epochs.Count * GatewayHistory.RecordsPerEpoch, tally.Stored + tally.Lost.Values.Sum());
            Assert.Equal(history.GoneCount, tally.Lost.GetValueOrDefault("full"));
            Assert.Empty(tally.Rejected);
        }

        public ValueTask DisposeAsync() => bench.DisposeAsync();

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
                CheckSettled(batch);
            }

            unacknowledged.RemoveAll(item => item.Acknowledged.IsCompleted);
        }

        private async Task ResubmitAsync()
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(0, DeadLettersCommand.Resubmit(bench.Folder, [], true, time, TextWriter.Null, TextWriter.Null));
            await LettersDoneAsync();
            if (bench.Running.IsCompleted)
            {
                await RestartAsync();
            }

            Disarm();
        }

        private async Task LettersDoneAsync()
        {
            while (new LetterFolder(bench.Folder).Waiting.Count > 0 && !bench.Running.IsCompleted)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
        }

        private async Task RestartAsync()
        {
            Disarm();
            CheckReceipts();
            bench = await bench.RestartAsync();

            // What is looked at afterwards must not be on its way from one file to another.
            await LettersDoneAsync();
            var again = unacknowledged.Select(item => item.Batch).ToList();
            unacknowledged.Clear();
            foreach (var batch in again)
            {
                await AwaitAsync(batch);
            }
        }

        // What is acknowledged is committed, whatever comes next: shown, or a dead letter.
        private void CheckSettled(Batch batch)
        {
            var seen = bench.Observer.Seen.ToHashSet(StringComparer.Ordinal);
            var refused = Refused();
            Assert.All(
                batch.Records.Select(record => new RecordId(batch.Epoch, record.Sequence)).Where(id => !GatewayHistory.IsRevised(id)),
                id => Assert.True(refused.Contains(id) || seen.Contains(GatewayHistory.Name(id)), $"{id} is neither shown nor refused"));
        }

        // What a receipt settles is in the store, was called gone, or is a dead letter.
        private void CheckReceipts()
        {
            var stored = store.Points.Values.Select(point => new RecordId(point.Epoch, point.Sequence)).ToHashSet();
            var refused = Refused();
            foreach (var receipt in bench.Broker.Receipts.ToList())
            {
                for (var number = 0L; number <= receipt.UpTo; number++)
                {
                    var id = new RecordId(receipt.Epoch, number);
                    Assert.True(
                        receipt.Gaps.Any(gap => gap.Contains(number)) || history.IsGone(id) || refused.Contains(id)
                            || stored.Contains(GatewayHistory.Subject(id)),
                        $"{id} is receipted and is not stored");
                }
            }
        }

        private HashSet<RecordId> Refused()
        {
            var folder = new LetterFolder(bench.Folder);
            return
            [
                .. folder.Days.Concat(folder.Waiting).SelectMany(File.ReadLines)
                    .Select(line => DeadLetter.TryParse(line, out var letter) ? letter.Record : default),
            ];
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
