using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Acquisition;

namespace PondSentinel.Tests.Gateway.Time;

public sealed class ClockReportTests : IAsyncDisposable
{
    private readonly TestClocks clocks = new();
    private readonly MemoryLog log = new();
    private readonly GatewayClock clock;

    public ClockReportTests()
    {
        clock = new GatewayClock(clocks, clocks, new ClockOptions());
        var sink = new RecordSink(log, "zudong", "9f3c01d2", witness: null);
        clock.Changed += new ClockReport(log, sink, NullLogger.Instance).Note;
    }

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public void Trust_a_step_and_its_loss_are_told_in_order_and_with_the_time_that_records_have()
    {
        clock.AcceptServerTime(clock.BootTime - TimeSpan.FromSeconds(4), clock.BootTime, clocks.WallMs + 5_000);
        clocks.SetWall(TimeSpan.FromHours(-1));
        clock.Now();
        clocks.Discipline = new Discipline(Synchronised: true, TimeSpan.FromMilliseconds(5));
        clocks.Advance(GatewayClock.Settling);
        clock.Now();
        clocks.Discipline = new Discipline(Synchronised: false, TimeSpan.FromSeconds(16));
        clocks.Advance(TimeSpan.FromSeconds(1));
        var last = clock.Now();

        Assert.Equal(
            [
                """{"what":"trust","src":"srv","err_ms":2002}""",
                """{"what":"step","by_ms":-3600000}""",
                """{"what":"trust","src":"ntp","err_ms":6,"by_ms":-3607000}""",
                """{"what":"lost","src":"ntp"}""",
            ],
            Told());
        Assert.All(log.Events, happening => Assert.NotNull(happening.Clock.Trust));
        Assert.Equal(last, log.Events[^1].Clock);
    }

    [Fact]
    public void Anchor_reaches_the_buffer_before_the_event_that_tells_of_it()
    {
        var anchors = -1;
        clock.Changed += _ => anchors = log.Anchors.Count;
        clock.AcceptServerTime(clock.BootTime, clock.BootTime, clocks.WallMs);

        Assert.Equal(1, anchors);
        Assert.Equal(clocks.WallMs, Assert.Single(log.Anchors).WallMs);
    }

    [Fact]
    public void Clock_that_is_set_all_the_time_is_told_six_times_an_hour_and_then_counted()
    {
        for (var minute = 0; minute < 60; minute++)
        {
            clock.Now();
            clocks.SetWall(TimeSpan.FromHours(1));
            clocks.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(HourlyAllowance.PerHour, log.Events.Count);
        clocks.Advance(TimeSpan.FromMinutes(1));
        clock.Now();
        Assert.Equal("""{"what":"step","by_ms":3600000,"count":53}""", Told()[^1]);
    }

    private List<string> Told() => [.. log.Events.Select(happening => Encoding.UTF8.GetString(happening.Body.Span))];
}
