using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Grafana;

/// <summary>A query of a dashboard, as Grafana would send it for the simulated month.</summary>
/// <param name="Where">Dashboard and panel, variable or annotation.</param>
/// <param name="Unit">The unit that its panel shows; empty where it is none of a panel.</param>
/// <param name="Text">The query, with what Grafana puts in.</param>
internal sealed partial record DashboardQuery(string Where, string Unit, string Text)
{
    private const double BucketsMin = 0.9;

    // 120 buckets in the month: about as many as a narrow panel asks for.
    private const string Bucket = "6h";

    /// <summary>All queries of all dashboards: of panels, variables and annotations.</summary>
    public static IReadOnlyList<DashboardQuery> All { get; } =
    [
        .. Checkout.Files
            .Where(file => file.StartsWith("deploy/grafana/dashboards/", StringComparison.Ordinal))
            .SelectMany(file => Of(Path.GetFileNameWithoutExtension(file), JsonNode.Parse(Checkout.Text(file))!)),
    ];

    /// <summary>What is wrong with its answer; null where nothing is.</summary>
    /// <param name="rows">The answer.</param>
    public string? Finding(IReadOnlyList<InfluxRow> rows)
    {
        if (Text.StartsWith("SHOW TAG VALUES", StringComparison.Ordinal))
        {
            var wanted = Text.Contains("KEY = \"site\"", StringComparison.Ordinal) ? SimulatedMonth.Site : SimulatedMonth.Station;
            return rows.Any(row => row.Text("value") == wanted) ? null : Bad($"does not offer {wanted}");
        }

        return From().Match(Text).Groups["name"].Value switch
        {
            "alert" => AlertFinding(rows),
            "average" => AverageFinding(rows),
            "completeness" => LedgerFinding(rows),
            "sample" => SampleFinding(rows),
            "calibration" => rows.Count(row => row.Text("what") == "pH calibrated by Li") == SimulatedMonth.Calibrations ? null : Bad($"finds {rows.Count} calibrations"),
            "" => rows.Count > 0 && rows.All(row => row.Text("why") == PointText.OfWhy(Why.Maintenance)) ? null : Bad("finds no maintenance"),
            var name => ValueFinding(name, rows),
        };
    }

    private string? ValueFinding(string name, IReadOnlyList<InfluxRow> rows)
    {
        if (!MeasurandNames.TryParse(name, out var measurand))
        {
            return Bad($"reads {name}, which is no measurand");
        }

        var values = rows.SelectMany(Numbers).ToList();
        var (low, high) = SimulatedMonth.RangeOf(measurand);
        return Unit != $"suffix: {measurand.Unit}" ? Bad($"shows {measurand.WireName} in {Unit}")
            : values.Count == 0 || values.Count < BucketsMin * rows.Count ? Bad($"has a value in {values.Count} of {rows.Count} buckets")
            : values.Any(value => value < low || value > high) ? Bad($"gives {values.Min()} to {values.Max()}, and {name} was from {low} to {high}")
            : null;
    }

    private string? SampleFinding(IReadOnlyList<InfluxRow> rows)
    {
        return !MeasurandNames.TryParse(Sampled().Match(Text).Groups["name"].Value, out var measurand) ? Bad("asks for samples of no measurand")
            : rows.Count == SimulatedMonth.SamplesEach && rows.SelectMany(Numbers).All(value => value == SimulatedMonth.RangeOf(measurand).Low) ? null
            : Bad($"gives {rows.Count} samples, and there are {SimulatedMonth.SamplesEach}");
    }

    private string? AverageFinding(IReadOnlyList<InfluxRow> rows)
    {
        var isTable = Text.Contains("'no-data'", StringComparison.Ordinal);
        if (!MeasurandNames.TryParse(Sampled().Match(Text).Groups["name"].Value, out var measurand))
        {
            var wanted = SimulatedMonth.Measurands.Count * (isTable ? SimulatedMonth.Invalid : SimulatedMonth.Windows);
            var shares = new[] { SimulatedMonth.ValidHours, SimulatedMonth.InvalidHours }.Select(hours => 100.0 * hours / SimulatedMonth.WindowHours).Order();
            return rows.Count != wanted ? Bad($"gives {rows.Count} windows, and there are {wanted}")
                : isTable ? rows.All(row => row.Text("station") == SimulatedMonth.Station && row.Text("average") == "day" && Numbers(row).Contains(SimulatedMonth.InvalidHours)) ? null : Bad("lacks a column")
                : rows.SelectMany(Numbers).Distinct().Order().SequenceEqual(shares) ? null : Bad("gives other shares of hours");
        }

        if (Text.StartsWith("SELECT \"state\"", StringComparison.Ordinal))
        {
            return (rows.Count, rows.Count(row => row.Text("state") == AveragePoint.NoData), rows.Count(row => row.Text("state") == AveragePoint.Extrapolated))
                == (SimulatedMonth.Windows, SimulatedMonth.Invalid, 1) ? null : Bad($"tells of {rows.Count} windows, or not which have no value");
        }

        var values = rows.SelectMany(Numbers).ToList();
        var (low, high) = SimulatedMonth.RangeOf(measurand);
        return Unit != $"suffix: {measurand.Unit}" ? Bad($"shows {measurand.WireName} in {Unit}")
            : values.Count != SimulatedMonth.Windows - SimulatedMonth.Invalid ? Bad($"gives {values.Count} windows")
            : values.Any(value => value < low || value > high) ? Bad($"gives {values.Min()} to {values.Max()}, and {measurand.WireName} was from {low} to {high}")
            : null;
    }

