using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.Guiding;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Gateway.Time;
using PondSentinel.Sensors;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Guiding;

/// <summary>A guide and the verbs of a gateway in one process; what the probe shows is in the hands of the test.</summary>
internal sealed class GuideBench
{
    private readonly TestClocks clocks = new();
    private readonly SimulatedCard card = new();
    private CalibratedChannel channel;
    private CalibrationVisits visits = null!;

    public GuideBench(CalibratedChannel channel, Func<double?> raw, double? celsius = 20)
    {
        this.channel = channel;
        (Raw, Celsius) = (raw, celsius);
        Book = new CalibrationBook(CalibrationStore.Open(new SimulatedCard()), [channel]);
        Start();
    }

    /// <summary>What the probe shows.</summary>
    public Func<double?> Raw { get; set; }

    public double? Celsius { get; set; }

    public CalibrationBook Book { get; }

    public MaintenanceBook Maintenance { get; private set; } = null!;

    public TestClocks Clocks => clocks;

    public CalibrationVisits Visits => visits;

    /// <summary>Standards of an instrument's own recipe.</summary>
    public ISensor? Sensor { get; init; }

    /// <summary>Answers what is asked of an instrument's own calibration.</summary>
    public Func<JsonElement, Task<ControlReply>>? Run { get; init; }

    /// <summary>Why it does not read the probe; null where it does.</summary>
    public Func<string?>? Refuses { get; init; }

    /// <summary>A life of the gateway.</summary>
    public void Start()
    {
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        Maintenance = new MaintenanceBook(
            new Dictionary<string, string> { [channel.Device] = "pond-a" },
            new MaintenanceFile(new WholeFile(card, "maintenance.json", MaintenanceFile.BytesMax)),
            clock,
            new MaintenanceReport(new RecordSink(new MemoryLog(), "zudong", "00000000", witness: null), NullLogger.Instance),
            NullLogger.Instance);
        Maintenance.Resume();
        visits = new CalibrationVisits(Book, Maintenance, clock);
    }

    /// <summary>Settings that name another instrument.</summary>
    public void Exchange(CalibratedChannel other)
    {
        channel = other;
        Book.Follow([other]);
    }

    /// <summary>Guides somebody.</summary>
    public async Task<int> GuideAsync(ScriptedScreen screen, Language language = Language.English, Func<GuideOptions, GuideOptions>? with = null, CancellationTokenSource? stop = null)
    {
        var options = new GuideOptions(channel, "Li");
        options = with?.Invoke(options) ?? options;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken, stop?.Token ?? CancellationToken.None);
        var end = either.Token;
        var time = new StridingTime(clocks);
        var code = await new CalibrationGuide(
            options, new GuideGateway(AskAsync, channel, options.Who, language), new GuideTalk(screen, time, end), new GuideWords(language),
            time).RunAsync(end).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(0, screen.Left);
        return code;
    }

    private async Task<ControlReply> AskAsync(string verb, Action<Utf8JsonWriter> write, TimeSpan patience, CancellationToken cancellationToken)
    {
        var request = ControlLine.Json(json =>
        {
            json.WriteString("verb", verb);
            json.WriteStartObject("body");
            write(json);
            json.WriteEndObject();
        });
        var options = new DeviceOptions
        {
            Id = channel.Device, Station = "pond-a", Bus = "line", Model = channel.Model, Address = 1, Interval = TimeSpan.FromMinutes(1), Channels = [],
        };
        PolledDevice[] polled = Sensor is null ? [] : [new PolledDevice(options, [], Sensor, "here") { Errands = new BusErrands() }];
        var clock = new GatewayClock(clocks, clocks, new ClockOptions { Source = ClockPolicy.System });
        IControlVerb[] verbs =
        [
            new CalibrationLookVerb(visits, Book, polled), new CalibrationVisitVerb(visits), new CalibrationAddVerb(Book, clock, static () => null), new CalibrationJudgeVerb(Book),
        ];
        try
        {
            var parsed = ControlRequest.Parse(request.Span, 1000);
            if (verb is CalibrationRunVerb.Verb or CalibrationStateVerb.Verb)
            {
                return await Run!(JsonElement.Parse(request.Span).GetProperty("body"));
            }

            if (verb == CalibrationReadingVerb.Verb)
            {
                visits.See(channel, VisitJson.Number(parsed));
                if (Refuses?.Invoke() is { } refusal)
                {
                    return new ControlReply.NotDone(refusal);
                }

                return new ControlReply.Done(JsonElement.Parse(Shown()));
            }

            var answer = await verbs.First(each => each.Name == verb).AnswerAsync(parsed, cancellationToken);
            using var stream = new MemoryStream();
            await using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                answer.Write(json);
                json.WriteEndObject();
            }

            return new ControlReply.Done(JsonElement.Parse(Encoding.UTF8.GetString(stream.ToArray())));
        }
        catch (ControlRefusedException e)
        {
            return new ControlReply.NotDone(e.Message);
        }
    }

    private string Shown()
    {
        var raw = Raw();
        var curve = Book.Of(channel.Device, channel.Id)?.Curve ?? channel.Output.Electrode;
        var value = raw is { } number ? curve?.At(number, 25) ?? number : (double?)null;
        FormattableString text = $$"""
            {"devices":[{"device":"{{channel.Device}}","values":[
              {"channel":"{{channel.Name}}","x":{{(value is { } x ? x.ToString("R", null) : "null")}},"raw":{{(raw is { } y ? y.ToString("R", null) : "0")}},"unit":"","m":"ph"},
              {"channel":"{{channel.Device}}.t","x":{{(Celsius is { } t ? t.ToString("R", null) : "null")}},"unit":"°C","m":"water_temperature_c"}]}]}
            """;
        var said = FormattableString.Invariant(text);
        return raw is null ? said.Replace("\"raw\":0,", "", StringComparison.Ordinal) : said;
    }

    // Waits take no time, and the clock is what it would be after them.
    private sealed class StridingTime(TestClocks clocks) : TimeProvider
    {
        public override long TimestampFrequency => clocks.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clocks.GetUtcNow();

        public override long GetTimestamp() => clocks.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            clocks.Advance(dueTime);
            callback(state);
            return System.CreateTimer(static _ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
