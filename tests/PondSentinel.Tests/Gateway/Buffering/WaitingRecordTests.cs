using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Records that were taken before anybody knew the time.</summary>
public sealed class WaitingRecordTests
{
    private static readonly ClockAnchor Anchor =
        new(BufferBench.Boot, TimeSpan.FromSeconds(100), BufferBench.StartMs + 100_000, new ClockStamp(ClockSource.Srv, 50));

    private readonly BufferBench bench = new();

    [Fact]
    public void Record_waits_for_an_anchor_of_its_boot_that_is_durable()
    {
        var log = bench.Open();
        Append(log, BufferBench.Untrusted(40, BufferBench.Boot));
        Assert.Null(BufferBench.Next(log));
        log.Trust(Anchor);
        Assert.Null(BufferBench.Next(log));
        log.CommitNow();

        var record = BufferBench.Next(log)!.Records[0];
        Assert.Equal(BufferBench.StartMs + 40_000, record.TimeMs);

        // 50 ms, 100 ppm of the 60 s in between, and the rounding.
        Assert.Equal(new ClockStamp(ClockSource.Srv, 57), record.Stamp);
        Assert.Equal(QualityFlag.Good, record.Record.Channels[0].Flag);
    }

    [Fact]
    public void Time_once_given_is_final_whatever_is_learnt_later_and_across_power_cuts()
    {
        var log = bench.Open();
        Append(log, BufferBench.Untrusted(40, BufferBench.Boot));
        log.Trust(Anchor);
        log.CommitNow();
        var first = BufferBench.Next(log)!.Records[0];

        var again = bench.CutPower();
        again.Trust(Anchor with { WallMs = Anchor.WallMs + 5_000, Stamp = new ClockStamp(ClockSource.Ntp, 1) });
        again.CommitNow();

        var second = BufferBench.Next(again)!.Records[0];
        Assert.Equal((first.TimeMs, first.Stamp), (second.TimeMs, second.Stamp));
    }

    [Fact]
    public void Record_of_an_earlier_boot_gets_an_estimate_whose_error_holds_and_says_so()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        log = bench.CutPower();
        Append(log, BufferBench.Untrusted(30, BufferBench.LaterBoot));
        log = bench.CutPower();
        var now = new ClockAnchor(Guid.Empty, TimeSpan.FromSeconds(20), BufferBench.StartMs + 3_600_000, new ClockStamp(ClockSource.Ntp, 10));
        log.Trust(now);
        log.CommitNow();

