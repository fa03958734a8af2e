using System.Buffers;
using System.Globalization;
using MQTTnet;
using MQTTnet.Protocol;

namespace PondSentinel.Backend.Broker;

/// <summary>The backend's one connection to the broker: comes back for ever, subscribes again, hands on what arrives.
/// </summary>
/// <remarks>
/// <para>The session outlives the connection (clean start 0), so the broker keeps what gateways send while the backend is
/// away. A message is acknowledged by whoever took care of it. More than <see cref="BrokerSession.ReceiveMaximum"/> should not be
/// under way, so that a store that does not answer fills the broker's disk and not this process; but Mosquitto 2.0.11 sends all that
/// it has queued after the first acknowledgement, and MQTTnet's broker knows no such bound. So what waits is bounded here by its
/// bytes too.</para>
/// <para>MQTTnet has no limit of its own for the answer to a publish and does not notice a dead link while publishing: an
/// answer that stays out ends the connection.</para>
/// <para>Thread-safe.</para>
/// </remarks>
/// <param name="options">The broker.</param>
/// <param name="backendId">The backend's name, for the journal.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The journal.</param>
/// <param name="quota">What one gateway may send.</param>
public sealed class BrokerConnection(
    BrokerOptions options, string backendId, TimeProvider time, ILogger<BrokerConnection> log, GatewayQuota quota) : IBrokerLink
{
    private static readonly TimeSpan AckWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeaveWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DelayFirst = TimeSpan.FromMilliseconds(500);

    // Short: an alarm waits for it, and there is one backend, most often on the broker's own machine.
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);

    private volatile BrokerSession? current;
    private long connectedSinceTicks;

    /// <summary>Raised after every connect, subscriptions included. Handlers must return at once.</summary>
    public event Action? Connected;

    /// <inheritdoc/>
    public DateTimeOffset? ConnectedSince => current is null ? null : new DateTimeOffset(Interlocked.Read(ref connectedSinceTicks), TimeSpan.Zero);

    /// <inheritdoc/>
    public Inbox Incoming { get; } = new(quota, time);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? trouble = null;
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using var session = new BrokerSession(options, time, Incoming);
            try
            {
                var reason = await session.ConnectAsync(cancellationToken);
                if (reason is null)
                {
                    log.LogInformation("{Backend} is connected to the broker {Host}:{Port}.", backendId, options.Host, options.Port);
                    Interlocked.Exchange(ref connectedSinceTicks, time.GetUtcNow().UtcTicks);
                    (trouble, current) = (null, session);
                    var connectedAt = time.GetTimestamp();
                    Connected?.Invoke();
                    reason = await session.RunAsync(cancellationToken);

                    // Two programs with one client id throw each other out: that must not become a storm.
                    failures = time.GetElapsedTime(connectedAt) >= DelayMax ? 0 : failures;
                }

                current = null;
                Incoming.NoteStale();
                trouble = Note(trouble, reason);
                await Task.Delay(Delay(failures++), time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                current = null;
                using var brief = new CancellationTokenSource(LeaveWithin, time);
                await session.LeaveAsync(brief.Token);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, TimeSpan? expiry, CancellationToken cancellationToken)
    {
        if (current is not { } session)
        {
            return false;
        }

        using var deadline = new CancellationTokenSource(AckWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var message = new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(payload),
            Retain = retain,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            MessageExpiryInterval = (uint)(expiry ?? TimeSpan.Zero).TotalSeconds,
        };
        var isTaken = await session.PublishAsync(message, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
        if (!isTaken && deadline.IsCancellationRequested)
        {
            session.Abandon(string.Create(
                CultureInfo.InvariantCulture, $"no answer to a message within {AckWithin.TotalSeconds} s"));
        }

        return isTaken;
    }

    // Half to all of a doubling delay: a broker that comes back is not met by everybody at the same instant.
    private static TimeSpan Delay(int failures)
    {
        var full = DelayFirst * Math.Pow(2, Math.Min(failures, 10));
        return (full < DelayMax ? full : DelayMax) * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private string Note(string? before, string reason)
    {
        if (reason != before)
        {
            log.LogWarning(
                "{Backend} has no connection to the broker {Host}:{Port}: {Reason}. It goes on trying; check that the broker runs, and [broker] in the configuration.",
                backendId, options.Host, options.Port, reason);
        }

        return reason;
    }
}
