using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Repository;
using PondSentinel.Tests.Tls;

namespace PondSentinel.Tests.Backend.Web;

public sealed partial class MonitoringTests : IDisposable
{
    private readonly PageBench bench = new(TimeProvider.System);
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        http.Dispose();
        bench.Dispose();
    }

    [Fact]
    public async Task Backend_whose_parts_all_work_is_ready_and_each_part_that_does_not_is_named_with_its_reason()
    {
        await using var page = await bench.StartAsync();
        Assert.Equal((HttpStatusCode.OK, ""), await ReadyAsync(page));

        bench.Kept.Away = "http://influx:8086/: Connection refused";
        bench.Broker.ConnectedSince = null;
        bench.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable,
             "broker: no connection to the broker; the journal says why|store: http://influx:8086/: Connection refused"),
            await ReadyAsync(page));
    }

    [Fact]
    public async Task Values_that_wait_for_the_store_for_long_and_a_loop_that_does_not_turn_are_told()
    {
        await using var page = await bench.StartAsync();
        bench.Kept.Before = () => Task.FromException(new StoreUnavailableException("no space left"));
        var write = new PointWrite([AlertBench.PointOf(0, 1)]);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => bench.Watched.WriteAsync(write, Cancelled));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store: no space left"), await ReadyAsync(page));
        bench.Time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(
            "ingest: values have waited for the store for 90 s; nothing is lost: gateways keep what is not acknowledged|store: no space left",
            (await ReadyAsync(page)).Faults);
        Assert.Equal(90, (await MetricsAsync(page))["pond_store_lag_seconds"]);

        bench.Kept.Before = null;
        await bench.Watched.WriteAsync(write, Cancelled);
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.StartsWith("ingest: ingest has not turned for 210 s", (await ReadyAsync(page)).Faults, StringComparison.Ordinal);
        bench.Gauge.WaitCommitted();
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((HttpStatusCode.OK, ""), await ReadyAsync(page));
        var metrics = await MetricsAsync(page);
        Assert.Equal((0, 1, 1), (metrics["pond_store_lag_seconds"], metrics["pond_store_writes_total"], metrics["pond_store_write_failures_total"]));
    }

    [Fact]
    public async Task Store_that_never_answers_holds_nobody_up_for_long()
    {
        bench.Kept.Hang = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var page = await bench.StartAsync();

        var answer = ReadyAsync(page);
        await bench.Kept.Hang.Task;
        bench.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store: no answer within 3 s"), await answer);
    }

    [Fact]
    public async Task Metrics_are_the_numbers_of_the_page_in_the_form_that_prometheus_reads()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-1, 16.5));
        bench.Store(AlertBench.PointOf(-1, null, QualityFlag.Missing, "pond-a") with { Channel = "ph" });
        bench.Live.Health(
            PageBench.Gateway, File.ReadAllBytes(Checkout.Absolute("tests/PondSentinel.Tests/Wire/Examples/health.json")));
        bench.Alerts =
        [
            new AlertStatus(AlertBench.Ammonium, AlertSubject.Of(AlertBench.PointOf(0, 1)), AlertPhase.Firing, AlertBench.Start, AlertBench.Start, 16.5, 16.5, "e"),
        ];
        using var authority = new TestAuthority("CN=Pond CA", AlertBench.Start, AlertBench.Start.AddYears(2));
        var file = Path.Combine(Directory.CreateTempSubdirectory("pond-metrics-").FullName, "ca.pem");
        await File.WriteAllTextAsync(file, authority.Certificate.ExportCertificatePem(), Cancelled);
        bench.WatchedCertificates.Add(file);
        using var now = JsonDocument.Parse(await http.GetStringAsync(new Uri(page.Address, "/api/now"), Cancelled));
        var metrics = await MetricsAsync(page);

        Assert.Equal(1, metrics["""pond_alerts{phase="firing",severity="high"}"""]);
        Assert.Equal(0, metrics["""pond_alerts{phase="firing",severity="urgent"}"""]);
        Assert.Equal(1, metrics["""pond_channels{flag="good"}"""]);
        Assert.Equal(1, metrics["""pond_channels{flag="missing"}"""]);
        Assert.Equal(1, metrics["""pond_gateway_up{site="pond",gateway="gz-07"}"""]);
        Assert.Equal(12, metrics["""pond_gateway_lost_records_total{site="pond",gateway="gz-07",cause="full"}"""]);
        Assert.Equal(0.012, metrics["""pond_gateway_clock_error_seconds{site="pond",gateway="gz-07"}"""]);
        Assert.Equal(1, metrics["pond_broker_connected"]);
        Assert.Equal(AlertBench.Start.AddYears(2).ToUnixTimeSeconds(), metrics[$$"""pond_certificate_end_timestamp_seconds{file="{{file}}"}"""]);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.Equal(
            now.RootElement.GetProperty("gateways")[0].GetProperty("health").GetProperty("certificateDays").GetDouble(),
            metrics["""pond_gateway_certificate_days{site="pond",gateway="gz-07"}"""]);
        var health = now.RootElement.GetProperty("gateways")[0].GetProperty("health");
        Assert.Equal(health.GetProperty("unsettled").GetDouble(), metrics["""pond_gateway_unsettled_records{site="pond",gateway="gz-07"}"""]);
        Assert.Equal(health.GetProperty("bufferBytes").GetDouble(), metrics["""pond_gateway_buffer_bytes{site="pond",gateway="gz-07"}"""]);
        Assert.Equal(now.RootElement.GetProperty("alerts").GetArrayLength(), metrics.Where(pair => pair.Key.StartsWith("pond_alerts{", StringComparison.Ordinal)).Sum(pair => pair.Value));
        Assert.DoesNotContain(metrics.Keys, key => key.Contains("nh4n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hostile_name_of_a_gateway_stays_within_its_label()
    {
        await using var page = await bench.StartAsync();
        bench.Store(AlertBench.PointOf(-1, 1) with { Gateway = "a\"} 1\nevil 2\\" });

        var text = await http.GetStringAsync(new Uri(page.Address, "/metrics"), Cancelled);

        Assert.Contains("""pond_gateway_up{site="pond",gateway="a\"} 1\nevil 2\\"} 1""", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("evil", StringComparison.Ordinal));
    }

    private async Task<(HttpStatusCode Status, string Faults)> ReadyAsync(WebPage page)
    {
        using var answer = await http.GetAsync(new Uri(page.Address, "/readyz"), Cancelled);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        var parts = json.RootElement.GetProperty("parts").EnumerateObject().ToList();
        Assert.Equal(["broker", "ingest", "state", "store"], parts.Select(part => part.Name).Order(StringComparer.Ordinal));
        Assert.Equal(json.RootElement.GetProperty("ready").GetBoolean(), parts.TrueForAll(part => part.Value.GetProperty("ready").GetBoolean()));
        return (answer.StatusCode, string.Join('|', parts
            .Where(part => part.Value.TryGetProperty("detail", out _))
            .Select(part => $"{part.Name}: {part.Value.GetProperty("detail").GetString()}")
            .Order(StringComparer.Ordinal)));
    }

    // Each line is as the format has it: families whole, help and type before their numbers, no series twice.
    private async Task<Dictionary<string, double>> MetricsAsync(WebPage page)
    {
        var text = await http.GetStringAsync(new Uri(page.Address, "/metrics"), Cancelled);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Dictionary<string, double> series = new(StringComparer.Ordinal);
        HashSet<string> families = new(StringComparer.Ordinal);
        var (family, type) = ("", "");
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), $"{family} stands twice");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(family, line.Split(' ')[2]);
                type = line.Split(' ')[3];
                Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
            }
            else
            {
                var match = Sample().Match(line);
                Assert.True(match.Success, line);
                Assert.Equal(family, match.Groups["name"].Value);
                series.Add(line[..line.LastIndexOf(' ')], double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));
            }
        }

        return series;
    }

    [GeneratedRegex("""^(?<name>[a-z][a-z0-9_]*)(\{[a-z_]+="([^"\\\n]|\\[\\"n])*"(,[a-z_]+="([^"\\\n]|\\[\\"n])*")*\})? (?<value>[-+0-9.eE]+)$""")]
    private static partial Regex Sample();
}
