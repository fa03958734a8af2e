using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.SystemTests.Processes;
using PondSentinel.SystemTests.Servers;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Grafana;

/// <summary>The dashboards of <c>deploy/grafana</c> against a real InfluxDB with a month in it.</summary>
public sealed class DashboardTests : IAsyncLifetime
{
    private const string Database = "pond";

    private string folder = null!;
    private InfluxDb server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        folder = TestFolder.Create();
        server = await InfluxDb.StartAsync(folder);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        TestFolder.ShowLogsOnFailure(folder);
    }

    /// <summary>And a query whose field is called otherwise is found out, each of them: else the first half proves little.</summary>
    [Fact]
    public async Task Every_query_finds_what_was_measured_and_none_does_by_another_name()
    {
        await using (var store = new InfluxStore(new InfluxOptions { Url = server.Url, Database = Database }, TimeProvider.System, NullLogger<InfluxStore>.Instance))
        {
            await SimulatedMonth.WriteAsync(store, Cancelled);
        }

        List<string> wrong = [];
        foreach (var query in DashboardQuery.All)
        {
            if (await FindingAsync(query) is { } finding)
            {
                wrong.Add(finding);
            }

            var renamed = query with { Text = Renamed(query.Text) };
            if (renamed != query && await FindingAsync(renamed) is null)
            {
                wrong.Add($"a field of another name is not noticed: {renamed.Text}");
            }
        }

        Assert.Equal([], wrong);
        Assert.True(DashboardQuery.All.Count > SimulatedMonth.Measurands.Count, "The dashboards have fewer queries than there are measurands.");
    }

    private async Task<string?> FindingAsync(DashboardQuery query) => query.Finding(await server.QueryAsync(Database, query.Text));

    private static string Renamed(string query) => query
        .Replace("\"value\"", "\"reading\"", StringComparison.Ordinal)
        .Replace("\"complete\"", "\"whole\"", StringComparison.Ordinal)
        .Replace("sum(\"failed", "sum(\"fault", StringComparison.Ordinal)
        .Replace("sum(\"lost", "sum(\"gone", StringComparison.Ordinal)
        .Replace("\"state\"", "\"condition\"", StringComparison.Ordinal)
        .Replace("\"hours\"", "\"minutes\"", StringComparison.Ordinal)
        .Replace("\"peak\"", "\"worst\"", StringComparison.Ordinal)
        .Replace("\"summary\"", "\"text\"", StringComparison.Ordinal)
        .Replace("\"what\"", "\"which\"", StringComparison.Ordinal)
        .Replace("\"why\" =~", "\"reason\" =~", StringComparison.Ordinal);
}

/// <summary>The dashboards are what their generator gives.</summary>
public sealed class DashboardGeneratorTests
{
    [Fact]
    public async Task Dashboards_are_what_the_generator_makes_of_the_product_and_with_rules_they_have_their_limits()
    {
        var folder = TestFolder.Create();
        string[] sources = ["package.json", "package-lock.json", ".npmrc", "product.json", "parts.mjs", "generate.mjs"];
        foreach (var source in sources)
        {
            File.Copy(Checkout.Absolute($"deploy/grafana/{source}"), Path.Combine(folder, source));
        }

        await Command.RunAsync("npm", "ci", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts");
        var made = Path.Combine(folder, "made");
        await Command.RunAsync("node", Path.Combine(folder, "generate.mjs"), made);
        Assert.Equal(
            Texts(Checkout.Absolute("deploy/grafana/dashboards")), Texts(made));

        var rules = Path.Combine(folder, "rules.jsonl");
        await File.WriteAllTextAsync(
            rules,
            await Command.RunAsync(
                "dotnet", Built.Program("PondSentinel.Backend", "pond-backend"), "rules", "list", "--json", "--config", Checkout.Absolute("deploy/backend.sample.toml")),
            TestContext.Current.CancellationToken);
        await Command.RunAsync("node", Path.Combine(folder, "generate.mjs"), made, rules);
        var panels = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(made, "pond-water.json"), TestContext.Current.CancellationToken))!["panels"]!.AsArray();
        var ammonium = panels.Single(panel => panel!["title"]!.GetValue<string>() == "Ammonium (NH4-N)")!;
        Assert.Contains("- above 15: outlet-ammonium, high, station outlet", ammonium["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(
            [15.0],
            ammonium["fieldConfig"]!["defaults"]!["thresholds"]!["steps"]!.AsArray().Select(step => step!["value"]?.GetValue<double>()).OfType<double>());
    }

    private static IEnumerable<(string Name, string Text)> Texts(string folder) =>
        Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllText(file)));
}
