using PondSentinel.Alerting;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>When a channel may be given its next message.</summary>
/// <param name="policy">The channel's policy.</param>
/// <param name="delivered">When messages were delivered, or may have been, in the last hour, rising: each counts once.</param>
/// <param name="unanswered">When attempts were made in the last hour that may have been taken and that nobody answered, rising.</param>
internal sealed class RateGate(ChannelPolicy policy, IReadOnlyList<DateTimeOffset> delivered, IReadOnlyList<DateTimeOffset> unanswered)
{
    /// <summary>The time that the limit is about.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>How many more there may be in an hour of what is urgent: so nothing less severe ever keeps it waiting.</summary>
    /// <param name="most">The limit for all else.</param>
    public static int Reserve(int most) => Math.Max(1, most / 4);

    /// <summary>When a message that may have been taken may be tried again, where it itself is not among those delivered. The first few
    /// attempts of an hour go at once, and then they keep so far apart that all of them are within the limit, and none waits for an hour
    /// to be over.</summary>
    /// <param name="press">As for <see cref="Opens"/>.</param>
    /// <param name="isBefore">As for <see cref="Opens"/>.</param>
    /// <returns>The time; null for now, or where it is over.</returns>
    public DateTimeOffset? OpensAgain(Severity press, bool isBefore = false)
    {
        if (policy.MessagesPerHourMax is not { } most)
        {
            return null;
        }

        var atOnce = Math.Min(KeptMessage.AttemptsInARow, most);
        var spaced = unanswered.Count < atOnce ? (DateTimeOffset?)null : unanswered[^1] + (Window / Math.Max(1, most - atOnce));
        return Opens(press, isBefore) is { } opens && !(opens < spaced) ? opens : spaced;
    }

    /// <summary>When it may be.</summary>
    /// <param name="press">How severe what it tells is, where that fires and is high or urgent; else less than high. For what is high the
    /// last quarter is kept, for what is urgent there is one more.</param>
    /// <param name="isBefore">Whether it is not that itself but what has to go before it, the end of the one before: then it leaves room for
    /// it.</param>
    /// <returns>The time; null for now.</returns>
    public DateTimeOffset? Opens(Severity press, bool isBefore = false)
    {
        if (policy.MessagesPerHourMax is not { } most)
        {
            return null;
        }

        var leastSevere = most - (most / 4);
        var allowed = press switch
        {
            Severity.Urgent => most + Reserve(most),
            Severity.High => most,
            _ => leastSevere,
        };
        allowed = isBefore ? Math.Max(leastSevere, allowed - 1) : allowed;
        return delivered.Count < allowed ? null : delivered[^allowed] + Window;
    }
}
