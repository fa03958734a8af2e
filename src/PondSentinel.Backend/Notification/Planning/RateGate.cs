namespace PondSentinel.Backend.Notification.Planning;

/// <summary>When a channel may be given its next message.</summary>
/// <param name="policy">The channel's policy.</param>
/// <param name="delivered">When messages were delivered in the last hour, rising.</param>
internal sealed class RateGate(ChannelPolicy policy, IReadOnlyList<DateTimeOffset> delivered)
{
    /// <summary>The time that the limit is about.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>When it may be.</summary>
    /// <param name="isPressing">Whether it tells of what fires and is high or urgent: for such the last quarter is kept.</param>
    /// <returns>The time; null for now.</returns>
    public DateTimeOffset? Opens(bool isPressing)
    {
        if (policy.MessagesPerHourMax is not { } most)
        {
            return null;
        }

        var allowed = isPressing ? most : most - (most / 4);
        return delivered.Count < allowed ? null : delivered[^allowed] + Window;
    }
}
