using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The backend of a history. It is truthful: it settles what it was sent, and what it was told is gone.</summary>
/// <param name="model">The list.</param>
internal sealed class HistoryBackend(BufferModel model)
{
    private long generation = 1;
    private long receipts;

    /// <summary>What it says of an epoch now.</summary>
    public Receipt ReceiptOf(ModelEpoch epoch)
    {
        var (upTo, gaps) = UpTo(epoch.Records);
        var (eventsUpTo, eventGaps) = UpTo(epoch.Events);
        return BufferBench.Receipt(epoch.Name, upTo, ++receipts, generation, gaps) with
        {
            Events = new EventReceipt(eventsUpTo, eventGaps),
        };
    }

    /// <summary>Its store comes back from a backup that lacks some of what it had, of any epoch, and knows of no loss any
    /// more.</summary>
    public void Restore(Random random)
    {
        generation++;
        foreach (var item in model.Epochs.SelectMany(epoch => epoch.Records.Concat(epoch.Events)))
        {
            item.IsStored &= random.Next(3) > 0;
            item.Gone = null;
        }
    }

    /// <summary>Notes what a receipt has settled.</summary>
    public static void NoteSettled(ModelEpoch epoch, Receipt receipt)
    {
        foreach (var item in epoch.Records.Take((int)receipt.UpTo + 1).Concat(epoch.Events.Take((int)receipt.Events!.UpTo + 1)))
        {
            item.IsSettled |= item.IsStored || item.Gone is not null;
        }
    }

    private static (long UpTo, List<SequenceRange> Gaps) UpTo(List<ModelItem> items)
    {
        List<SequenceRange> gaps = [];
        var upTo = -1;
        for (var at = 0; at < items.Count; at++)
        {
            if (!items[at].IsStored && items[at].Gone is null)
            {
                continue;
            }

            if (at > upTo + 1)
            {
                if (gaps.Count == Receipt.GapsMax)
                {
                    break;
                }

                gaps.Add(new SequenceRange(upTo + 1, at - 1));
            }

            upTo = at;
        }

        return (upTo, gaps);
    }
}
