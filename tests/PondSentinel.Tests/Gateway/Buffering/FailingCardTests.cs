using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>A card that fails for hours and comes back: nothing that is on it is given up meanwhile.</summary>
public sealed class FailingCardTests
{
    private readonly BufferBench bench = new();

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    public void What_a_card_that_is_away_does_not_give_back_is_sent_once_it_has_come_back(int errno)
    {
        var log = bench.Open();
        bench.Append(log, 500);
        GoAway(errno);

        var away = BufferBench.Drain(log);
        bench.Append(log, 1);

        Assert.Empty(away.SelectMany(run => run.Gone));
        Assert.Equal(0, log.Status.Lost.Values.Sum());
        bench.Card.Failure = (_, _) => 0;
        bench.Append(log, 1);
        Assert.Equal(502, away.Concat(BufferBench.Drain(log)).Sum(run => run.Records.Count));
        Assert.Equal(0, log.Status.Lost.Values.Sum());
    }

    [Fact]
    public void Card_that_goes_away_just_as_a_segment_would_be_thinned_costs_nothing()
    {
        var log = bench.Open();
        bench.Append(log, 500);
        while (log.Status.Lost.Values.Sum() == 0)
        {
            bench.Append(log, 1);
        }

        for (var i = 0; i < 300; i++)
        {
            bench.Append(log, 1);
            var lost = log.Status.Lost.Values.Sum();
            var bad = log.Status.Lost[LossCause.Bad];
            GoAway(SimulatedCard.Eio);
            bench.Append(log, 1);
            Assert.Equal((0, 0, i), (log.Status.Lost[LossCause.Bad] - bad, log.Status.Lost.Values.Sum() - lost, i));
            bench.Card.Failure = (_, _) => 0;
        }
    }

    [Fact]
    public void Sector_that_cannot_be_read_is_given_up_on_a_card_that_works_otherwise()
    {
        var log = bench.Open();
        bench.Append(log, 100);
        bench.Card.BadSector = (name, bytes) => name == "r-0000000000000001.seg" && bytes.Start.Value < 5000 && bytes.End.Value > 4500;

        var runs = BufferBench.Drain(log);

        Assert.InRange(runs.SelectMany(run => run.Gone).Sum(gone => gone.Range.Count), 1, 99);
        Assert.Equal(100, log.Status.Unsettled + log.Status.Lost[LossCause.Bad]);
    }

    [Theory]
    [InlineData("rename")]
    [InlineData("sync-folder")]
    public void Card_that_changes_no_name_costs_one_segment_at_most(string failing)
    {
        var log = bench.Open();
        bench.Append(log, 2000);
        var before = log.Status;
        bench.Card.Failure = (call, _) => call == failing ? SimulatedCard.Eio : 0;
        for (var i = 0; i < 500; i++)
        {
            bench.Append(log, 1);
        }

        Assert.InRange(log.Status.Lost.Values.Sum() - before.Lost.Values.Sum(), 0, 150);
        bench.Card.Failure = (_, _) => 0;
        bench.Append(log, 1);
        Assert.Null(log.Status.Fault);
        Assert.Equal(2501, log.Status.Unsettled + log.Status.Lost.Values.Sum());
        Assert.Equal(2501, bench.CutPower().Status is var status ? status.Unsettled + status.Lost.Values.Sum() : 0);
    }

    [Fact]
    public void Fault_ends_only_when_the_ledger_can_be_written_too()
    {
        var log = bench.Open();
        bench.Append(log, 1);
        List<string?> told = [];
        log.FaultChanged += told.Add;
        bench.Card.Failure = (call, _) => SimulatedCard.IsChange(call) ? SimulatedCard.Eio : 0;
        bench.Append(log, 1);
        bench.Time.Advance(CommitClock.SaveWindow);
        log.CommitNow();
        bench.Card.Failure = (call, name) => SimulatedCard.IsChange(call) && name == LedgerFile.Name ? SimulatedCard.Eio : 0;
        bench.Append(log, 1);

        Assert.NotNull(log.Status.Fault);
        Assert.NotNull(told[^1]);
        bench.Card.Failure = (_, _) => 0;
        bench.Time.Advance(CommitClock.SaveWindow);
        log.CommitNow();
        Assert.Null(log.Status.Fault);
        Assert.Null(told[^1]);
        Assert.Single(told, line => line is null);
    }

    private void GoAway(int errno) => bench.Card.Failure = (call, _) =>
        SimulatedCard.IsChange(call) ? errno : call == "read" ? SimulatedCard.Eio : 0;
}
