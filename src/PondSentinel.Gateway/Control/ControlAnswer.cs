using System.Text.Json;

namespace PondSentinel.Gateway.Control;

/// <summary>What a verb answers.</summary>
/// <param name="Write">Writes the members of the answer's <c>body</c>.</param>
internal sealed record ControlAnswer(Action<Utf8JsonWriter> Write)
{
    /// <summary>The device that was changed, for the audit; null where it is none or several.</summary>
    public string? Device { get; init; }
}
