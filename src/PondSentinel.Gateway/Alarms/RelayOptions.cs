using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Gateway.Alarms;

/// <summary>What hangs on a relay.</summary>
public enum RelayKind
{
    /// <summary>Something that calls people: it ends, and may be silenced.</summary>
    Siren,

    /// <summary>Something that stops what must not go on, a pump or a valve: nobody silences it.</summary>
    Stop,
}

/// <summary>What a relay does while the probe of one of its alarms gives nothing that counts.</summary>
public enum OnFault
{
    /// <summary>What the last value that counted said.</summary>
    Keep,

    /// <summary>Nothing: that alarm does not trip it.</summary>
    Release,

    /// <summary>Trips, as if that alarm were raised.</summary>
    Trip,
}

/// <summary>A relay that alarms trip, table <c>[[relay]]</c>.</summary>
public sealed record RelayOptions
{
    /// <summary>Least time between two switchings, where nobody says otherwise: 10 s.</summary>
    public static readonly TimeSpan RestUsual = TimeSpan.FromSeconds(10);

    /// <summary>How long without a value that counts is a fault, where nobody says otherwise: 10 min.</summary>
    public static readonly TimeSpan FaultAfterUsual = TimeSpan.FromMinutes(10);

    /// <summary>Its name.</summary>
    public required string Id { get; init; }

    /// <summary>What hangs on it.</summary>
    public required RelayKind Kind { get; init; }

    /// <summary>The GPIO chip.</summary>
    public required GpioSettings Chip { get; init; }

    /// <summary>Number of the line on it.</summary>
    public required int Line { get; init; }

    /// <summary>Whether the high level trips it, else the low one.</summary>
    public required bool TripsAtHigh { get; init; }

    /// <summary>How long one alarm trips it at most; null: as long as the alarm goes on.</summary>
    public TimeSpan? OnMax { get; init; }

    /// <summary>Least time between two switchings.</summary>
    public TimeSpan Rest { get; init; } = RestUsual;

    /// <summary>What it does without values.</summary>
    public OnFault OnFault { get; init; }

    /// <summary>How long without a value that counts is a fault.</summary>
    public TimeSpan FaultAfter { get; init; } = FaultAfterUsual;

    /// <summary>Whether alarms trip it only where there is no link to the broker.</summary>
    public bool IsForOffline { get; init; }

    /// <summary>Whether another one has the same line.</summary>
    /// <param name="other">The other one.</param>
    public bool IsOnLineOf(RelayOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Chip == other.Chip && Line == other.Line;
    }
}

/// <summary>Words for <see cref="RelayKind"/>.</summary>
public static class RelayKinds
{
    /// <summary>Every kind by its word in the settings.</summary>
    public static IReadOnlyDictionary<string, RelayKind> ByWord { get; } =
        new Dictionary<string, RelayKind>(StringComparer.Ordinal) { ["siren"] = RelayKind.Siren, ["stop"] = RelayKind.Stop };

    /// <summary>The word of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static string Word(RelayKind kind) => kind == RelayKind.Siren ? "siren" : "stop";
}
