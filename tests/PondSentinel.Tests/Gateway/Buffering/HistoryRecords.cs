using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Makes the records of a history, which tell themselves apart by their values.</summary>
/// <param name="random">What decides.</param>
/// <param name="areAlike">Whether they come from a few devices, so that they can be thinned; otherwise each has a station of
/// its own.</param>
internal sealed class HistoryRecords(Random random, bool areAlike)
{
    private static readonly int[] Padding = [8, 40, 90];

    private int device;
    private int made;

    /// <summary>How many are appended in one step.</summary>
    public int NextCount() => areAlike ? random.Next(1, 14) : random.Next(1, 6);

    /// <summary>Makes the next record.</summary>
    public BufferedRecord Next() => areAlike ? Alike(++made) : BufferBench.Record(++made) with
    {
        Station = $"pond-{made}-{new string('x', random.Next(4) == 0 ? random.Next(2000) : random.Next(500))}",
    };

    // One device for some time, and now and then a new description; the values of one device fall.
    private BufferedRecord Alike(int value)
    {
        device = random.Next(3) == 0 ? random.Next(Padding.Length) : device;
        var record = BufferBench.Record(device == 2 ? -value : value);
        return record with
        {
            Station = $"pond-{device % 2}",
            Device = $"probe-{device}",
            Schema = random.Next(40) == 0 ? "0a1b2c3d" : record.Schema,
            Channels = [record.Channels[0], record.Channels[0] with { Channel = new string('x', Padding[device]) }],
        };
    }
}
