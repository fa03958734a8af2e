namespace PondSentinel.Backend.Notification;

/// <summary>What became of a notice, or of a message, at one channel. The numbers are stored: never renumber, only add.</summary>
public enum DeliveryStanding : byte
{
    /// <summary>Not delivered yet.</summary>
    Waiting = 0,

    /// <summary>The channel has taken it.</summary>
    Delivered = 1,

    /// <summary>The channel will never take this one.</summary>
    Refused = 2,

    /// <summary>Given up because too many were waiting before a channel that takes none, the least severe first, or because the channel
    /// is gone.</summary>
    Dropped = 3,

    /// <summary>Told with a later notice of the same alarm, or taken back before it was told.</summary>
    Merged = 4,

    /// <summary>It was over before the silence that held it back was.</summary>
    Silenced = 5,

    /// <summary>One of many while the alarm came and went; the message that said so gave their number.</summary>
    Flapped = 6,

    /// <summary>Acknowledged or over before this channel was to hear of it.</summary>
    NotEscalated = 7,

    /// <summary>A message only: taken apart before it was taken, because what it said was true no longer.</summary>
    Remade = 8,

    /// <summary>A message only: refused for good as a whole; its notices go in smaller ones, until the one that is refused stands alone.
    /// </summary>
    Halved = 9,

    /// <summary>It was over before the alarm that it waited for was.</summary>
    Quieted = 10,

    /// <summary>It cannot be read: the channel is told that there is one, where, and of which rule.</summary>
    Unreadable = 11,
}
