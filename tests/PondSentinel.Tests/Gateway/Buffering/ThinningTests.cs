using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Measurements;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Where there is no room, what has not been sent becomes less detailed before it is lost.</summary>
public sealed class ThinningTests
{
    private readonly ThinningBench bench = new();

    [Fact]
    public void Full_buffer_thins_before_it_drops_and_keeps_every_peak()
    {
        var log = bench.Open();
        bench.Fill(log, 1000);

        Assert.Equal(0, log.Status.Lost[LossCause.Full]);
        Assert.InRange(log.Status.Lost[LossCause.Thin], 100, 900);
        Assert.Equal(1000, log.Status.Unsettled + log.Status.Lost[LossCause.Thin]);
        var runs = bench.CheckedDrain(log);
        Assert.Contains(runs.SelectMany(run => run.Records), record => record is { CoveredMs: 9000, Record.Channels: [{ Count: 10 }] });
        Assert.Equal([null], runs.SelectMany(run => run.Records).TakeLast(100).Select(record => record.CoveredMs).Distinct());
    }

    [Fact]
    public void What_comes_after_thinning_is_the_loss_of_the_oldest_and_the_newest_stays()
    {
        var log = bench.Open();
        bench.Fill(log, 6000);

        var status = log.Status;
        Assert.True(status.Lost[LossCause.Full] > 0);
        Assert.Equal(6000, status.Unsettled + status.Lost.Values.Sum());
        var runs = bench.CheckedDrain(log);
        var gone = runs.SelectMany(run => run.Gone).ToList();
        Assert.Equal(new GoneRange(new SequenceRange(0, status.Lost[LossCause.Full] - 1), LossCause.Full), gone[0]);
        Assert.All(gone.Skip(1), range => Assert.Equal(LossCause.Thin, range.Cause));
        Assert.Equal(status.Lost[LossCause.Thin], gone.Skip(1).Sum(range => range.Range.Count));
        Assert.Equal(5999, runs[^1].Records[^1].Sequence);
    }

