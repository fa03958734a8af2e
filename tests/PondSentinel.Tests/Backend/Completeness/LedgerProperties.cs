using System.Text;
using CsCheck;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>Whatever happened, and in whatever order the backend heard of it: the sums close, and the account is the one that
/// somebody makes who knows everything.</summary>
public sealed class LedgerProperties
{
    [Fact]
    public void Any_history_in_any_order_closes_at_every_step_and_ends_in_the_account_of_the_full_past() =>
        Gen.Select(Gen.Int, Gen.Int).Sample(
            (seed, order) =>
            {
                LedgerHistory past = new(seed);
                using LedgerBench bench = new(past.Grid, past.NowMs);
                var random = new Random(order);
                var steps = Steps(past);
                random.Shuffle(steps);
                foreach (var step in steps)
                {
                    step(bench);
                    if (random.Next(40) == 0)
                    {
                        bench.Bring();
                        AssertCloses(bench);
                    }

                    if (random.Next(80) == 0)
                    {
                        bench.Restart();
                    }
                }

                bench.Bring();
                AssertCloses(bench);
                Assert.Equal(LedgerRecount.Of(past), bench.Lines);
                Assert.Equal(
                    LedgerRecount.WithoutSlot(past),
                    bench.Rows.Where(row => row.Channel == LedgerChannel.OfGateway).Sum(row => row.Counts.Sum));
            },
            seed: "5JDbv9Fym5_3",
            iter: TestDepth.Cases(12),
            threads: 1);

    private static void AssertCloses(LedgerBench bench) =>
        Assert.All(bench.Rows, row => Assert.True(row.Unexplained == 0, $"{row.Channel} {DayGrid.Text(row.Day)}: {row.Expected}, {row.Counts}"));

    // Each fact the backend hears of, by itself.
    private static Action<LedgerBench>[] Steps(LedgerHistory past)
    {
        List<Action<LedgerBench>> steps = [];
        var meta = past.Meta();
        foreach (var life in past.Lives)
        {
            steps.Add(bench => bench.Tell(life.Epoch, "meta", life.StartMs, meta));
            steps.Add(bench => bench.Tell(
                life.Epoch, "audit", life.StartMs, Encoding.UTF8.GetBytes($$"""{"what":"start","boot":"{{life.Boot}}"}""")));
            if (life.End == Fate.Stop)
            {
                steps.Add(bench => bench.Tell(life.Epoch, "audit", life.EndMs, """{"what":"stop"}"""u8.ToArray()));
            }

            steps.AddRange(life.Revisions.Select(number => (Action<LedgerBench>)(bench => bench.SettleRevision(life.Epoch, number))));
            steps.AddRange(Losses(past, life));
        }

        steps.Add(bench => bench.Say(new StateMessage
        {
            On = true, Epoch = past.Lives[^1].Epoch, Inventory = [.. past.Lives.Select(life => new HeldEpoch(life.Epoch, 0, life.Given))],
        }));
        foreach (var poll in past.Polls.Where(poll => poll.IsStored))
        {
            // An original that comes after its revision is settled and not shown: ingest sees to it.
            var isRevised = false;
            steps.Add(bench =>
            {
                if (isRevised)
                {
                    bench.SettleRevision(poll.Life.Epoch, poll.Number);
                }
                else
                {
                    bench.Store(poll.Life.Epoch, poll.Number, Record(poll, poll.Fate));
                }
            });
            if (poll.Revised is { } verdict)
            {
                steps.Add(bench =>
                {
                    isRevised = true;
                    bench.Store(poll.Life.Epoch, poll.Number, Record(poll, verdict), isRevision: true);
                });
            }
        }

        return [.. steps];
    }

    private static IEnumerable<Action<LedgerBench>> Losses(LedgerHistory past, PastLife life)
    {
        foreach (var group in past.Polls.Where(poll => poll.Life == life && !poll.IsStored && poll.Fate != Fate.Waiting)
            .OrderBy(poll => poll.Number).GroupBy(poll => poll.Fate, poll => poll.Number))
        {
            var standing = Enum.GetValues<Standing>().Single(standing => Fates.OfStanding(standing) == group.Key);
            foreach (var range in Ranges.Of(group))
            {
                yield return bench => bench.Lose(life.Epoch, range, standing);
            }
        }
    }

    private static DeviceRecord Record(PastPoll poll, Fate fate) => new()
    {
        Sequence = poll.Number,
        TimeMs = poll.TimeMs,
        Station = "stream",
        Device = poll.Device.Id,
        CoveredMs = poll.CoveredMs == 0 ? null : poll.CoveredMs,
        Channels =
        [
            .. poll.Device.Channels.Select(channel => new ChannelValue
            {
                Channel = channel,
                Measurand = Measurand.Ph,
                Value = FlagOf(fate) == QualityFlag.Missing ? null : 7,
                Flag = FlagOf(fate),
                Why = fate switch { Fate.NoAnswer => Why.NoAnswer, Fate.OverRange => Why.OverRange, _ => Why.None },
            }),
        ],
    };

    private static QualityFlag FlagOf(Fate fate) => fate switch
    {
        Fate.Good => QualityFlag.Good,
        Fate.Unchecked => QualityFlag.NotEvaluated,
        Fate.Suspect => QualityFlag.Suspect,
        Fate.Bad => QualityFlag.Fail,
        _ => QualityFlag.Missing,
    };
}
