namespace PondSentinel.Backend.Notification.Alertmanager;

/// <summary>One Alertmanager.</summary>
public sealed record AlertmanagerOptions
{
    /// <summary>Its address, without <c>/api/v2</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Of what it is to be told.</summary>
    public ChannelPolicy Policy { get; init; } = ChannelPolicy.ForMachines;

    /// <summary>How long an answer is waited for: 1 s to 1 min.</summary>
    public TimeSpan AnswerWithin { get; init; } = JsonPost.UsualWait;

    /// <summary>How often it is told again what fires, because it forgets. Default one minute.</summary>
    public TimeSpan ResendEvery { get; init; } = TimeSpan.FromMinutes(1);
}
