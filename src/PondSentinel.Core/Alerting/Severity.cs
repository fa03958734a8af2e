namespace PondSentinel.Alerting;

/// <summary>How soon somebody has to look. The numbers are stored: never renumber, only add.</summary>
public enum Severity : byte
{
    /// <summary>Worth knowing; nobody has to do anything.</summary>
    Info = 0,

    /// <summary>Look at it within the day.</summary>
    Medium = 1,

    /// <summary>Look at it now.</summary>
    High = 2,

    /// <summary>People or water downstream are in danger: wake somebody.</summary>
    Urgent = 3,
}

/// <summary>Words for <see cref="Severity"/>. A contract: never rename, only add.</summary>
public static class Severities
{
    /// <summary>Every severity by its word.</summary>
    public static IReadOnlyDictionary<string, Severity> ByWord { get; } =
        Enum.GetValues<Severity>().ToDictionary(severity => severity.Word, StringComparer.Ordinal);

    extension(Severity severity)
    {
        /// <summary>The word in configuration, in messages and on the page.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined severity.</exception>
        public string Word => severity switch
        {
            Severity.Info => "info",
            Severity.Medium => "medium",
            Severity.High => "high",
            Severity.Urgent => "urgent",
            _ => throw new ArgumentOutOfRangeException(nameof(severity), severity, "Not a defined severity."),
        };
    }
}
