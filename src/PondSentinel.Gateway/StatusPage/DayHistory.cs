using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>The last 24 hours of all channels, since this process began. Thread-safe.</summary>
internal sealed class DayHistory
{
    /// <summary>Channels that are drawn at most, for the memory they take: 512 are 6.6 MB.</summary>
    public const int ChannelsMax = 512;

    private readonly Lock gate = new();
    private readonly Dictionary<string, DayTrace> traces = new(StringComparer.Ordinal);

    /// <summary>Takes note of a record, or of a revision of one.</summary>
    /// <param name="device">The device.</param>
    /// <param name="clock">When it was taken.</param>
    /// <param name="values">Its channels.</param>
    public void Note(string device, ClockReading clock, IReadOnlyList<ChannelValue> values)
    {
        lock (gate)
        {
            foreach (var value in values)
            {
                var name = LatestNumbers.Reference(device, value.Channel);
                if (!traces.TryGetValue(name, out var trace))
                {
                    if (traces.Count == ChannelsMax)
                    {
                        continue;
                    }

                    traces.Add(name, trace = new DayTrace());
                }

                trace.Note(MinuteOf(clock.BootTime), value.Value, value.Flag);
            }
        }
    }

    /// <summary>The day of a channel until now, oldest first.</summary>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    /// <param name="now">Now, on the boot-time clock.</param>
    /// <param name="columns">In how many columns.</param>
    /// <returns>Null where nothing is known of it.</returns>
    public IReadOnlyList<DayColumn>? Of(string channel, TimeSpan now, int columns)
    {
        lock (gate)
        {
            return traces.TryGetValue(channel, out var trace) ? trace.Columns(MinuteOf(now), columns) : null;
        }
    }

    private static long MinuteOf(TimeSpan bootTime) => bootTime.Ticks / TimeSpan.TicksPerMinute;
}