    private string? LedgerFinding(IReadOnlyList<InfluxRow> rows)
    {
        var days = rows.Count(row => Numbers(row).Any());
        var isShare = Text.Contains("100 *", StringComparison.Ordinal);
        var fields = Selected().Count(Text);
        return days < BucketsMin * rows.Count || days == 0 ? Bad($"has a value in {days} of {rows.Count} days")
            : isShare && rows.SelectMany(Numbers).Any(value => Math.Abs(value - (100.0 * SimulatedMonth.Complete / SimulatedMonth.Expected)) > 1e-9) ? Bad("gives another share than was written")
            : !isShare && rows.Any(row => Numbers(row).Count(value => value > 0) != fields) ? Bad("lacks a field")
            : null;
    }

    private string? AlertFinding(IReadOnlyList<InfluxRow> rows)
    {
        var isCount = Text.Contains("count(", StringComparison.Ordinal);
        var wanted = Text.Contains("'firing'", StringComparison.Ordinal) ? 1 : SimulatedMonth.Episodes;
        var found = isCount ? rows.SelectMany(Numbers).Sum() : rows.Count(row => row.Text("summary").Length > 0);
        var columns = isCount ? [] : Column().Matches(Text[..Text.IndexOf(" FROM", StringComparison.Ordinal)]).Select(match => match.Groups["name"].Value).ToList();
        return found != wanted ? Bad($"gives {found} alerts, and there are {wanted}")
            : columns.FirstOrDefault(column => !rows.All(row => row.Columns.ContainsKey(column))) is { } missing ? Bad($"has no {missing}")
            : null;
    }

    private static IEnumerable<double> Numbers(InfluxRow row) =>
        row.Columns.Where(column => column.Key != "time" && column.Value.ValueKind == System.Text.Json.JsonValueKind.Number).Select(column => column.Value.GetDouble());

    private string Bad(string what) => $"{Where} {what}: {Text}";

    private static IEnumerable<DashboardQuery> Of(string dashboard, JsonNode root) =>
        Panels(root["panels"]!.AsArray()).SelectMany(panel => (panel["targets"]?.AsArray() ?? []).Select(target => new DashboardQuery(
                $"{dashboard}, {panel["title"]}", panel["fieldConfig"]?["defaults"]?["unit"]?.GetValue<string>() ?? "", Filled(target!["query"]!))))
            .Concat(root["templating"]!["list"]!.AsArray().Where(variable => variable!["type"]!.GetValue<string>() == "query")
                .Select(variable => new DashboardQuery($"{dashboard}, variable {variable!["name"]}", "", Filled(variable["query"]!))))
            .Concat(root["annotations"]!["list"]!.AsArray()
                .Select(annotation => new DashboardQuery($"{dashboard}, annotation {annotation!["name"]}", "", Filled(annotation["query"]!))));

    // A row that is folded holds its panels.
    private static IEnumerable<JsonNode> Panels(JsonArray panels) =>
        panels.SelectMany(panel => Panels(panel!["panels"]?.AsArray() ?? []).Prepend(panel!));

    private static string Filled(JsonNode query) => query.GetValue<string>()
        .Replace("$timeFilter", string.Create(CultureInfo.InvariantCulture, $"time >= {SimulatedMonth.Start.ToUnixTimeMilliseconds()}ms and time < {SimulatedMonth.End.ToUnixTimeMilliseconds()}ms"), StringComparison.Ordinal)
        .Replace("$__interval", Bucket, StringComparison.Ordinal)
        .Replace("${site:regex}", SimulatedMonth.Site, StringComparison.Ordinal)
        .Replace("${station:regex}", SimulatedMonth.Station, StringComparison.Ordinal);

    [GeneratedRegex("""FROM ("(?<name>\w+)"|/)""")]
    private static partial Regex From();

    [GeneratedRegex("""
        "m" = '(?<name>\w+)'
        """)]
    private static partial Regex Sampled();

    [GeneratedRegex("""sum\("\w+"\)""")]
    private static partial Regex Selected();

    [GeneratedRegex("""
        "(?<name>\w+)"
        """)]
    private static partial Regex Column();
}
