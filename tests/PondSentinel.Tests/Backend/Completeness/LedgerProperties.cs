using System.Text;
using CsCheck;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Ingest;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Completeness;

/// <summary>Whatever happened, and in whatever order the backend heard of it: the sums close, and the account is the one that
/// somebody makes who knows everything.</summary>
public sealed class LedgerProperties
{
    private const long Minute = 60_000;

    [Fact]
    public void Any_history_in_any_order_closes_at_every_step_and_ends_in_the_account_of_the_full_past() =>
        Gen.Select(Gen.Int, Gen.Int).Sample(AssertAccount, seed: "5JDbv9Fym5_3", iter: TestDepth.Cases(12), threads: 1);

    // The first was lost to a slot before the life began, the second to none where its slot begins after the record that follows, the
    // third behind the life instead of in its first slot; of the fourth a revision's number stood for a poll that waits.
    [Theory]
    [InlineData(275882, 417)]
    [InlineData(-572, 62539)]
    [InlineData(388, 81)]
    [InlineData(-199, 0)]
    public void Histories_that_were_told_wrongly_once(int seed, int order) => AssertAccount(seed, order);

    private static void AssertAccount(int seed, int order)
    {
        LedgerHistory past = new(seed);
        using LedgerBench bench = new(past.Grid, past.NowMs);
        var random = new Random(order);
        HashSet<PastPoll> late = [];
        FakeStore store = new();
        foreach (var (atMs, act) in Arrivals(Steps(past, late), past, random))
        {
            bench.NowMs = atMs;
            act(bench);
            if (random.Next(40) == 0)
            {
                bench.Bring();
                AssertCloses(bench);
            }

            if (random.Next(80) == 0)
            {
                bench.Restart();
                bench.WriteSeriesAsync(store).GetAwaiter().GetResult();
            }
        }

        // A gateway says again and again what it holds: of an epoch of which nothing else is known it is not taken in.
        bench.NowMs = past.NowMs;
        SayWhatIsHeld(bench, past);
        bench.Bring();
        AssertCloses(bench);
        if (past.IsTellable)
        {
            Assert.Equal(LedgerRecount.Of(past, late), bench.Lines);
        }

        bench.WriteSeriesAsync(store).GetAwaiter().GetResult();
        Assert.Equal(bench.Rows.Select(Series).Order(StringComparer.Ordinal), Written(store, past.Grid).Order(StringComparer.Ordinal));
        Assert.Equal(
            LedgerRecount.WithoutSlot(past),
            bench.Rows.Where(row => row.Channel == LedgerChannel.OfGateway).Sum(row => row.Counts.Sum));
    }

    // In half of the cases each fact comes some minutes or hours after it happened; in the others in any order, as if every
    // clock were wrong. Some come twice. The silence at the end is long enough for the ledger to look at the gateway by itself.
    private static IEnumerable<(long AtMs, Action<LedgerBench> Act)> Arrivals(List<Step> steps, LedgerHistory past, Random random)
    {
        var isInTime = random.Next(2) == 0;
        var lastMs = past.NowMs - (6 * Minute);
        long Arrival(Step step) => isInTime
            ? Math.Min(lastMs, step.TimeMs + random.NextInt64((random.Next(4) == 0 ? 180 : 15) * Minute))
            : random.NextInt64(past.StartMs, lastMs);
        return
        [
            .. steps.Concat(steps.Where(_ => random.Next(10) == 0)).Select(step => (AtMs: Arrival(step), step.Act))
                .OrderBy(arrival => arrival.AtMs).ThenBy(_ => random.Next()),
        ];
    }

    private static string Series(LedgerRow row) => FormattableString.Invariant(
        $"{row.Site} {row.Station} {row.Channel.Device}.{row.Channel.Channel} {row.Day}: {row.Expected} {row.Counts.Complete} {row.Late} {row.Extra}");

