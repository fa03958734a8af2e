using System.IO.Compression;
using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Recalculation;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Calibrations come to InfluxDB once, at the series that they were done at.</summary>
public sealed class CalibrationSeriesTests : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:");
    private readonly Influx influx = new();
    private readonly CalibrationSeries series;

    public CalibrationSeriesTests()
    {
        connection.Open();
        In(transaction => new IngestTables(transaction).Create());
        var time = new FakeTimeProvider();
        series = new CalibrationSeries(
            connection, new InfluxStore(new InfluxOptions { Url = new Uri("http://influx.test:8086") }, influx, time, NullLogger<InfluxStore>.Instance), time,
            NullLogger<CalibrationSeries>.Instance);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        series.Dispose();
        influx.Dispose();
    }

    [Fact]
    public async Task Each_is_written_once_when_its_channel_is_known_and_says_who_and_whether()
    {
        Keep("c1");
        Keep("c2", "slope 71 %");
        await series.WriteAsync(Cancelled);
        Assert.Empty(influx.Lines);

        Known("pond-a");
        await series.WriteAsync(Cancelled);
        Assert.Equal(
            [
                "calibration,channel=ph,device=pond1,gw=gz-07,m=ph,site=gz,station=pond-a accepted=true,id=\"c1\",what=\"pH calibrated by li\" 1767225600000000000",
                "calibration,channel=ph,device=pond1,gw=gz-07,m=ph,site=gz,station=pond-a accepted=false,id=\"c2\",what=\"pH calibrated by li, refused: slope 71 %\" 1767225600000000000",
            ],
            influx.Lines.Order(StringComparer.Ordinal).OrderBy(line => line.Contains("c2", StringComparison.Ordinal)));

        Keep("c1");
        await series.WriteAsync(Cancelled);
        Assert.Equal(2, influx.Lines.Count);
    }

    [Fact]
    public async Task Those_of_a_database_from_before_are_written_and_a_store_that_is_away_gets_them_later()
    {
        Keep("c1");
        Known("pond-a");
        Known("pond-b");
        In(transaction =>
        {
            transaction.Execute("DROP TABLE ingest_calibration_unwritten");
            new IngestTables(transaction).Create();
            new IngestTables(transaction).Create();
        });

        influx.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => series.WriteAsync(Cancelled));
        influx.IsAway = false;
        await series.WriteAsync(Cancelled);
        Assert.Equal(["pond-a", "pond-b"], influx.Lines.Select(line => line.Split("station=")[1].Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    private void Keep(string id, string? refused = null) => In(transaction => new CalibrationTable(transaction).Keep(
        "gz-07",
        CalibrationEvents.Of(new CalibrationRecord
        {
            Id = id,
            Device = "pond1",
            Channel = "ph",
            Measurand = Measurand.Ph,
            Model = "m",
            TimeMs = 1_767_225_600_000,
            By = "li",
            Kind = CalibrationKind.Instrument,
            Celsius = 20,
            Reasons = refused is null ? [] : [refused],
        }),
        1));

    private void Known(string station) => In(transaction => transaction.Execute(
        "INSERT INTO ingest_channel VALUES ('gz-07', 'pond1', 'ph', 'ph', $station, 'gz')", ("$station", station)));

    private void In(Action<SqliteTransaction> act)
    {
        using var transaction = connection.BeginTransaction();
        act(transaction);
        transaction.Commit();
    }

    private sealed class Influx : HttpMessageHandler
    {
        public bool IsAway { get; set; }

        public List<string> Lines { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new HttpRequestException("away");
            }

            if (request.RequestUri!.AbsolutePath.EndsWith("/write", StringComparison.Ordinal))
            {
                await using var packed = new GZipStream(await request.Content!.ReadAsStreamAsync(cancellationToken), CompressionMode.Decompress);
                using var reader = new StreamReader(packed);
                Lines.AddRange((await reader.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }

            return new HttpResponseMessage(HttpStatusCode.NoContent);
        }
    }
}
