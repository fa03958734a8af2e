using System.Text.Json.Serialization;

namespace PondSentinel.Backend.Commands;

/// <summary>A line of <c>pond-backend dead-letters list --json</c>.</summary>
/// <param name="File">Day, or the file that waits.</param>
/// <param name="Waits">Whether it waits for being given to the store again.</param>
/// <param name="Gateway">The gateway.</param>
/// <param name="Cause">The wire's cause.</param>
/// <param name="Count">Values.</param>
/// <param name="Detail">What the store said of the first.</param>
internal sealed record DeadLetterSummary(string File, bool Waits, string Gateway, string Cause, int Count, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeadLetterSummary))]
internal sealed partial class DeadLettersJson : JsonSerializerContext;