    [Theory]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(1024)]
    public void Files_stay_within_the_bound_and_thinned_records_within_half_of_it(int kibibytes)
    {
        var bounded = new ThinningBench(kibibytes * 1024L);
        var log = bounded.Open();
        for (var turn = 0; turn < 12; turn++)
        {
            bounded.Fill(log, kibibytes * 3);
            Assert.InRange(log.Status.Bytes, 1, bounded.Options.BytesMax);
            Assert.Equal(log.Status.Bytes, bounded.Card.Names.Sum(name => (long)bounded.Card.Bytes(name).Length));
            Assert.InRange(bounded.BytesOf("t-"), 0, bounded.Options.BytesMax / 2);
        }

        Assert.True(bounded.BytesOf("t-") > bounded.BytesOf("r-") / 2);
        bounded.CheckedDrain(bounded.CutPower());
    }

    [Fact]
    public void Thinning_touches_only_what_the_backend_does_not_have()
    {
        var log = bench.Open();
        bench.Fill(log, 340);
        Assert.Equal(0, log.Status.Lost[LossCause.Thin]);
        log = bench.ReopenAndSettleSome(log, 339, out var settled);
        bench.Fill(log, 440);

        var status = log.Status;
        Assert.Equal((0, 0), (status.Lost[LossCause.Full], status.Lost[LossCause.Bad]));
        Assert.True(status.Lost[LossCause.Thin] > 0);
        Assert.Equal(780 - settled.Count, status.Unsettled + status.Lost[LossCause.Thin]);
        var runs = bench.CheckedDrain(log, settled);
        Assert.DoesNotContain(runs.SelectMany(run => run.Gone), gone => gone.Cause != LossCause.Thin);
        Assert.DoesNotContain(
            runs.SelectMany(run => run.Records.Select(record => new RecordId(run.Epoch, record.Sequence))), settled.Contains);

        // Whoever asks for what is settled and had to go is told so; it was no loss.
        log.Replay(settled[0].Epoch, new SequenceRange(10, 19));
        Assert.Equal([new GoneRange(new SequenceRange(10, 19), LossCause.Had)], BufferBench.Drain(log).SelectMany(run => run.Gone));
    }

    [Fact]
    public void What_the_backend_may_have_already_stays_whole()
    {
        var log = bench.Open();
        bench.Fill(log, 200);
        var run = BufferBench.Next(log, countMax: 10)!;
        log.MarkSent(run.Epoch, run.Range);
        bench.Fill(log, 400);
        Assert.True(log.Status.Lost[LossCause.Thin] > 0);
        log.Requeue(run.Epoch, run.Range);

        var records = bench.CheckedDrain(log).SelectMany(back => back.Records).ToList();

        Assert.Equal(Enumerable.Range(0, 10).Select(number => ((long)number, (long?)null)), records.Take(10).Select(record => (record.Sequence, record.CoveredMs)));
        Assert.Equal((19, 9000), (records[10].Sequence, records[10].CoveredMs));
    }

    [Fact]
    public void Settled_thinned_records_go_first_and_are_no_loss()
    {
        var log = bench.Open();
        bench.Fill(log, 1000);
        BufferBench.Drain(log);
        var thin = log.Status.Lost[LossCause.Thin];
        log.Apply(BufferBench.Receipt(log.Epoch!, 999));
        bench.Fill(log, 300);

        Assert.Equal((thin, 0), (log.Status.Lost[LossCause.Thin], log.Status.Lost[LossCause.Full]));
        Assert.Equal(300, log.Status.Unsettled);
        var again = bench.CutPower();
        Assert.Equal(thin + again.Status.Lost[LossCause.Bad], again.Status.Lost.Values.Sum());
        Assert.Equal(0, again.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Disk_without_one_free_block_is_thinned_in_the_room_kept_ready()
    {
        bench.Card.Capacity = 60 * 1024;
        var log = bench.Open();
        bench.Fill(log, 180);
        Assert.Equal(0, log.Status.Lost.Values.Sum());
        bench.Card.Capacity -= bench.Card.FreeBytes;
        bench.Fill(log, 250);

        Assert.Equal(0, log.Status.Lost[LossCause.Space]);
        Assert.True(log.Status.Lost[LossCause.Thin] > 0);
        Assert.Equal(0, bench.Card.FreeBytes);
        bench.Fill(log, 1500);
        Assert.True(log.Status.Lost[LossCause.Space] > 0);
        Assert.Equal(1930, log.Status.Unsettled + log.Status.Lost.Values.Sum());
        bench.CheckedDrain(log);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Disk_with_hardly_any_room_from_the_start_goes_on_with_the_newest(int segments)
    {
        bench.Card.Capacity = (2 * 4096) + (segments * 4096);
        var log = bench.Open();
        bench.Fill(log, 1000);

        Assert.Equal(segments > 2, log.Status.Lost[LossCause.Thin] > 0);
        Assert.True(log.Status.Lost[LossCause.Space] > 0);
        Assert.Equal(1000, log.Status.Unsettled + log.Status.Lost.Values.Sum());
        Assert.Equal(999, bench.CheckedDrain(log)[^1].Records[^1].Sequence);
    }

    [Fact]
    public void Records_too_far_apart_to_be_thinned_are_given_up_oldest_first()
    {
        var log = bench.Open();
        bench.Fill(log, 2000, secondsApart: 7200);

        Assert.Equal(0, log.Status.Lost[LossCause.Thin]);
        Assert.Equal(2000, log.Status.Unsettled + log.Status.Lost[LossCause.Full]);
        Assert.InRange(log.Status.Unsettled, 300, 1999);
        Assert.Equal(new SequenceRange(0, log.Status.Lost[LossCause.Full] - 1), bench.CheckedDrain(log)[0].Gone[0].Range);
    }

    [Fact]
    public void Lost_ledger_loses_nothing_of_what_is_thinned()
    {
        var log = bench.Open();
        bench.Fill(log, 1000);
        var thin = log.Status.Lost[LossCause.Thin];
        bench.Card.Kill();
        bench.Card.Bytes("ledger").AsSpan().Clear();

        var again = bench.Open();

        Assert.Equal((thin, 0), (again.Status.Lost[LossCause.Thin], again.Status.Lost[LossCause.Bad]));
        bench.CheckedDrain(again);
    }

    [Fact]
    public async Task Unreadable_thinned_records_are_gone_as_bad_with_all_that_they_stand_for()
    {
        var log = bench.Open();
        bench.Fill(log, 1000);
        await log.DisposeAsync();
        bench.Card.Bytes(bench.Card.Names.First(name => name.StartsWith("t-", StringComparison.Ordinal))).AsSpan().Fill(0x5A);

        var again = bench.Open();

        var status = again.Status;
        Assert.InRange(status.Lost[LossCause.Bad], 100, 400);
        Assert.Equal(1000, status.Unsettled + status.Lost.Values.Sum());
        bench.CheckedDrain(again);
    }

    [Fact]
    public void Thinned_record_arrives_as_one_point_with_its_extremes_and_its_peak_raises_the_alarm()
    {
        var log = bench.Open();
        bench.Fill(log, 1000, value: number => number == 43 ? 900 : number % 7);
        using var alerts = new AlertBench(AlertBench.Ammonium with
        {
            Measurand = Measurand.Ph,
            Threshold = AlertBench.Ammonium.Threshold with { RaiseLimit = 800, HoldRaise = TimeSpan.Zero },
        });
        List<Point> points = [];
        var isMixed = false;
        while (BufferBench.Next(log) is { } run)
        {
            var made = RunBatch.Make(run, "gz-07", Batch.SentBytesMax);
            Assert.Null(made.Fault);
            var batch = BatchCodec.Decode(made.Payload).Batch;
            Assert.NotNull(batch);
            points.AddRange(batch.Records.SelectMany(record => Points.Of("zudong", batch, record)));
            isMixed |= batch.Records.Select(record => record.CoveredMs is null).Distinct().Count() == 2;
            log.MarkSent(run.Epoch, made.Range);
        }

        Assert.True(isMixed);
        Assert.Equal(log.Status.Unsettled, points.Count);
        var point = points.First(candidate => candidate.Sequence >= 43);
        var covered = (int)(point.CoveredMs!.Value / 1000);
        var values = Enumerable.Range((int)point.Sequence - covered, covered + 1).Select(number => number == 43 ? 900 : number % 7).ToList();
        Assert.Equal((values.Min(), 900, values.Count), (point.Value.Low, point.Value.High, point.Value.Count));
        Assert.Equal(values.Average(), point.Value.Value!.Value, 1e-9);
        alerts.Store(points);
        Assert.Equal(point.TimeMs, alerts.Told[0].Since.ToUnixTimeMilliseconds());
    }
}
