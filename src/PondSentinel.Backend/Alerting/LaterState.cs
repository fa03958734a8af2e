using System.Text.Json;
using System.Text.Json.Serialization;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>Why nothing newer is known of an alarm. The words are a contract: never rename, only add.</summary>
public enum LaterCause : byte
{
    /// <summary>No value has come.</summary>
    NoValue,

    /// <summary>What has come says nothing: it has failed, or people were at the probe.</summary>
    Unusable,

    /// <summary>What has come decides nothing yet: a mean waits for more, or what it is compared with is missing.</summary>
    Undecided,

    /// <summary>It is an alarm of the gateway's own, which has said no more.</summary>
    Gateway,

    /// <summary>Nobody knows: nothing is kept of it, or the rule judges something else by now.</summary>
    Unknown,
}

/// <summary>What is known of an alarm beyond its notice when a message tells of it later. The JSON form is stored in the message and is the
/// member <c>later</c> of the webhook: never rename a member, only add.</summary>
/// <remarks>All numbers are in the unit of the notice, and of the same statistic.</remarks>
public sealed record LaterState
{
    /// <summary>Episode of the notice that it is about.</summary>
    public required string Episode { get; init; }

    /// <summary>When this was looked up: when the message was made.</summary>
    public required DateTimeOffset LookedAt { get; init; }

    /// <summary>The newest value that the limit was held against, where one is newer than that of the notice.</summary>
    public double? Value { get; init; }

    /// <summary>When it was measured.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Its quality, a number of QARTOD; absent where it is not one value's.</summary>
    [JsonConverter(typeof(FlagNumberConverter))]
    public QualityFlag? Flag { get; init; }

    /// <summary>Reasons for the flag, tokens of the wire; absent where there are none.</summary>
    public IReadOnlyList<string>? Why { get; init; }

    /// <summary>True where the truth lies at <see cref="Value"/> or beyond it, on the bad side.</summary>
    public bool? Bound { get; init; }

    /// <summary>Of a mean, how much of its period has values, percent; null where nobody has said.</summary>
    public int? Complete { get; init; }

    /// <summary>The worst value so far.</summary>
    public required double Peak { get; init; }

    /// <summary>True where the truth lay at <see cref="Peak"/> or beyond it, on the bad side.</summary>
    public bool? PeakBound { get; init; }

    /// <summary>When it was over last, where it is at present: of what comes and goes.</summary>
    public DateTimeOffset? Over { get; init; }

    /// <summary>Why nothing newer is known than <see cref="Value"/>, or than the notice where there is none; null where that is of now.</summary>
    public LaterCause? None { get; init; }

    /// <summary>Quality of the newest that has come and says nothing.</summary>
    [JsonConverter(typeof(FlagNumberConverter))]
    public QualityFlag? UnusableFlag { get; init; }

    /// <summary>Reasons for that, tokens of the wire.</summary>
    public IReadOnlyList<string>? UnusableWhy { get; init; }

    /// <summary>The notice, with the newest numbers in the place of its own.</summary>
    /// <param name="notice">The notice.</param>
    internal AlertNotice On(AlertNotice notice)
    {
        var worst = notice with { Peak = Peak, PeakBound = PeakBound ?? false };
        return Value is not { } value ? worst : worst with
        {
            Value = value, Time = Time ?? notice.Time, Flag = Flag, Why = Why, Bound = Bound, Complete = Complete,
        };
    }
}

internal sealed class LaterCauseConverter()
    : JsonStringEnumConverter<LaterCause>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
