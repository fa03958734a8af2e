using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The power going, and the card failing, at every call while a full buffer is thinned: every number is a record, is
/// represented by a thinned one, or is gone for a cause that is told.</summary>
public sealed class ThinningFaultTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Power_cut_at_any_call_costs_nothing_but_detail(bool isPartlySettled)
    {
        var isCut = true;
        for (var call = 1; isCut; call++)
        {
            var bench = new ThinningBench { IsSpared = true };
            var log = Full(bench, isPartlySettled, out var settled);
            bench.Card.CutAt = bench.Card.Calls + call;
            isCut = Record.Exception(() => bench.Fill(log, 150)) is PowerCutException;

            // Again, because what the first opening made of it has to hold as well; and what was handed out is not thinned.
            bench.CheckedDrain(bench.CutPower(call), settled);
            log = bench.CutPower(call);
            bench.Fill(log, 100);
            bench.CheckedDrain(bench.CutPower(call + 1), settled);
        }
    }

    [Fact]
    public void Kill_at_any_call_costs_nothing_but_detail()
    {
        var isCut = true;
        for (var call = 1; isCut; call++)
        {
            var bench = new ThinningBench { IsSpared = true };
            var log = Full(bench, isPartlySettled: true, out var settled);
            bench.Card.CutAt = bench.Card.Calls + call;
            isCut = Record.Exception(() => bench.Fill(log, 150)) is PowerCutException;
            bench.Card.CutAt = null;
            bench.Card.Kill();

            bench.CheckedDrain(bench.Open(), settled);
            bench.Card.Kill();
            log = bench.Open();
            bench.Fill(log, 200);
            bench.CheckedDrain(log, settled);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(28)]
    public void Whichever_call_fails_what_is_lost_by_it_is_told(int errno)
    {
        var failed = true;
        for (var nth = 1; failed; nth++)
        {
            var bench = new ThinningBench();
            var log = Full(bench, isPartlySettled: true, out var settled);
            var calls = 0;
            bench.Card.Failure = (call, _) => SimulatedCard.IsChange(call) && ++calls == nth ? errno : 0;
            bench.Fill(log, 150);
            failed = calls >= nth;
            bench.Card.Failure = (_, _) => 0;

            bench.Fill(log, 40);
            log = bench.CutPower(nth);
            bench.CheckedDrain(log, settled);
            bench.Fill(log, 400);
            Assert.InRange(log.Status.Bytes, 1, bench.Options.BytesMax);
            bench.CheckedDrain(bench.CutPower(nth), settled);
        }
    }

    [Fact]
    public void Failing_file_of_thinned_records_costs_the_victim_and_nothing_waits_for_it()
    {
        var bench = new ThinningBench();
        var log = Full(bench, isPartlySettled: false, out _);
        bench.Card.Failure = (call, name) => call == "sync" && name.StartsWith("t-", StringComparison.Ordinal) ? SimulatedCard.Eio : 0;
        bench.Fill(log, 200);

        Assert.Equal(0, log.Status.Lost[LossCause.Bad]);
        Assert.True(log.Status.Lost[LossCause.Full] > 0);
        bench.Card.Failure = (_, _) => 0;
        bench.Fill(log, 400);
        Assert.True(log.Status.Lost[LossCause.Thin] > 0);
        bench.CheckedDrain(bench.CutPower());
    }

    // A buffer that has begun to thin.
    private static SegmentedLog Full(ThinningBench bench, bool isPartlySettled, out List<RecordId> settled)
    {
        var log = bench.Open();
        bench.Fill(log, 360);
        settled = [];
        if (isPartlySettled)
        {
            log = bench.ReopenAndSettleSome(log, 339, out settled);
        }

        bench.Fill(log, 120);
        return log;
    }
}
