using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Samples;

/// <summary>From the event to the store and to the list of differences.</summary>
public sealed class GrabSampleTests : IDisposable
{
    private static readonly SeriesKey Probe = new(Measurand.AmmoniumNitrogen, IngestBench.Site, "pond-a", IngestBench.Gateway, "pond-nh4", "nh4n");
    private static readonly Topic Events = new(IngestBench.Site, IngestBench.Gateway, TopicKind.Event);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-samples-").FullName;
    private readonly TestJournal journal = new();

    private static CancellationToken End => TestContext.Current.CancellationToken;

    private string StateFile => Path.Combine(folder, "state.db");

    public void Dispose()
    {
        // A bench takes its folder with it.
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("0", "must be 1 or more")]
    [InlineData("x", "Cannot parse argument 'x'")]
    public void Count_that_is_none_is_refused(string count, string told) => Assert.Contains(
        told,
        Assert.Single(SamplesCommand.Create(new Option<string?>("--config")).Parse(["--newest", count]).Errors).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Sample_that_comes_twice_is_one_and_reaches_a_store_that_was_away()
    {
        await using var bench = Bench();
        await bench.Broker.Send(Events, Event(4, Body));
        await bench.Broker.Send(Events, Event(4, Body));
        bench.Store.Before = () => throw new StoreUnavailableException("away");
        using var series = new SampleSeries(bench.Database.Connect(), bench.Store, bench.Time, new Logger<SampleSeries>(journal));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => series.WriteAsync(End));

        // The answer of the store is lost once: the same point is written again.
        bench.Store.Before = null;
        bench.Store.After = () => throw new StoreUnavailableException("the answer was lost");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => series.WriteAsync(End));
        bench.Store.After = null;
        await series.WriteAsync(End);

