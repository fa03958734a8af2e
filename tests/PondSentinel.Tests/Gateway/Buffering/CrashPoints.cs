using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Lets the power go in copies of a card, opens each, and holds what comes out against the list of that moment.
/// </summary>
/// <param name="seed">What decides what a cut leaves.</param>
/// <param name="options">Settings of the buffer.</param>
/// <param name="model">The list.</param>
/// <param name="clock">The time.</param>
/// <param name="backend">The backend; null where it never says anything.</param>
internal sealed class CrashPoints(int seed, BufferOptions options, BufferModel model, HistoryClock clock, HistoryBackend? backend)
{
    private readonly Random random = new(seed);

    /// <summary>How often the power went.</summary>
    public int Count { get; private set; }

    /// <summary>How many thinned records came out.</summary>
    public long ThinnedCount { get; private set; }

    /// <summary>How many of them were held against each record that they stand for.</summary>
    public long ThinnedExact { get; private set; }

    /// <summary>Decides whether to let the power go here.</summary>
    /// <param name="share">How often to.</param>
    public bool Want(double share) => random.NextDouble() < share;

    /// <summary>Lets the power go once.</summary>
    /// <param name="living">The card, which does not notice.</param>
    public void Try(SimulatedCard living)
    {
        var card = living.Snapshot();
        CutPower(card);
        while (random.Next(6) == 0)
        {
            // It comes back and goes again while the buffer opens or begins its work.
            card.CutAt = random.Next(1, 40);
            try
            {
                var cut = Open(card);
                cut.Trust(clock.TrustLater());
                cut.CommitNow();
            }
            catch (PowerCutException)
            {
            }

            card = card.Snapshot();
            CutPower(card);
        }

        Check(card, Open(card));
    }

    private void CutPower(SimulatedCard card)
    {
        card.CutPower(random);
        Count++;
    }

    private SegmentedLog Open(SimulatedCard card) =>
        SegmentedLog.Open(options, StoppedTime.Instance, NullLogger.Instance, card, isByHand: true);

    private void Check(SimulatedCard card, SegmentedLog log)
    {
        var reading = model.BeginReading();
        var isHeard = backend is not null && random.Next(2) == 0;
        if (isHeard)
        {
            foreach (var epoch in model.Epochs)
            {
                log.Apply(backend!.ReceiptOf(epoch));
            }
        }

        log.Trust(clock.TrustLater());
        log.CommitNow();
        var isCounted = random.Next(4) == 0;
        var before = isCounted ? log.Status : null;
        var lastEpoch = -1;
        while (log.NextAsync(Lane.Backlog, 1000, CancellationToken.None).AsTask() is { IsCompleted: true } next)
        {
            var run = next.GetAwaiter().GetResult();
            reading.Take(run);
            lastEpoch = InOrder(lastEpoch, run.Epoch);
            log.MarkSent(run.Epoch, run.Range);
        }

        lastEpoch = -1;
        while (log.NextEventAsync(CancellationToken.None).AsTask() is { IsCompleted: true } next)
        {
            var entry = next.GetAwaiter().GetResult();
            reading.Take(entry);
            lastEpoch = InOrder(lastEpoch, entry.Epoch);
            log.MarkEventSent(entry.Epoch, entry.Number);
        }

        reading.End(isHeard ? item => !item.IsStored && item.Gone is null : item => !item.IsSettled);
        reading.EndThinned();
        ThinnedCount += reading.Thinned.Count;
        ThinnedExact += reading.Thinned.Exact;
        if (isCounted)
        {
            CheckSums(card, log, reading, before!, isHeard);
        }
    }

    private void CheckSums(SimulatedCard card, SegmentedLog log, ModelReading reading, BufferStatus before, bool isHeard)
    {
        var after = log.Status;
        Assert.InRange(after.Bytes, 1, after.BytesMax);
        if (!model.IsLedgerSpoilt)
        {
            Assert.InRange(reading.Lost, 0, isHeard ? long.MaxValue : after.Lost.Values.Sum());
        }

        if (!model.IsSpoilt)
        {
            Assert.Equal(before.Unsettled, reading.Records);
        }

        if (backend is null && !model.IsLedgerSpoilt)
        {
            Assert.Equal(log.Inventory.Sum(held => held.Last + 1), after.Unsettled + after.Lost.Values.Sum());
        }
    }

    private int InOrder(int last, string epoch)
    {
        var order = model.Find(epoch).Order;
        Assert.True(order >= last || model.IsSpoilt, $"epoch {epoch} comes after a later one");
        return order;
    }
}
