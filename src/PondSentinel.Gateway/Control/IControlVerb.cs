namespace PondSentinel.Gateway.Control;

/// <summary>Something that a running gateway does or tells when it is asked over its control socket.</summary>
internal interface IControlVerb
{
    /// <summary>What it is called: <c>[a-z0-9-]{1,32}</c>, unique.</summary>
    string Name { get; }

    /// <summary>Whether it changes anything: then it is audited with the user who asked, done or refused.</summary>
    bool Changes { get; }

    /// <summary>Does it. May be called from several connections at once.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    /// <exception cref="ControlRefusedException">It cannot be done, or the request is wrong.</exception>
    ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken);
}