    // Points that are all zeros are of rows that were taken back.
    private static IEnumerable<string> Written(FakeStore store, DayGrid grid) => store.Days.Values
        .Where(day => day.Fields.Any(field => field.Count != 0))
        .Select(day => FormattableString.Invariant(
            $"{day.Site} {day.Station} {day.Device}.{day.Channel} {grid.DayOf(day.StartMs)}: {Count(day, "expected")} {Count(day, "complete")} {Count(day, "late")} {Count(day, "extra")}"));

    private static long Count(DayPoint day, string field) => day.Fields.Single(known => known.Name == field).Count;

    private static void AssertCloses(LedgerBench bench) =>
        Assert.All(bench.Rows, row => Assert.True(row.Unexplained == 0, $"{row.Channel} {DayGrid.Text(row.Day)}: {row.Expected}, {row.Counts}"));

    // Each fact the backend hears of, by itself.
    private static List<Step> Steps(LedgerHistory past, HashSet<PastPoll> late)
    {
        List<Step> steps = [];
        var meta = past.Meta();
        foreach (var life in past.Lives)
        {
            steps.Add(new Step(life.StartMs, bench => bench.Tell(life.Epoch, "meta", life.StartMs, meta)));
            steps.Add(new Step(life.StartMs, bench => bench.Tell(
                life.Epoch, "audit", life.StartMs, Encoding.UTF8.GetBytes($$"""{"what":"start","boot":"{{life.Boot}}"}"""))));
            if (life.End == Fate.Stop)
            {
                steps.Add(new Step(life.EndMs, bench => bench.Tell(life.Epoch, "audit", life.EndMs, """{"what":"stop"}"""u8.ToArray())));
            }

            steps.AddRange(life.Revisions.Select(number => new Step(life.EndMs, bench => bench.SettleRevision(life.Epoch, number))));
            steps.AddRange(Losses(past, life));
        }

        steps.Add(new Step(past.EndMs, bench => SayWhatIsHeld(bench, past)));
        foreach (var poll in past.Polls.Where(poll => poll.IsStored))
        {
            // An original that comes after its revision is settled and not shown: ingest sees to it. Whichever is first tells
            // whether the record was late.
            var (isHere, isRevised) = (false, false);
            void Come(LedgerBench bench)
            {
                if (!isHere && bench.NowMs - poll.TimeMs > 10 * Minute)
                {
                    late.Add(poll);
                }

                isHere = true;
            }

            steps.Add(new Step(poll.TimeMs, bench =>
            {
                Come(bench);
                if (isRevised)
                {
                    bench.SettleRevision(poll.Life.Epoch, poll.Number);
                }
                else
                {
                    bench.Store(poll.Life.Epoch, poll.Number, Record(poll, poll.Fate));
                }
            }));
            if (poll.Revised is { } verdict)
            {
                steps.Add(new Step(poll.TimeMs, bench =>
                {
                    Come(bench);
                    isRevised = true;
                    bench.Store(poll.Life.Epoch, poll.Number, Record(poll, verdict), isRevision: true);
                }));
            }
        }

        return steps;
    }

    private static void SayWhatIsHeld(LedgerBench bench, LedgerHistory past) => bench.Say(new StateMessage
    {
        On = true, Epoch = past.Lives[^1].Epoch, Inventory = [.. past.Lives.Select(life => new HeldEpoch(life.Epoch, 0, life.Given))],
    });

    private static IEnumerable<Step> Losses(LedgerHistory past, PastLife life)
    {
        foreach (var group in past.Polls.Where(poll => poll.Life == life && !poll.IsStored && poll.Fate != Fate.Waiting)
            .OrderBy(poll => poll.Number).GroupBy(poll => poll.Fate, poll => poll.Number))
        {
            var standing = Enum.GetValues<Standing>().Single(standing => Fates.OfStanding(standing) == group.Key);
            foreach (var range in Ranges.Of(group))
            {
                yield return new Step(life.EndMs, bench => bench.Lose(life.Epoch, range, standing));
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

    /// <summary>A fact that the backend hears of.</summary>
    /// <param name="TimeMs">When it is known at the gateway, UTC ms since 1970.</param>
    /// <param name="Act">Tells the backend.</param>
    private readonly record struct Step(long TimeMs, Action<LedgerBench> Act);
}
