using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Repository;

/// <summary>What the dashboards of <c>deploy/grafana</c> are generated of is what the product says of itself.</summary>
public sealed class GrafanaRules
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Measurand[] OfAveragesAlone =
        [Measurand.AirQualityIndexUs, Measurand.AirQualityIndexChina, Measurand.AmmoniaFourDayRatio];

    [Fact]
    public void Dashboards_know_every_measurand_every_limit_and_every_field_of_the_ledger() =>
        Assert.Null(Made.Differs("deploy/grafana/product.json", Product().ToJsonString(Readable) + "\n"));

    [Fact]
    public void Every_measurand_is_in_a_dashboard() =>
        Assert.Equal([], MeasurandNames.All
            .Where(measurand => !measurand.IsFoundByBackend)
            .Where(measurand => !Dashboards().Any(text => text.Contains(
                OfAveragesAlone.Contains(measurand) ? $"FROM \\\"average\\\" WHERE \\\"m\\\" = '{measurand.WireName}'" : $"FROM \\\"{measurand.WireName}\\\"", StringComparison.Ordinal)))
            .Select(measurand => measurand.WireName));

    [Fact]
    public void Every_dashboard_has_the_data_source_that_is_provisioned() =>
        Assert.Equal(["pondsentinel"], Dashboards().SelectMany(text => Sources(JsonNode.Parse(text)!)).Distinct(StringComparer.Ordinal));

    private static IEnumerable<string> Dashboards() => Checkout.Files
        .Where(file => file.StartsWith("deploy/grafana/dashboards/", StringComparison.Ordinal))
        .Select(Checkout.Text);

    private static IEnumerable<string> Sources(JsonNode node) => node switch
    {
        JsonObject item => item.SelectMany(pair => pair is { Key: "datasource", Value: JsonObject source } ? [source["uid"]!.GetValue<string>()] : pair.Value is null ? [] : Sources(pair.Value)),
        JsonArray items => items.OfType<JsonNode>().SelectMany(Sources),
        _ => [],
    };

    // Kinds of PM10 take that of dry dust too.
    private static IEnumerable<Measurand> Averaged() => LiveKind.All
        .Select(kind => kind.Gives ?? kind.Of).OfType<Measurand>().Append(Measurand.Pm10Dry).Distinct().Order();

    private static JsonObject Product() => new()
    {
        ["measurands"] = new JsonArray([.. MeasurandNames.All.Select(measurand => new JsonObject
        {
            ["name"] = measurand.WireName,
            ["unit"] = measurand.Unit,
            ["label"] = measurand.Label,
        })]),
        ["limits"] = new JsonArray([.. Preset.All.Values
            .Where(preset => preset.Limit is null)
            .SelectMany(preset => preset.Rules, (preset, rule) => Limit(preset, rule))
            .OfType<JsonNode>()]),
        ["averages"] = new JsonArray([.. Averaged().Select(measurand => JsonValue.Create(measurand.WireName))]),
        ["maintenance"] = PointText.OfWhy(Why.Maintenance),
        ["ledger"] = new JsonArray([.. LedgerFields.Of(null).Select(field => JsonValue.Create(field.Name))]),
    };

    // A limit on something else than a value or a mean is no line in a curve of values.
    private static JsonObject? Limit(Preset preset, AlertRule rule) => rule.Statistic is null or MeanStatistic
        ? new()
        {
            ["measurand"] = rule.Measurand.WireName,
            ["preset"] = preset.Name,
            ["standard"] = preset.Standard,
            ["clause"] = preset.Clause,
            ["status"] = preset.StatusWord,
            ["side"] = rule.Threshold.Side.Word,
            ["limit"] = rule.Threshold.RaiseLimit,
            ["mean_h"] = (rule.Statistic as MeanStatistic)?.Period.TotalHours,
            ["utc_offset_h"] = (rule.Statistic as MeanStatistic)?.UtcOffset.TotalHours,
            ["average"] = rule.Average?.Kind.Word,
            ["from"] = rule.Validity.From?.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            ["before"] = rule.Validity.Before?.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        }
        : null;
}
