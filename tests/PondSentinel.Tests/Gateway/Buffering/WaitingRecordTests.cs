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
        Assert.Equal(new ClockStamp(ClockSource.Srv, 56 + 0), record.Stamp with { ErrorMs = 56 });
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

    private static void Append(SegmentedLog log, BufferedRecord record)
    {
        log.Append(record);
        log.CommitNow();
    }
}
