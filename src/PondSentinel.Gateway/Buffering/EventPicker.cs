using System.Text;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Reads the one event that is next. An event that is gone is told as an event of type <c>drop</c> under its
/// number, because events have no other way to say so.</summary>
/// <param name="epoch">The epoch.</param>
/// <param name="finalTimeOf">Gives an event its final time, where it has one.</param>
/// <param name="timeOfLoss">The time to tell a loss under.</param>
internal sealed class EventPicker(
    EpochLedger epoch,
    FinalTime finalTimeOf,
    (long TimeMs, ClockStamp Stamp) timeOfLoss) : IFrameReader
{
    /// <summary>Whether it has no time yet.</summary>
    public bool AwaitsTime { get; private set; }

    /// <summary>The event; null where there is none.</summary>
    public EventEntry? Entry { get; private set; }

    /// <inheritdoc/>
    public FrameVerdict Take(StoredFrame frame)
    {
        if (EventBody.Read(frame.Version, frame.Body) is not { } happening)
        {
            return FrameVerdict.Unreadable;
        }

        if (finalTimeOf(happening.Clock) is not var (timeMs, stamp))
        {
            AwaitsTime = true;
            return FrameVerdict.Ended;
        }

        Entry = new EventEntry(epoch.Epoch, frame.Number, timeMs, stamp, happening);
        return FrameVerdict.Ended;
    }

    /// <inheritdoc/>
    public bool TakeGone(GoneRange gone)
    {
        var (timeMs, stamp) = timeOfLoss;
        var happening = new BufferedEvent
        {
            Site = epoch.Site,
            Clock = default,
            Type = "drop",
            Body = Encoding.UTF8.GetBytes($$"""{"what":"event","cause":"{{gone.Cause.Token}}"}"""),
        };
        Entry = new EventEntry(epoch.Epoch, gone.Range.First, timeMs, stamp, happening);
        return false;
    }
}
