using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Something about the time that others have to know.</summary>
public abstract record ClockChange
{
    private ClockChange()
    {
    }

    /// <summary>Trust was gained, or comes from another or a much better source: records of this boot that wait can have
    /// their time.</summary>
    /// <param name="Anchor">The relation of the clocks.</param>
    /// <param name="ShiftMs">How far the time of records moves by it, ms; below zero where it goes back; null where none
    /// had a time before.</param>
    public sealed record Anchored(ClockAnchor Anchor, long? ShiftMs) : ClockChange;

    /// <summary>Somebody set the wall clock. Nobody is believed about it until they speak again.</summary>
    /// <param name="ByMs">How far, ms; below zero where it went back.</param>
    /// <param name="After">The clocks after the step.</param>
    public sealed record Stepped(long ByMs, ClockReading After) : ClockChange;

    /// <summary>Nobody vouches for the wall clock any more: the time goes on by the quartz, and its error grows.</summary>
    /// <param name="Last">Who did until now.</param>
    /// <param name="After">The clocks now.</param>
    public sealed record Lost(ClockSource Last, ClockReading After) : ClockChange;
}
