namespace PondSentinel.Backend.Notification;

/// <summary>Tells that a channel takes nothing when that begins and when it ends, not at every attempt.</summary>
/// <param name="channel">Name of the channel.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class ChannelTrouble(string channel, ILogger logger)
{
    private string? trouble;

    /// <summary>Notes what came of an attempt.</summary>
    /// <param name="reason">Why nothing was taken; null where it was.</param>
    public void Note(string? reason)
    {
        if (reason is not null && trouble is null)
        {
            logger.LogWarning("{Channel} takes no notices: {Reason}. They wait and are tried again until it does.", channel, reason);
        }
        else if (reason is null && trouble is not null)
        {
            logger.LogInformation("{Channel} takes notices again (it was: {Reason}).", channel, trouble);
        }

        trouble = reason;
    }
}
