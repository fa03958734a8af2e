using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PondSentinel.Alerting;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(NoticeKindConverter), typeof(SeverityConverter), typeof(InstantConverter)])]
[JsonSerializable(typeof(AlertNotice))]
[JsonSerializable(typeof(RetainedAlert))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class AlertJson : JsonSerializerContext
{
    // Bodies are application/json and never pasted into HTML, so units stay readable.
    public static AlertJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

internal sealed class NoticeKindConverter()
    : JsonStringEnumConverter<NoticeKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

internal sealed class SeverityConverter()
    : JsonStringEnumConverter<Severity>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <summary>A flag as its number.</summary>
internal sealed class FlagNumberConverter : JsonConverter<QualityFlag>
{
    public override QualityFlag Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (QualityFlag)reader.GetByte();

    public override void Write(Utf8JsonWriter writer, QualityFlag value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((byte)value);
}

/// <summary>Times as <c>2026-07-01T06:00:00.000Z</c>, to the millisecond as records have them.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        DateTimeOffset.TryParseExact(
            reader.GetString(), Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new JsonException("Not a time of the form 2026-07-01T06:00:00.000Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));
}
