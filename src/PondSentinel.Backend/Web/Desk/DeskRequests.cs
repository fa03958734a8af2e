using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>Body of <c>POST /api/desk/acknowledge</c>.</summary>
/// <param name="Episode">The alarm, or an episode of it.</param>
/// <param name="By">Who takes it on, where that is somebody at the machine who has not signed in; else it is the account's name.</param>
/// <param name="Note">What they say to it; may be left out.</param>
internal sealed record AcknowledgeRequest(string Episode, string? By = null, string? Note = null);

/// <summary>Body of <c>POST /api/desk/silence</c>; what is left out stands for all, and one of the four must be there.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Site">Site.</param>
/// <param name="Station">Station.</param>
/// <param name="Device">Device.</param>
/// <param name="ForMs">For how long, ms.</param>
/// <param name="Why">Why.</param>
/// <param name="By">Who wants it; counts for those alone who have not signed in, as with the others.</param>
internal sealed record SilenceRequest(
    long ForMs, string Why, string? By = null, string? Rule = null, string? Site = null, string? Station = null, string? Device = null);

/// <summary>Body of <c>POST /api/desk/unsilence</c>.</summary>
/// <param name="Id">Number of the silence.</param>
/// <param name="By">Who ends it.</param>
internal sealed record UnsilenceRequest(long Id, string? By = null);

/// <summary>What <c>GET /api/desk</c> gives.</summary>
/// <param name="Token">Goes with each change, in the header <c>X-Pond-Token</c>; null where whoever asks may change nothing.</param>
/// <param name="Refusal">Why not; null where he may.</param>
/// <param name="History">What was done, the newest first; at most 100.</param>
internal sealed record DeskAnswer(string? Token, string? Refusal, IReadOnlyList<DeskEntryView> History)
{
    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DeskJson.Lines.DeskAnswer);
}

/// <summary>Something that was done: <c>acknowledged silenced unsilenced tested</c>, <c>passed in silence</c> or
/// <c>passed while quiet</c>.</summary>
internal sealed record DeskEntryView(long AtMs, string Act, string? Alarm, string? By, string Note);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AcknowledgeRequest))]
[JsonSerializable(typeof(SilenceRequest))]
[JsonSerializable(typeof(UnsilenceRequest))]
[JsonSerializable(typeof(DeskAnswer))]
[JsonSerializable(typeof(RefusedAnswer))]
[JsonSerializable(typeof(ResubmitRequest))]
internal sealed partial class DeskJson : JsonSerializerContext
{
    public static DeskJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
