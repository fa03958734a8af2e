using PondSentinel.Gateway.Buffering;
using PondSentinel.Measurements;
using PondSentinel.Wire;
using Xunit.Sdk;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What one process hands out, held against the list. It changes nothing of what the list says is owed.</summary>
/// <param name="model">The list.</param>
/// <param name="number">Number of the reading.</param>
/// <param name="process">The process that reads.</param>
internal sealed class ModelReading(BufferModel model, int number, int process)
{
    private const int PhantomsMax = 64;

    private readonly ThinnedReading thinned = new(number);

    /// <summary>How many records were told gone that nobody ever settled.</summary>
    public long Lost { get; private set; }

    /// <summary>How many records were handed out.</summary>
    public long Records { get; private set; }

    /// <summary>What was handed out thinned.</summary>
    public ThinnedReading Thinned => thinned;

    /// <summary>Checks a run, and tells of each item that is in it.</summary>
    public void Take(RecordRun run, Action<ModelItem, StoredRecord?, LossCause?>? found = null)
    {
        var epoch = model.Find(run.Epoch);
        var next = run.Range.First;
        var (records, gone) = (0, 0);
        while (next <= run.Range.Last)
        {
            if (records < run.Records.Count && run.Records[records].Sequence == next)
            {
                var record = run.Records[records++];
                var item = ItemOf(epoch, isRecord: true, next++);
                TakeRecord(epoch, item, record);
                found?.Invoke(item, record, null);
            }
            else if (gone < run.Gone.Count && run.Gone[gone].Range.First == next)
            {
                var (range, cause) = run.Gone[gone++];
                for (; next <= range.Last; next++)
                {
                    if (IsPhantom(epoch, isRecord: true, next, cause))
                    {
                        Lost++;
                        continue;
                    }

                    var item = ItemOf(epoch, isRecord: true, next);
                    TakeGone(epoch, item, next, cause);
                    found?.Invoke(item, null, cause);
                }
            }
            else
            {
                throw new XunitException($"run {run.Range} of {run.Epoch} says nothing of {next}");
            }
        }

        if (next != run.Range.Last + 1 || records < run.Records.Count || gone < run.Gone.Count)
        {
            throw new XunitException($"run {run.Range} of {run.Epoch} says something twice or beyond its range");
        }
    }

    /// <summary>Checks an event.</summary>
    /// <returns>The event; null where it tells the loss of one that never was.</returns>
    public ModelItem? Take(EventEntry entry)
    {
        var epoch = model.Find(entry.Epoch);
        if (entry.Event.Type == "drop")
        {
            var cause = Enum.GetValues<LossCause>().First(cause =>
                entry.Event.Body.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"{cause.Token}\"")) >= 0);
            if (IsPhantom(epoch, isRecord: false, entry.Number, cause))
            {
                return null;
            }

