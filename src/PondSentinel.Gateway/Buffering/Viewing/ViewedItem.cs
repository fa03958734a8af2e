using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering.Viewing;

/// <summary>What stands under one number of a buffer, or under several in a row that are gone.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Range">The number, or the numbers that are gone.</param>
/// <param name="IsEvent">Whether it is of the events, which are numbered apart.</param>
internal abstract record ViewedItem(string Epoch, SequenceRange Range, bool IsEvent)
{
    /// <summary>A record.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Number">The number.</param>
    /// <param name="Time">Its final time; null while it waits for one.</param>
    /// <param name="IsSettled">Whether the backend has it.</param>
    /// <param name="Value">The record.</param>
    internal sealed record Record(string Epoch, long Number, FinalTimeStamp? Time, bool IsSettled, BufferedRecord Value)
        : ViewedItem(Epoch, new SequenceRange(Number, Number), IsEvent: false)
    {
        /// <summary>For a thinned record the time it stands for, ms; otherwise null.</summary>
        public long? CoveredMs { get; init; }
    }

    /// <summary>An event.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Number">The number.</param>
    /// <param name="Time">Its final time; null while it waits for one.</param>
    /// <param name="IsSettled">Whether the backend has it.</param>
    /// <param name="Value">The event.</param>
    internal sealed record Event(string Epoch, long Number, FinalTimeStamp? Time, bool IsSettled, BufferedEvent Value)
        : ViewedItem(Epoch, new SequenceRange(Number, Number), IsEvent: true);

    /// <summary>Numbers that are gone.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Range">The numbers.</param>
    /// <param name="Cause">Why.</param>
    /// <param name="IsEvent">Whether they are of the events.</param>
    internal sealed record Gone(string Epoch, SequenceRange Range, LossCause Cause, bool IsEvent)
        : ViewedItem(Epoch, Range, IsEvent);
}

/// <summary>A final time.</summary>
/// <param name="Ms">UTC ms since 1970.</param>
/// <param name="Stamp">How good it is.</param>
internal readonly record struct FinalTimeStamp(long Ms, ClockStamp Stamp);
