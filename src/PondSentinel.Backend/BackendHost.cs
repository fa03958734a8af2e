using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Configuration;

namespace PondSentinel.Backend;

/// <summary>Puts a backend together and runs it: broker, ingest, store, alerts, notices, page.</summary>
public static class BackendHost
{
    /// <summary>Runs a backend until told to stop, and stops it in under two seconds.</summary>
    /// <param name="configuration">The settings; nobody checks them again.</param>
    /// <param name="options">What surrounds it.</param>
    /// <param name="cancellationToken">Tells it to stop; ends the task without an exception.</param>
    /// <exception cref="IOException">A port is taken or the folder cannot be used; the message says which and what to do.
    /// </exception>
    public static Task RunAsync(
        BackendConfiguration configuration, BackendHostOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The rooms are not wired yet.");
}

/// <summary>What surrounds a backend process and is no setting of its owner.</summary>
public sealed record BackendHostOptions
{
    /// <summary>The journal.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of alert changes after they are durable.</summary>
    public IReadOnlyList<IAlertWatcher> AlertWatchers { get; init; } = [];

    /// <summary>Told once when everything listens.</summary>
    public Action<BackendEndpoints>? Started { get; init; }
}

/// <summary>Where a running backend listens.</summary>
/// <param name="BrokerPort">Port of the broker.</param>
/// <param name="Page">Address of the page; null where there is none.</param>
public sealed record BackendEndpoints(int BrokerPort, Uri? Page);