        Assert.Equal(Sample, Assert.Single(bench.Store.Samples).Value);
        var writes = bench.Store.Writes;
        await series.WriteAsync(End);
        Assert.Equal(writes, bench.Store.Writes);
    }

    [Fact]
    public async Task Samples_cost_rows_of_the_gateways_day_though_they_come_in_order()
    {
        await using var bench = Bench(new Quotas { RowsADay = 20 });
        for (var number = 0; number < 40; number++)
        {
            await bench.Broker.Send(Events, Event(number, Body));
        }

        using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        Assert.InRange(new SampleTable(transaction).Newest(gateway: null, 100).Count, 10, 20);
    }

    [Fact]
    public async Task Sample_of_a_measurand_that_a_later_version_knows_holds_up_none_and_waits_for_it()
    {
        await using var bench = Bench();
        await bench.Broker.Send(Events, Event(4, Body));
        await bench.Broker.Send(Events, Event(5, Body));
        using (var connection = bench.Database.Connect())
        {
            using var transaction = connection.BeginTransaction();
            transaction.Execute("UPDATE grab_sample SET measurand = 'of_tomorrow' WHERE number = 4");
            transaction.Commit();
        }

        using var series = new SampleSeries(bench.Database.Connect(), bench.Store, bench.Time, new Logger<SampleSeries>(journal));
        await series.WriteAsync(End);
        await series.WriteAsync(End);

        Assert.Equal(5, Assert.Single(bench.Store.Samples).Value.Sequence);
        Assert.Single(journal.Lines, line => line.StartsWith("1 grab samples are of measurands that this version does not know", StringComparison.Ordinal));
        using var reading = bench.Database.Connect();
        using var look = reading.BeginTransaction(deferred: true);
        Assert.Equal([5], new SampleTable(look).Newest(gateway: null, 10).Select(sample => sample.Sequence));
        Assert.Equal(1L, look.Query("SELECT count(*) FROM grab_sample WHERE written = 0", reader => reader.GetInt64(0))[0]);
    }

    [Theory]
    [InlineData("""{"st":"pond-a"}""")]
    [InlineData("""{"st":"pond-a","channel":"nh4n","m":"of_tomorrow","x":1,"taken":1,"who":"Li"}""")]
    [InlineData("""{"st":"pond-a","channel":"nh4n","m":"ph","x":1,"taken":9007199254740991,"who":"Li"}""")]
    public async Task What_is_no_sample_stays_an_event_and_holds_up_nothing(string body)
    {
        await using var bench = Bench();
        await bench.Broker.Send(Events, Event(4, body));
        await bench.Broker.Send(Events, Event(5, Body));

        using var connection = bench.Database.Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        Assert.Equal([5], new SampleTable(transaction).Newest(gateway: null, 10).Select(sample => sample.Sequence));
        Assert.Equal(2L, transaction.Query("SELECT count(*) FROM ingest_event", reader => reader.GetInt64(0))[0]);
        Assert.Contains(journal.Lines, line => line.StartsWith("Event 4 of epoch 7q2mzk4a of gz-07 is no grab sample that can be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_compares_each_with_the_nearest_value_that_is_of_the_water()
    {
        await WriteAsync(
            ValueAt(-20, 124.1, QualityFlag.Good),
            ValueAt(5, 4, QualityFlag.Fail, Why.Maintenance),
            ValueAt(40, 130, QualityFlag.Suspect));
        Enter(Sample, Sample with { Sequence = 5, TimeNs = Sample.TimeNs + (60 * 60_000_000_000), Method = "", Laboratory = "", Note = "" });

        Assert.Equal(
            (0,
                """
                2026-07-01T07:00:00Z gz-07 pond-nh4.nh4n: sample 118.5 mg/L as N (Wang Fang); the probe has no value within 15 min
                2026-07-01T06:00:00Z gz-07 pond-nh4.nh4n: sample 118.5 mg/L as N (HJ 535, Ganzhou centre, Wang Fang: after rain); probe 124.1 good, 20 s before: +5.6 (+4.7 %)

                """,
                ""),
            await ListAsync(json: false));
        var (_, json, _) = await ListAsync(json: true, newest: 1);
        Assert.Equal(
            """{"taken":"2026-07-01T07:00:00Z","gateway":"gz-07","site":"pond","station":"pond-a","device":"pond-nh4","channel":"nh4n","measurand":"ammonium_n_mg_l","value":118.5,"method":"","lab":"","who":"Wang Fang","note":""}""" + "\n",
            json);
        var (_, all, _) = await ListAsync(json: true);
        Assert.Contains("\"probe\":124.1,\"probe_qc\":1,\"probe_after_s\":-20,\"difference\":5.599999999999994}", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_without_samples_says_so_and_a_folder_that_is_none_too()
    {
        Assert.Equal(1, (await ListAsync(json: false)).Code);
        using (new StateDatabase(StateFile).Connect())
        {
        }

        Assert.Equal((0, "", "there are no grab samples; pond-gateway sample add enters one\n"), await ListAsync(json: false));
    }

    [Fact]
    public async Task Store_that_cannot_be_asked_keeps_no_sample_from_being_listed()
    {
        Enter(Sample);
        var configuration = Configuration with { Influx = new InfluxOptions { Url = new Uri("http://127.0.0.1:9"), Database = "pond" } };

        var (code, output, error) = await ListAsync(json: false, configuration: configuration);

        Assert.Equal(1, code);
        Assert.EndsWith("Wang Fang: after rain)\n", output, StringComparison.Ordinal);
        Assert.StartsWith("the values of the probes cannot be read: http://127.0.0.1:9/", error, StringComparison.Ordinal);
    }

    private static string Body =>
        """{"st":"pond-a","channel":"nh4n","m":"ammonium_n_mg_l","x":118.5,"taken":1782885600000,"who":"Wang Fang","method":"HJ 535","lab":"Ganzhou centre","note":"after rain","uid":1000}""";

    private static SamplePoint Sample => new()
    {
        Beside = Probe,
        Method = "HJ 535",
        TimeNs = Point.KeyNs(1_782_885_600_000, 4),
        Value = 118.5,
        Who = "Wang Fang",
        Laboratory = "Ganzhou centre",
        Note = "after rain",
        Epoch = IngestBench.Epoch,
        Sequence = 4,
    };

    private static byte[] Event(long number, string body) => EventCodec.Encode(new EventMessage
    {
        Gateway = IngestBench.Gateway,
        Epoch = IngestBench.Epoch,
        Number = number,
        TimeMs = IngestBench.Start.ToUnixTimeMilliseconds(),
        Clock = new ClockStamp(ClockSource.Ntp, 5),
        Device = "pond-nh4",
        Type = GrabSample.EventType,
        Body = JsonElement.Parse(body),
    });

    private static Point ValueAt(int second, double value, QualityFlag flag, Why why = Why.None) => new()
    {
        Measurand = Probe.Measurand,
        Site = Probe.Site,
        Station = Probe.Station,
        Gateway = Probe.Gateway,
        Device = Probe.Device,
        Channel = Probe.Channel,
        TimeNs = Point.KeyNs(1_782_885_600_000 + (second * 1000), 4),
        Epoch = IngestBench.Epoch,
        Sequence = 4,
        Clock = ClockSource.Ntp,
        Value = new ChannelValue { Channel = Probe.Channel, Measurand = Probe.Measurand, Value = value, Flag = flag, Why = why },
    };

    private BackendConfiguration Configuration => BackendConfigurationFile.Read("b.toml", $"[backend]\nfolder = \"{folder}\"").Configuration!;

    private IngestBench Bench(Quotas? quotas = null)
    {
        using (var connection = new StateDatabase(StateFile).Connect())
        {
            SampleBook.Open(connection);
        }

        return new IngestBench(folder, quotas: quotas, beside: new SampleBook(new Logger<SampleBook>(journal)));
    }

    private void Enter(params SamplePoint[] samples)
    {
        using var connection = new StateDatabase(StateFile).Connect();
        SampleBook.Open(connection);
        using var transaction = connection.BeginTransaction();
        Array.ForEach(samples, new SampleTable(transaction).Add);
        transaction.Commit();
    }

    private async Task WriteAsync(params Point[] points)
    {
        await using var store = new EmbeddedStore(Path.Combine(folder, "store.db"));
        await store.WriteAsync(new PointWrite(points), End);
    }

    private async Task<(int Code, string Output, string Error)> ListAsync(bool json, int newest = 50, BackendConfiguration? configuration = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await SamplesCommand.RunAsync(configuration ?? Configuration, gateway: null, newest, json, output, error, End);
        return (code, output.ToString(), error.ToString());
    }
}
