namespace PondSentinel.Backend.Notification;

/// <summary>Tells that a channel takes nothing when that begins and when it ends, not at every attempt.</summary>
/// <param name="channel">Name of the channel.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class ChannelTrouble(string channel, ILogger logger)
{
    private string? trouble;
    private string? fault;

    /// <summary>Notes whether it could be found out what to tell next, which fails only by a mistake of this program.</summary>
    /// <param name="exception">What failed; null where it did not.</param>
    public void NotePlanning(Exception? exception)
    {
        var now = exception is null ? null : $"{exception.GetType().Name}: {exception.Message}";
        if (now is not null && now != fault)
        {
            logger.LogError(exception, "What {Channel} is to be told cannot be planned, in a way that nobody foresaw. It is tried again until it can. Meanwhile look at pond-backend alarms list, and report this entry.", channel);
        }
        else if (now is null && fault is not null)
        {
            logger.LogInformation("What {Channel} is to be told can be planned again.", channel);
        }

        fault = now;
    }

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
