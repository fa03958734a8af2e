using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The list that a buffer is held against: every record and event that was ever appended, and what is owed of it.
/// </summary>
internal sealed class BufferModel
{
    private readonly Dictionary<string, ModelEpoch> byName = new(StringComparer.Ordinal);
    private readonly List<ModelEpoch> epochs = [];
    private int readings;

    /// <summary>The epochs, in the order of their first append.</summary>
    public IReadOnlyList<ModelEpoch> Epochs => epochs;

    /// <summary>Why numbers that were durable may be gone in this history.</summary>
    public required Predicate<LossCause> MayLose { get; init; }

    /// <summary>Whether the card may take nothing for a while, so that items are handed out from memory alone.</summary>
    public required bool MayRefuse { get; init; }

    /// <summary>Whether bytes of the card were spoilt or could not be read.</summary>
    public bool IsSpoilt { get; set; }

    /// <summary>Whether a whole sector of what is on the card was spoilt, or could not be read.</summary>
    public bool IsSectorSpoilt { get; set; }

    /// <summary>Whether that befell the ledger, which knows what was told before: times, and how much was lost.</summary>
    public bool IsLedgerSpoilt { get; set; }

    /// <summary>Takes note of an append.</summary>
    public void Append(bool isRecord, RecordId id, ModelItem item)
    {
        if (!byName.TryGetValue(id.Epoch, out var epoch))
        {
            byName.Add(id.Epoch, epoch = new ModelEpoch(id.Epoch, epochs.Count, item.Process));
            epochs.Add(epoch);
        }

        var items = epoch.Items(isRecord);
        Assert.True(id.Sequence == items.Count, $"{id} was given where {items.Count} is next");
        items.Add(item);
    }

    public ModelEpoch Find(string epoch) =>
        byName.TryGetValue(epoch, out var found) ? found : throw new Xunit.Sdk.XunitException($"epoch {epoch} was never begun");

    /// <summary>What one opening of the buffer hands out, held against the list.</summary>
    /// <param name="process">The process that reads; what it appended itself is handed out only once it is durable.</param>
    public ModelReading BeginReading(int process = 0) => new(this, ++readings, process);

    /// <summary>The card was put back to an image: what it promised since then is no promise of that image.</summary>
    /// <param name="promised">What it had promised when the image was taken.</param>
    public void Restore(HashSet<ModelItem> promised)
    {
        foreach (var item in epochs.SelectMany(epoch => epoch.Records.Concat(epoch.Events)))
        {
            item.IsElsewhere = !promised.Contains(item);
            item.HandedOutAt = null;
        }
    }

    public HashSet<ModelItem> Promised() =>
        [.. epochs.SelectMany(epoch => epoch.Records.Concat(epoch.Events)).Where(item => item.IsPromised)];
}

/// <summary>An epoch of the list.</summary>
internal sealed class ModelEpoch(string name, int order, int process)
{
    /// <summary>The process that began it.</summary>
    public int Process => process;

    public string Name => name;

    public int Order => order;

    public List<ModelItem> Records { get; } = [];

    public List<ModelItem> Events { get; } = [];

    public List<ModelItem> Items(bool isRecord) => isRecord ? Records : Events;
}

/// <summary>A record or an event of the list.</summary>
internal sealed class ModelItem
{
    /// <summary>The record as it was appended; null for an event.</summary>
    public BufferedRecord? Record { get; init; }

    /// <summary>The event as it was appended; null for a record.</summary>
    public BufferedEvent? Event { get; init; }

    /// <summary>When it really happened: UTC ms since 1970.</summary>
    public required double TrueMs { get; init; }

    /// <summary>The process that appended it.</summary>
    public required int Process { get; init; }

    public required Task Durable { get; init; }

    /// <summary>Whether it was ever handed out: nothing is that a power cut could still take.</summary>
    public bool WasHandedOut { get; set; }

    /// <summary>Whether the card that held it was replaced by an older image.</summary>
    public bool IsElsewhere { get; set; }

    /// <summary>Whether the backend has it.</summary>
    public bool IsStored { get; set; }

    /// <summary>Why it is gone, as far as the backend was told.</summary>
    public LossCause? Gone { get; set; }

    /// <summary>Whether a receipt that covers it was ever applied.</summary>
    public bool IsSettled { get; set; }

    /// <summary>The time it was handed out with, which never changes.</summary>
    public (long TimeMs, ClockStamp Stamp)? HandedOutAt { get; set; }

    /// <summary>The last reading that told of it.</summary>
    public int SeenBy { get; set; }

    /// <summary>Why it is gone by that reading; null where it was handed out.</summary>
    public LossCause? SeenGone { get; set; }

    public bool IsPromised => !IsElsewhere && (Durable.IsCompletedSuccessfully || WasHandedOut);
}
