using System.Text;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Time;
using PondSentinel.Tests.Gateway.Buffering;
using PondSentinel.Tests.Gateway.Time;
using static PondSentinel.Tests.Gateway.Calibration.CalibrationBench;

namespace PondSentinel.Tests.Gateway.Calibration;

public sealed class CalibrationAddVerbTests
{
    private const long AheadMaxMs = 120_000;

    private readonly TestClocks clocks = new();
    private string? settle;
    private readonly CalibrationBook book = new(CalibrationStore.Open(new SimulatedCard()), [Ph]);

    [Fact]
    public async Task Date_ahead_of_a_clock_that_somebody_vouches_for_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<ControlRefusedException>(() => AddAsync("c1", AheadMaxMs + 1, ClockPolicy.System));

        Assert.Contains("in the future", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(book.Records);
        await AddAsync("c1", AheadMaxMs, ClockPolicy.System);
        Assert.Equal("c1", book.Of("probe", "ph")!.Id);
    }

    [Fact]
    public async Task Without_a_clock_nobody_knows_what_is_ahead_and_the_next_is_in_force_all_the_same()
    {
        await AddAsync("c1", 3650 * DayMs, ClockPolicy.Auto);
        await AddAsync("c2", 0, ClockPolicy.Auto);

        Assert.Equal("c2", book.Of("probe", "ph")!.Id);
    }

    [Fact]
    public async Task Nothing_comes_before_what_was_broken_off_and_is_not_kept_yet()
    {
        settle = "probe.ph: a calibration was broken off";

        Assert.Contains(settle, (await Assert.ThrowsAsync<ControlRefusedException>(() => AddAsync("c1", 0, ClockPolicy.System))).Message, StringComparison.Ordinal);
        Assert.Empty(book.Records);
    }

    private async Task AddAsync(string id, long aheadMs, ClockPolicy source)
    {
        var record = Encoding.UTF8.GetString(CalibrationCodec.Encode(Record(id, 0.1, clocks.WallMs + aheadMs)));
        var request = $$$"""{"verb":"{{{CalibrationAddVerb.Verb}}}","body":{"record":{{{record}}}}}""";
        await new CalibrationAddVerb(book, new GatewayClock(clocks, clocks, new ClockOptions { Source = source }), () => settle)
            .AnswerAsync(ControlRequest.Parse(Encoding.UTF8.GetBytes(request), 1000), TestContext.Current.CancellationToken);
    }
}
