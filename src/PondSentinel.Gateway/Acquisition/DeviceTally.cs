using PondSentinel.Measurements;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What became of a device's polls since the process started, for health. Written by one worker, read by anyone.
/// </summary>
/// <param name="device">The device.</param>
/// <param name="bus">Its bus.</param>
public sealed class DeviceTally(string device, string bus)
{
    private long polls;
    private long failed;
    private long spared;
    private long missed;
    private volatile LastPoll? last;

    /// <summary>The device.</summary>
    public string Device { get; } = device;

    /// <summary>Its bus.</summary>
    public string Bus { get; } = bus;

    /// <summary>Polls that were made; each is a record.</summary>
    public long Polls => Interlocked.Read(ref polls);

    /// <summary>Polls that gave no value at all.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Slots in which a dead device was not asked, for its neighbours' sake.</summary>
    public long Spared => Interlocked.Read(ref spared);

    /// <summary>Slots that passed because the bus was busy.</summary>
    public long Missed => Interlocked.Read(ref missed);

    /// <summary>Its last poll; null before the first.</summary>
    internal LastPoll? Last => last;

    /// <summary>Takes note of a poll.</summary>
    /// <param name="poll">The poll.</param>
    internal void Note(LastPoll poll) => last = poll;

    /// <summary>Counts a slot.</summary>
    /// <param name="attempt">The last attempt, or null where the device was spared.</param>
    /// <param name="missedTotal">All slots that passed so far.</param>
    internal void Count(Attempt? attempt, long missedTotal)
    {
        if (attempt is null)
        {
            Interlocked.Increment(ref spared);
        }
        else
        {
            Interlocked.Increment(ref polls);
        }

        if (attempt?.Reading is Reading.Failed)
        {
            Interlocked.Increment(ref failed);
        }

        Interlocked.Exchange(ref missed, missedTotal);
    }
}
