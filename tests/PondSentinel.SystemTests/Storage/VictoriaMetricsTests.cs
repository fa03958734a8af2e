using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Backend.Storage;

namespace PondSentinel.SystemTests.Storage;

/// <summary>A real VictoriaMetrics takes what is written for InfluxDB 2.x: another program's reading of the same protocol. It
/// keeps numbers alone, of some 12 digits, by the millisecond.</summary>
public sealed class VictoriaMetricsTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_that_were_written_are_there_with_their_tags_and_times()
    {
        var folder = TestFolder.Create();
        var url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        await using var server = RunningProcess.Start(
            "victoria-metrics", folder, "/usr/bin/victoria-metrics", "-storageDataPath", Path.Combine(folder, "data"),
            "-httpListenAddr", url.Authority, "-retentionPeriod", "100y", "-loggerLevel", "ERROR");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await Eventually.HoldsAsync(
            async () => await AnswersAsync(http, new Uri(url, "/health")), Within, () => $"no answer at {url}\n{server.Tail}");

        await using var store = new InfluxStore(
            new InfluxOptions { Url = url, Bucket = new InfluxBucket("pond-watch", "pond", "none") },
            TimeProvider.System,
            NullLogger<InfluxStore>.Instance);
        List<Point> points =
        [
            .. Enumerable.Range(0, 200).Select(number =>
            {
                var point = MeasurementStoreContract.PointOf(number);
                return point with
                {
                    TimeNs = Point.KeyNs(point.TimeMs + (number * 1000), number),
                    Value = point.Value with { Value = number / 8.0 },
                };
            }),
        ];
        Assert.Empty(await store.WriteAsync(points, Cancelled));

        var series = points[0];
        var name = $"{series.Measurand.WireName}_value";
        IReadOnlyList<(long TimeMs, double Value)> found = [];
        await Eventually.HoldsAsync(
            async () => (found = await ExportAsync(http, url, name, series)).Count == points.Count,
            Within,
            () => $"{found.Count} of {points.Count} values\n{server.Tail}");
        Assert.Equal(points.Select(point => (point.TimeMs, point.Value.Value!.Value)), found.Order());
        TestFolder.ShowLogsOnFailure(folder);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri health)
    {
        try
        {
            using var answer = await http.GetAsync(health, Cancelled);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // One JSON object a line, one line a block of a series.
    private static async Task<IReadOnlyList<(long TimeMs, double Value)>> ExportAsync(
        HttpClient http, Uri url, string name, Point of)
    {
        var match = $"{name}{{site=\"{of.Site}\",station=\"{of.Station}\",gw=\"{of.Gateway}\",device=\"{of.Device}\",channel=\"{of.Channel}\"}}";
        var address = new Uri(url, $"/api/v1/export?start=0&match[]={Uri.EscapeDataString(match)}");
        var text = await http.GetStringAsync(address, Cancelled);
        List<(long TimeMs, double Value)> found = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            found.AddRange(json.RootElement.GetProperty("timestamps").EnumerateArray().Select(item => item.GetInt64())
                .Zip(json.RootElement.GetProperty("values").EnumerateArray().Select(item => item.GetDouble())));
        }

        return found;
    }
}
