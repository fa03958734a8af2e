using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Applying;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway;

/// <summary>What surrounds a gateway process and is no setting of its owner.</summary>
public sealed record GatewayHostOptions
{
    /// <summary>The journal.</summary>
    public required ILogger Log { get; init; }

    /// <summary>The last lines of the journal, for whoever asks the gateway for them; null where they are not kept.</summary>
    public RecentLines? Recent { get; init; }

    /// <summary>All clocks but the boot-time clock, and all waiting. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where its settings are read anew while it runs; null where they never are.</summary>
    internal ReloadSource? Reload { get; init; }

    /// <summary>Told of each turn of the gateway's loops; null where nobody watches.</summary>
    public LoopWatch? Loops { get; init; }

    /// <summary>Told once when everything is at work.</summary>
    public Action? Started { get; init; }

    /// <summary>Receives one line for each record that is durable, see <c>--witness</c>; null where nobody asks. Not
    /// disposed.</summary>
    public TextWriter? Witness { get; init; }
}