            var lost = ItemOf(epoch, isRecord: false, entry.Number);
            TakeGone(epoch, lost, entry.Number, cause);
            return lost;
        }

        var item = ItemOf(epoch, isRecord: false, entry.Number);

        if (entry.Event.Type != item.Event!.Type || entry.Event.Device != item.Event.Device
            || !entry.Event.Body.Span.SequenceEqual(item.Event.Body.Span))
        {
            throw new XunitException($"event {entry.Epoch} {entry.Number} is {entry.Event.Type} where {item.Event.Type} was appended");
        }

        CheckDurable(epoch, item, entry.Number, isUnsaved: model.MayRefuse);
        CheckTime(epoch, item, entry.Number, entry.TimeMs, entry.Stamp);
        item.SeenBy = number;
        return item;
    }

    /// <summary>Checks that nothing which is owed was left out.</summary>
    /// <param name="isOwed">Whether a number that was promised has to be handed out, by its state at the backend.</param>
    public void End(Predicate<ModelItem> isOwed)
    {
        foreach (var epoch in model.Epochs)
        {
            End(epoch, isRecord: true, isOwed);
            End(epoch, isRecord: false, isOwed);
        }
    }

    /// <summary>Checks that nothing was thinned away of which nothing is left, in a reading that has seen everything.</summary>
    public void EndThinned() => thinned.End(model.Epochs);

    private void End(ModelEpoch epoch, bool isRecord, Predicate<ModelItem> isOwed)
    {
        var items = epoch.Items(isRecord);
        var (first, end) = (0, items.Count);
        if (model.IsSpoilt)
        {
            // Without the ledger it is the inventory that says of the numbers before the first that they are not held.
            // Frames at the very end of which a whole sector is gone leave nothing to count them by; the only frame of an epoch
            // counts under another where the name of its epoch is what was spoilt.
            var seen = items.FindLastIndex(item => item.SeenBy == number) + 1;
            end = model.IsSectorSpoilt || seen == 0 ? seen : end;
            first = model.IsLedgerSpoilt ? Math.Max(0, items.FindIndex(item => item.SeenBy == number)) : 0;
        }

        for (var at = first; at < end; at++)
        {
            var item = items[at];
            if (item.SeenBy != number && item.IsPromised && isOwed(item))
            {
                throw new XunitException(
                    $"{(isRecord ? "record" : "event")} {epoch.Name} {at} was {(item.Durable.IsCompletedSuccessfully ? "durable" : "handed out")} and has vanished");
            }
        }
    }

    // What a power cut left of a commit does not always tell how many it held, or of which epoch: then a few too many count
    // as lost. Never of the epoch that is being written.
    private bool IsPhantom(ModelEpoch epoch, bool isRecord, long at, LossCause cause)
    {
        var items = epoch.Items(isRecord);
        return cause == LossCause.Bad && at >= items.Count && at < items.Count + PhantomsMax && epoch.Process != process;
    }

    private static ModelItem ItemOf(ModelEpoch epoch, bool isRecord, long at)
    {
        var items = epoch.Items(isRecord);
        return at >= 0 && at < items.Count ? items[(int)at]
            : throw new XunitException($"{(isRecord ? "record" : "event")} {epoch.Name} {at} was never appended");
    }

    private void TakeRecord(ModelEpoch epoch, ModelItem item, StoredRecord stored)
    {
        var (got, put) = (stored.Record, item.Record!);
        if (got.Station != put.Station || got.Site != put.Site || got.Schema != put.Schema || got.Device != put.Device
            || got.Channels.Count != put.Channels.Count
            || (stored.CoveredMs is null && (got.Channels[0].Value != put.Channels[0].Value || got.Channels[0].Count is not null)))
        {
            throw new XunitException(
                $"record {epoch.Name} {stored.Sequence} is {got.Channels[0].Value} where {put.Channels[0].Value} was appended");
        }

        if (stored.CoveredMs is not null)
        {
            thinned.Take(epoch, item, stored);
        }

        CheckDurable(epoch, item, stored.Sequence, got.Channels[0].Why.HasFlag(Why.Unsaved));
        CheckTime(epoch, item, stored.Sequence, stored.TimeMs, stored.Stamp);
        (item.SeenBy, item.SeenGone) = (number, null);
        Records++;
    }

    private void TakeGone(ModelEpoch epoch, ModelItem item, long at, LossCause cause)
    {
        if (item.IsPromised && !item.IsStored && !item.IsSettled && !model.MayLose(cause)
            && !(model.IsSpoilt && (cause is LossCause.Bad or LossCause.Full)))
        {
            throw new XunitException($"{epoch.Name} {at} was durable and is gone as {cause}, for which there was no reason");
        }

        if (cause == LossCause.Had && !item.IsSettled)
        {
            throw new XunitException($"{epoch.Name} {at} is said to have been settled before it was given up, and never was");
        }

        if (!item.IsSettled && item.Record is not null)
        {
            Lost++;
        }

        (item.SeenBy, item.SeenGone) = (number, cause);
    }

    private void CheckDurable(ModelEpoch epoch, ModelItem item, long at, bool isUnsaved)
    {
        if (item.Process == process && !item.Durable.IsCompletedSuccessfully && !(isUnsaved && model.MayRefuse))
        {
            throw new XunitException($"{epoch.Name} {at} was handed out before it was durable");
        }
    }

    private void CheckTime(ModelEpoch epoch, ModelItem item, long at, long timeMs, ClockStamp stamp)
    {
        // A time in ms is rounded.
        if (Math.Abs(timeMs - item.TrueMs) > stamp.ErrorMs + 1)
        {
            throw new XunitException(
                $"{epoch.Name} {at} is placed at {timeMs} ({stamp}) and happened at {item.TrueMs}, {timeMs - item.TrueMs} ms off");
        }

        if (item.HandedOutAt is { } before && before != (timeMs, stamp) && !model.IsLedgerSpoilt)
        {
            throw new XunitException($"{epoch.Name} {at} was handed out as of {before} and now as of {(timeMs, stamp)}");
        }
    }
}
