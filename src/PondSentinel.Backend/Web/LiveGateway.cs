using PondSentinel.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>How a gateway stands towards the backend.</summary>
internal enum GatewayStanding
{
    /// <summary>It has been heard lately.</summary>
    On,

    /// <summary>It has said that it stops.</summary>
    Stopped,

    /// <summary>It has not been heard for longer than it is ever silent, or the broker has lost it.</summary>
    Offline,
}

/// <summary>All that is known of a gateway beside its values.</summary>
internal sealed record LiveGateway
{
    // A gateway sends its health every five minutes, so none is silent for longer than that.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromMinutes(3);
    private const int MissedPolls = 3;

    // One to which bytes are dear is silent for 15 min, or as long as its records gather, and at most for an hour.
    private const long ThriftySecondsMin = 15 * 60;
    private const long ThriftySecondsMax = 60 * 60;
    private const double ThriftyLate = 1.5;

    public required GatewayName Name { get; init; }

    /// <summary>When it was heard last, by the backend's clock, ms since 1970; null before.</summary>
    public long? HeardMs { get; init; }

    /// <summary>Why it is off, where its last state said so and nothing has come since.</summary>
    public string? OffReason { get; init; }

    public StateMessage? State { get; init; }

    public HealthMessage? Health { get; init; }

    public MetaMessage? Meta { get; init; }

    /// <summary>Longest silence before it counts as offline: a few polls of its busiest device, from 3 to 6 minutes; where bytes are
    /// dear to it, one and a half times the time in which its records gather, from 22.5 to 90 minutes.</summary>
    public TimeSpan SilenceAllowed
    {
        get
        {
            if (State?.ReceiptSeconds is not null)
            {
                var gathers = Math.Clamp(Health?.Link?.BatchSeconds ?? 0, ThriftySecondsMin, ThriftySecondsMax);
                return TimeSpan.FromSeconds(gathers * ThriftyLate);
            }

            var intervals = (Meta?.Devices ?? []).Select(device => device.IntervalMs).Where(interval => interval > 0).ToList();
            if (intervals.Count == 0)
            {
                return SilenceMax;
            }

            var polls = TimeSpan.FromMilliseconds(Math.Min(intervals.Min(), SilenceMax.TotalMilliseconds) * MissedPolls);
            return polls < SilenceMin ? SilenceMin : polls > SilenceMax ? SilenceMax : polls;
        }
    }

    /// <summary>Where it stands.</summary>
    /// <param name="nowMs">Now, ms since 1970.</param>
    public GatewayStanding StandingAt(long nowMs) => OffReason switch
    {
        "stop" => GatewayStanding.Stopped,
        not null => GatewayStanding.Offline,
        null when HeardMs is { } heard && nowMs - heard <= SilenceAllowed.TotalMilliseconds => GatewayStanding.On,
        null => GatewayStanding.Offline,
    };

    /// <summary>The gateway after something came from it.</summary>
    /// <param name="nowMs">Now, ms since 1970.</param>
    public LiveGateway Heard(long nowMs) => this with { HeardMs = nowMs, OffReason = null };

    /// <summary>The gateway after values of it were stored, whenever they came.</summary>
    /// <param name="measuredMs">When the newest was measured, ms since 1970; 0 where none has a time that may be.</param>
    /// <param name="nowMs">Now, ms since 1970.</param>
    public LiveGateway Measured(long measuredMs, long nowMs) =>
        Math.Min(measuredMs, nowMs) is var at && at > (HeardMs ?? 0) ? this with { HeardMs = at } : this;

    /// <summary>The gateway after its state came. A broker keeps states, so that one is off is no sign of life.</summary>
    /// <param name="state">The state.</param>
    /// <param name="nowMs">Now, ms since 1970.</param>
    public LiveGateway With(StateMessage state, long nowMs) => state.On
        ? Heard(nowMs) with { State = state }
        : this with { State = state, OffReason = state.Reason ?? "will" };

    /// <summary>The gateway after its health came.</summary>
    /// <param name="health">The message.</param>
    /// <param name="nowMs">Now, ms since 1970.</param>
    public LiveGateway WithHealth(ReadOnlySpan<byte> health, long nowMs) =>
        Heard(nowMs) with { Health = HealthCodec.Decode(health).Value ?? Health };

    /// <summary>The gateway after its description came. The broker keeps that, so it is no sign of life.</summary>
    /// <param name="meta">The message.</param>
    public LiveGateway WithMeta(ReadOnlySpan<byte> meta) => this with { Meta = MetaCodec.Decode(meta).Value ?? Meta };

    /// <summary>The gateway after a message that came before this process began.</summary>
    /// <param name="message">The message, as ingest keeps it.</param>
    public LiveGateway With(LatestMessage message) => message.Kind switch
    {
        TopicKind.State when StateCodec.Decode(message.Payload.Span).Value is { } state => With(state, message.AtMs),
        TopicKind.Health => WithHealth(message.Payload.Span, message.AtMs),
        TopicKind.Meta => WithMeta(message.Payload.Span),
        _ => this,
    };
}
