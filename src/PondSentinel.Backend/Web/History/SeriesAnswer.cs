using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PondSentinel.Backend.Web.History;

/// <summary>A stretch of a series with all that belongs to it, as <c>GET /api/series</c> gives it. Members are only ever added.
/// </summary>
internal sealed record SeriesAnswer
{
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    public required string Site { get; init; }

    public required string Station { get; init; }

    public required string Gateway { get; init; }

    public required string Device { get; init; }

    public required string Channel { get; init; }

    public required string Label { get; init; }

    /// <summary>Wire name.</summary>
    public required string Measurand { get; init; }

    /// <summary>Unit with its basis.</summary>
    public required string Unit { get; init; }

    public required long NowMs { get; init; }

    public required long FromMs { get; init; }

    public required long ToMs { get; init; }

    /// <summary>Time between polls, ms, as the gateway says now; null where it has not said.</summary>
    public required long? IntervalMs { get; init; }

    /// <summary>What each point stands for, ms; 0 where each is a value by itself.</summary>
    public required long BucketMs { get; init; }

    public required SeriesColumns Points { get; init; }

    /// <summary>Stretches in which points are missing: a line through them would be a lie.</summary>
    public required IReadOnlyList<GapView> Gaps { get; init; }

    public required IReadOnlyList<LimitView> Limits { get; init; }

    public required IReadOnlyList<CalibrationView> Calibrations { get; init; }

    public required IReadOnlyList<MaintenanceView> Maintenance { get; init; }

    public required IReadOnlyList<SampleView> Samples { get; init; }

    public required IReadOnlyList<EpisodeView> Alerts { get; init; }

    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SeriesJson.Lines.SeriesAnswer);
}

/// <summary>Points, column by column, oldest first. Numbers are null where no point of the stretch has one.</summary>
internal sealed record SeriesColumns
{
    /// <summary>Beginning of the stretch, or time of the value, ms since 1970.</summary>
    public required IReadOnlyList<long> TimeMs { get; init; }

    public required IReadOnlyList<double?> First { get; init; }

    public required IReadOnlyList<double?> Last { get; init; }

    public required IReadOnlyList<double?> Min { get; init; }

    public required IReadOnlyList<double?> Max { get; init; }

    /// <summary>To draw a line by; no mean of any standard.</summary>
    public required IReadOnlyList<double?> Mean { get; init; }

    public required IReadOnlyList<long> Count { get; init; }

    /// <summary>The worst: <c>good unchecked suspect bad missing</c>.</summary>
    public required IReadOnlyList<string> Flag { get; init; }

    /// <summary>Reasons, names of the wire with a comma between them; null where a point is no value by itself.</summary>
    public required IReadOnlyList<string>? Why { get; init; }
}

/// <summary>A stretch without points.</summary>
internal sealed record GapView(long FromMs, long ToMs);

/// <summary>A limit of a rule that watches the channel.</summary>
internal sealed record LimitView
{
    public required string Rule { get; init; }

    public required string Severity { get; init; }

    /// <summary><c>above</c> or <c>below</c>.</summary>
    public required string Side { get; init; }

    public required double Raise { get; init; }

    public required double Clear { get; init; }

    public required string Unit { get; init; }

    /// <summary>What it is held against, for example a mean; null: each value, so that it may be drawn among them.</summary>
    public required string? Statistic { get; init; }

    public required string Text { get; init; }

    public required string? TextZh { get; init; }

    public required string? Standard { get; init; }

    public required string? Clause { get; init; }
}

/// <summary>Something that cannot be done, as RFC 9457 has it.</summary>
/// <param name="Title">What, in a few words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What to do.</param>
internal sealed record Problem(string Title, int Status, string Detail)
{
    /// <summary>The content type.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>A language that is not spoken here.</summary>
    public static Problem BadLanguage { get; } = new("Bad request", StatusCodes.Status400BadRequest, ReadersLanguage.Fault);

    /// <summary>A body that could not be taken: it is too large, comes too slowly, or breaks off.</summary>
    /// <param name="e">What was found while it was read.</param>
    public static Problem OfBody(BadHttpRequestException e) => e.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? new("Too large", e.StatusCode, "The body is larger than anything that is taken here.")
        : new("Bad request", e.StatusCode, "The body did not come whole. Send it again.");

    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SeriesJson.Lines.Problem);

    /// <summary>As an answer.</summary>
    public ContentHttpResult ToResult() => TypedResults.Text(ToJson(), ContentType, statusCode: Status);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SeriesAnswer))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class SeriesJson : JsonSerializerContext
{
    // Nobody pastes it into HTML, so units stay readable.
    public static SeriesJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
