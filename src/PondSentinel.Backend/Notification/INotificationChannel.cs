namespace PondSentinel.Backend.Notification;

/// <summary>A way to reach people or their machines.</summary>
public interface INotificationChannel
{
    /// <summary>Its name in the outbox: that of the configuration, so that what waits goes to wherever it leads now.</summary>
    string Name { get; }

    /// <summary>The name that earlier versions gave it in the outbox, after where it leads; what stands under that is taken over.
    /// </summary>
    string? FormerName => null;

    /// <summary>Of what it is to tell, and how often.</summary>
    ChannelPolicy Policy { get; }

    /// <summary>Tries once to deliver a message; whoever calls tries again. Called for one message at a time, but others may come between
    /// two attempts of one.</summary>
    /// <param name="message">The message. It may come again with the same id where the answer was lost; one that is
    /// sent in parts goes on with those that were not taken, and after a restart begins with the first.</param>
    /// <param name="cancellationToken">Ends the attempt; the message goes on waiting.</param>
    /// <returns>What came of it, within a time limit of the channel's own; failures of the network are no exceptions.</returns>
    Task<DeliveryResult> DeliverAsync(AlertMessage message, CancellationToken cancellationToken);
}

/// <summary>What came of one attempt.</summary>
/// <param name="Standing"><see cref="DeliveryStanding.Delivered"/>; <see cref="DeliveryStanding.Refused"/> where this message
/// will never be taken, so that it must not hold up others; or <see cref="DeliveryStanding.Waiting"/>: try again.</param>
/// <param name="Reason">Why it was not taken, for the journal and the history: one line, no secret.</param>
/// <param name="RetryAfter">When to try again, where the receiver has said; 1 s to 1 h of it are obeyed.</param>
/// <param name="MayBeTaken">Where it is to be tried again: whether the receiver may have taken it all the same, all or in part.</param>
public sealed record DeliveryResult(
    DeliveryStanding Standing, string? Reason = null, TimeSpan? RetryAfter = null, bool MayBeTaken = false)
{
    /// <summary>Where it is to be tried again: whether nobody was there to answer, so that it says nothing of this message and others
    /// would fare no better.</summary>
    public bool IsAway { get; init; }

    /// <summary>Where it is to be tried again: whether somebody has all of it, and it is tried for the others alone. As another message
    /// they would get it twice.</summary>
    public bool IsPartlyTaken { get; init; }

    /// <summary>Where it is to be tried again: whether the receiver took others of its notices and so is well.</summary>
    public bool IsOneStuck { get; init; }

    /// <summary>Where it is to be tried again: ids of its notices that were taken, each in a call of its own. They are delivered, and the next
    /// attempt is for the others.</summary>
    public IReadOnlyList<string> TakenNotices { get; init; } = [];

    /// <summary>Where it is to be tried again: whether how many were dropped before is told.</summary>
    public bool IsDroppedTold { get; init; }

    /// <summary>Ids of notices that were refused for good while the others were taken.</summary>
    public IReadOnlyList<string> RefusedNotices { get; init; } = [];

    /// <summary>Where it was taken: who has not got it all the same and will not, each with what the server said.</summary>
    public IReadOnlyList<string> Missed { get; init; } = [];

    /// <summary>It was taken.</summary>
    public static DeliveryResult Delivered { get; } = new(DeliveryStanding.Delivered);

    /// <summary>It will never be taken.</summary>
    /// <param name="reason">Why.</param>
    public static DeliveryResult Refused(string reason) => new(DeliveryStanding.Refused, reason);

    /// <summary>It was not taken now.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">When to try again, where the receiver has said.</param>
    public static DeliveryResult NotNow(string reason, TimeSpan? retryAfter = null) => new(DeliveryStanding.Waiting, reason, retryAfter);

    /// <summary>Nobody has said whether it was taken: it was sent, and no answer came, or none that can be read.</summary>
    /// <param name="reason">What happened.</param>
    public static DeliveryResult Unknown(string reason) => new(DeliveryStanding.Waiting, reason, null, MayBeTaken: true);
}
