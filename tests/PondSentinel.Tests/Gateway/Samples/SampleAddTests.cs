using System.Text;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Samples;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Tests.Gateway.Acquisition;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Samples;

/// <summary>Values that people enter beside a probe's.</summary>
public sealed class SampleAddTests : IAsyncDisposable
{
    private static readonly SampledChannel Ph = new("pond-a", "probe", "ph", Measurand.Ph, new Band(0, 14));

    private readonly TestClocks clocks = new();
    private readonly FakeTimeProvider time = new();
    private readonly MemoryLog log = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task Value_becomes_an_event_with_all_that_was_said_of_it()
    {
        var answer = await AskAsync(Body(more: ""","method":"photometer","lab":"Ganzhou","note":"after rain" """));

        var happening = Assert.Single(log.Events);
        Assert.Equal(("sample", "probe"), (happening.Type, happening.Device));
        Assert.Equal(
            """{"st":"pond-a","channel":"ph","m":"ph","x":7.2,"taken":1782885600000,"who":"Wang Fang","method":"photometer","lab":"Ganzhou","note":"after rain","uid":1000}""",
            Encoding.UTF8.GetString(happening.Body.Span));
        Assert.Equal("""{"channel":"probe.ph","x":7.2,"m":"ph","unit":"pH","taken_ms":1782885600000,"durable":true}""", answer);
    }

    [Fact]
    public async Task Value_that_the_probe_could_not_show_is_taken_in_and_the_unit_asked_about()
    {
        var answer = await AskAsync(Body(value: "72"));

        Assert.Contains("\"x\":72,", Encoding.UTF8.GetString(Assert.Single(log.Events).Body.Span), StringComparison.Ordinal);
        Assert.EndsWith(
            "\"doubt\":\"72 is outside of what probe.ph can show, 0 to 14 by fail in its settings; where that is a mistake of the unit, which is pH, enter it again with a note\"}",
            answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_is_told_however_many_there_are()
    {
        for (var i = 0; i < 20; i++)
        {
            await AskAsync(Body());
        }

        Assert.Equal(20, log.Events.Count);
    }

    [Theory]
    [InlineData("probe.p", "7.2", "1782885600000", "there is no channel probe.p; did you mean probe.ph?")]
    [InlineData("probe.ph", "\"7\"", "1782885600000", "x must be a number")]
    [InlineData("probe.ph", "1e999", "1782885600000", "x must be a number")]
    [InlineData("probe.ph", "7.2", "null", "taken_ms is missing")]
    [InlineData("probe.ph", "7.2", "1", "the sample would have been taken before the year 2000; check --taken")]
    [InlineData("probe.ph", "7.2", "1782885720001", "the sample would have been taken in the future; check --taken, which is UTC")]
    public async Task What_cannot_be_a_sample_is_refused(string channel, string value, string taken, string why)
    {
        var refusal = await Assert.ThrowsAsync<ControlRefusedException>(() => AskAsync(Body(channel, value, taken)));
        Assert.Equal(why, refusal.Message);
        Assert.Empty(log.Events);
    }

    [Fact]
    public async Task Without_a_clock_nobody_knows_what_is_in_the_future()
    {
        await AskAsync(Body(taken: "1782885720001"), ClockPolicy.Auto);

        Assert.Single(log.Events);
    }

    [Fact]
    public async Task Card_that_takes_nothing_is_said()
    {
        var verb = new SampleAdd(
            () => new Dictionary<string, SampledChannel> { [Ph.Reference] = Ph },
            new RecordSink(new StuckLog(), "zudong", "00000000", witness: null),
            new GatewayClock(clocks, clocks, new ClockOptions()),
            time);
        var answering = verb.AnswerAsync(ControlRequest.Parse(Encoding.UTF8.GetBytes(Request(Body())), 1000), TestContext.Current.CancellationToken).AsTask();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Contains("\"durable\":false", JsonLine.Of((await answering).Write), StringComparison.Ordinal);
    }

    private static string Body(string channel = "probe.ph", string value = "7.2", string taken = "1782885600000", string more = "") =>
        $$"""{"channel":"{{channel}}","x":{{value}},"taken_ms":{{taken}},"who":"Wang Fang"{{more}}}""";

    private static string Request(string body) => $$"""{"verb":"sample-add","body":{{body}}}""";

    private async Task<string> AskAsync(string body, ClockPolicy source = ClockPolicy.System)
    {
        var verb = new SampleAdd(
            () => new Dictionary<string, SampledChannel> { [Ph.Reference] = Ph },
            new RecordSink(log, "zudong", "00000000", witness: null),
            new GatewayClock(clocks, clocks, new ClockOptions { Source = source }),
            time);
        return JsonLine.Of((await verb.AnswerAsync(ControlRequest.Parse(Encoding.UTF8.GetBytes(Request(body)), 1000), TestContext.Current.CancellationToken)).Write);
    }

    private sealed class StuckLog : AppendingLog
    {
        public override string? Epoch => null;

        public override event Action<string?>? FaultChanged
        {
            add { }
            remove { }
        }

        public override BufferStatus Status => throw new NotSupportedException();

        public override AppendTicket Append(BufferedRecord record, bool urgent = false) =>
            throw new NotSupportedException();

        public override AppendTicket AppendEvent(BufferedEvent happening) =>
            new(new RecordId("abcdefgh", 0), new TaskCompletionSource().Task);

        public override void Trust(ClockAnchor anchor) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