        var record = BufferBench.Drain(log).SelectMany(run => run.Records).Last();
        Assert.Equal(ClockSource.Est, record.Stamp.Source);
        Assert.True(record.TimeMs - record.Stamp.ErrorMs <= BufferBench.StartMs + 40_000);
        Assert.True(record.TimeMs + record.Stamp.ErrorMs >= BufferBench.StartMs + 3_580_000 - 20);
        var channel = record.Record.Channels[0];
        Assert.Equal((QualityFlag.Suspect, Why.EstimatedTime), (channel.Flag, channel.Why));
        var again = BufferBench.Drain(bench.CutPower()).SelectMany(run => run.Records).Last();
        Assert.Equal((record.TimeMs, record.Stamp), (again.TimeMs, again.Stamp));
    }

    [Fact]
    public void Lives_in_a_boot_loop_keep_their_order_and_share_no_instant_though_all_began_at_one_date()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        var boots = Enumerable.Range(1, 5).Select(number => new Guid(number, 0, 0, new byte[8])).ToList();
        foreach (var boot in boots)
        {
            log = bench.CutPower();
            Append(log, BufferBench.Untrusted(30, boot, BufferBench.StartMs + 50_000));
            Append(log, BufferBench.Untrusted(40, boot, BufferBench.StartMs + 60_000));
        }

        var times = Placed(bench.CutPower(), BufferBench.StartMs + 3_600_000);

        Assert.Equal(11, times.Count);
        Assert.Equal(times.Order().Distinct(), times);
        Assert.InRange(times[^1], BufferBench.StartMs, BufferBench.StartMs + 3_600_000);
    }

    [Fact]
    public void Trusted_time_that_was_years_ahead_does_not_pull_what_came_after_it_along()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        log = bench.CutPower();
        var wrong = BufferBench.Record(20);
        Append(log, wrong with { Clock = wrong.Clock with { Boot = Guid.Empty, WallMs = wrong.Clock.WallMs + 500_000_000_000 } });
        log = bench.CutPower();
        Append(log, BufferBench.Untrusted(30, BufferBench.LaterBoot));
        log = bench.CutPower();
        log.Trust(Now(BufferBench.StartMs + 3_600_000));
        log.CommitNow();

        var record = BufferBench.Drain(log).SelectMany(run => run.Records).Last();
        Assert.True(record.TimeMs - record.Stamp.ErrorMs <= BufferBench.StartMs + 40_000);
        Assert.True(record.TimeMs + record.Stamp.ErrorMs >= BufferBench.StartMs + 3_580_000);
        Assert.InRange(record.TimeMs, BufferBench.StartMs + 10_000, BufferBench.StartMs + 3_580_000);
    }

    [Fact]
    public void Life_between_two_that_are_known_lies_between_them()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        log = bench.CutPower();
        Append(log, BufferBench.Untrusted(30, BufferBench.LaterBoot));
        log = bench.CutPower();
        var known = BufferBench.Record(500);
        Append(log, known with { Clock = known.Clock with { Boot = new Guid(1, 0, 0, new byte[8]), BootTime = TimeSpan.FromSeconds(100) } });

        var times = Placed(bench.CutPower(), BufferBench.StartMs + 100_000_000);

        Assert.Equal(times.Order(), times);
        Assert.InRange(times[1], BufferBench.StartMs + 10_000, BufferBench.StartMs + 400_000);
    }

    [Fact]
    public void Process_that_starts_again_in_the_same_boot_goes_on_by_what_the_one_before_knew()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        log = bench.CutPower();
        Append(log, BufferBench.Untrusted(30, BufferBench.Boot));

        var record = BufferBench.Drain(log).SelectMany(run => run.Records).Last();
        Assert.Equal(BufferBench.StartMs + 30_000, record.TimeMs);
        Assert.Equal(new ClockStamp(ClockSource.Ntp, 12 + 3), record.Stamp);
    }

    [Fact]
    public void More_lives_than_the_ledger_has_room_for_wait_and_none_of_them_is_given_a_time_that_a_restart_would_change()
    {
        var log = bench.Open();
        Append(log, BufferBench.Record(10));
        for (var number = 1; number <= 120; number++)
        {
            log = bench.CutPower(number);
            Append(log, BufferBench.Untrusted(30, new Guid(number, 0, 0, new byte[8])));
        }

        log = bench.CutPower();
        log.Trust(Now(BufferBench.StartMs + 360_000_000));
        log.CommitNow();
        var first = Times(log);

        Assert.InRange(first.Count, 10, 121);
        log = bench.CutPower();
        log.CommitNow();
        var second = Times(log);
        Assert.Equal(first, second.Where(pair => first.ContainsKey(pair.Key)).ToDictionary());
    }

    private static ClockAnchor Now(long startMs) =>
        new(new Guid(77, 0, 0, new byte[8]), TimeSpan.Zero, startMs, new ClockStamp(ClockSource.Ntp, 10));

    private static List<long> Placed(SegmentedLog log, long startMs)
    {
        log.Trust(Now(startMs));
        log.CommitNow();
        return [.. Times(log).Values];
    }

    private static Dictionary<(string Epoch, long Sequence), long> Times(SegmentedLog log) => BufferBench.Drain(log)
        .SelectMany(run => run.Records.Select(record => (Key: (run.Epoch, record.Sequence), record.TimeMs)))
        .ToDictionary(pair => pair.Key, pair => pair.TimeMs);

    private static void Append(SegmentedLog log, BufferedRecord record)
    {
        log.Append(record);
        log.CommitNow();
    }
}
