using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;
using Xunit.Sdk;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The thinned records that one process hands out, held against the list. Values of one device rise, or fall, from
/// record to record, so that the value farthest from its own says where a thinned record begins.</summary>
/// <param name="number">Number of the reading.</param>
internal sealed class ThinnedReading(int number)
{
    private readonly List<Window> windows = [];

    /// <summary>How many records were thinned ones.</summary>
    public int Count => windows.Count;

    /// <summary>How many of them were held against each of the records that they stand for.</summary>
    public int Exact { get; private set; }

    /// <summary>Takes note of a thinned record, and checks what can be said of it alone.</summary>
    public void Take(ModelEpoch epoch, ModelItem own, StoredRecord stored)
    {
        var at = (int)stored.Sequence;
        var channel = stored.Record.Channels[0];
        if (channel is not { Value: { } mean, Low: { } low, High: { } high, Count: { } count } || stored.CoveredMs is not { } coveredMs)
        {
            throw new XunitException($"thinned record {epoch.Name} {at} lacks its mean, bounds, count or time");
        }

        var value = ValueOf(own);
        var first = epoch.Records.FindIndex(item => ValueOf(item) == (value == low ? high : low));
        if ((value != low && value != high) || mean < low || mean > high || first < 0 || first >= at
            || !IsAlike(epoch.Records[first], own) || stored.Record.Channels.Any(other => other.Count != count))
        {
            throw new XunitException($"thinned record {epoch.Name} {at} of {value} says {low} to {high}, mean {mean}, of {count}");
        }

        var alike = Enumerable.Range(first, at - first + 1).Where(index => IsAlike(epoch.Records[index], own)).ToList();
        if (count < 2 || count > Math.Min(alike.Count, Thinner.RecordsMax))
        {
            throw new XunitException($"thinned record {epoch.Name} {at} says that it is of {count} where there are {alike.Count}");
        }

        var covered = own.Record!.Clock.BootTime - epoch.Records[first].Record!.Clock.BootTime;
        if (Math.Abs(covered.TotalMilliseconds - coveredMs) > 1)
        {
            throw new XunitException($"thinned record {epoch.Name} {at} says that it covers {coveredMs} ms where it is {covered}");
        }

        windows.Add(new Window(epoch, at, alike, count, mean));
    }

    /// <summary>Checks that what was told gone as thinned is in a thinned record, or that this one is accounted for itself.
    /// </summary>
    public void End(IReadOnlyList<ModelEpoch> epochs)
    {
        var told = windows.SelectMany(Check).ToHashSet();
        foreach (var epoch in epochs)
        {
            for (var at = 0; at < epoch.Records.Count; at++)
            {
                var item = epoch.Records[at];
                if (IsThin(item) && !told.Contains(item) && !epoch.Records.Skip(at + 1).Any(above => IsAlike(above, item) && IsAccounted(above)))
                {
                    throw new XunitException($"{epoch.Name} {at} is gone as thinned, and no record stands for it");
                }
            }
        }
    }

    private IEnumerable<ModelItem> Check(Window window)
    {
        var (epoch, at, alike, count, mean) = window;
        var own = epoch.Records[at];
        var thin = alike.ConvertAll(index => epoch.Records[index]).FindAll(IsThin);
        List<ModelItem>? standing = alike.Count == count ? alike.ConvertAll(index => epoch.Records[index])
            : thin.Count == count - 1 ? [.. thin, own]
            : null;
        if (standing is not null)
        {
            var expected = standing.Average(ValueOf);
            if (Math.Abs(expected - mean) > 1e-6)
            {
                throw new XunitException($"thinned record {epoch.Name} {at} says a mean of {mean} where it is {expected}");
            }

            if (standing.Find(item => item != own && item.SeenBy == number && item.SeenGone is null) is { } twice)
            {
                throw new XunitException($"thinned record {epoch.Name} {at} stands for {ValueOf(twice)}, which is handed out too");
            }

            Exact++;
        }

        if (thin.Count > count - 1)
        {
            throw new XunitException($"thinned record {epoch.Name} {at} is of {count}, and {thin.Count} others are gone into it");
        }

        return thin;
    }

    // Gone for a cause of its own, or with the backend.
    private bool IsAccounted(ModelItem item) =>
        item.SeenBy == number ? item.SeenGone is not (null or LossCause.Thin) : item.IsStored || item.IsSettled;

    private bool IsThin(ModelItem item) => item.SeenBy == number && item.SeenGone == LossCause.Thin;

    private static double ValueOf(ModelItem item) => item.Record!.Channels[0].Value!.Value;

    // What waits in memory for a time may have got it before it was written, so nothing is asked of that.
    private static bool IsAlike(ModelItem one, ModelItem other)
    {
        var (left, right) = (one.Record!, other.Record!);
        return left.Station == right.Station && left.Device == right.Device && left.Schema == right.Schema
            && left.Clock.Boot == right.Clock.Boot;
    }

    private sealed record Window(ModelEpoch Epoch, int Number, List<int> Alike, int Count, double Mean);
}
