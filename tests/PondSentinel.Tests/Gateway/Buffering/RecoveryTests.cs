using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>What an opening makes of what it finds.</summary>
public sealed class RecoveryTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Durable_records_survive_a_power_cut_and_others_do_not_block_them()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var cut = new BufferBench();
            var log = cut.Open();
            cut.Append(log, 5);
            log.Append(BufferBench.Record(5));

            var runs = BufferBench.Drain(cut.CutPower(seed));

            Assert.Equal([0, 1, 2, 3, 4], BufferBench.Values(runs));
        }
    }

    [Fact]
    public void Torn_record_in_the_middle_costs_itself_alone_and_is_gone_as_bad()
    {
        var log = bench.Open();
        bench.Append(log, 5);
        bench.Card.Kill();
        Spoil("r-0000000000000001.seg", Segment.HeaderBytes + (2 * RecordSize()) + 40);

        var again = bench.Open();

        var run = Assert.Single(BufferBench.Drain(again));
        Assert.Equal([0, 1, 3, 4], BufferBench.Values([run]));
        Assert.Equal([new GoneRange(new SequenceRange(2, 2), LossCause.Bad)], run.Gone);
        Assert.Equal(1, again.Status.Lost[LossCause.Bad]);
        bench.Card.Kill();
        Assert.Equal(1, bench.Open().Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Record_spoilt_while_the_log_is_open_goes_out_as_gone()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        Spoil("r-0000000000000001.seg", Segment.HeaderBytes + RecordSize() + 40);

        var run = BufferBench.Next(log)!;

        Assert.Equal([0, 2], BufferBench.Values([run]));
        Assert.Equal([new GoneRange(new SequenceRange(1, 1), LossCause.Bad)], run.Gone);
        Assert.Equal(1, log.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Writing_goes_on_behind_the_last_record_that_was_found()
    {
        var log = bench.Open();
        for (var life = 0; life < 4; life++)
        {
            bench.Append(log, 3);
            log = bench.CutPower(life);
        }

        Assert.Equal(Enumerable.Range(0, 12).Select(value => (double?)value), BufferBench.Values(BufferBench.Drain(log)));
        Assert.Equal(4, log.Inventory.Count);
        Assert.Single(bench.Card.Names, name => name.StartsWith("r-", StringComparison.Ordinal));
    }

    [Fact]
    public void Segment_with_nothing_readable_is_set_aside_and_its_records_are_gone()
    {
        var log = bench.Open();
        bench.Append(log, 400);
        bench.Card.Kill();
        var spoilt = bench.Card.Bytes("r-0000000000000002.seg");
        spoilt.AsSpan().Fill(0x5A);

        var again = bench.Open();

        var runs = BufferBench.Drain(again);
        Assert.Contains("r-0000000000000002.seg.0.bad", bench.Card.Names);
        var gone = runs.SelectMany(run => run.Gone).ToList();
        Assert.All(gone, range => Assert.Equal(LossCause.Bad, range.Cause));
        Assert.Equal(400, BufferBench.Values(runs).Count() + gone.Sum(range => range.Range.Count));
        Assert.Equal(gone.Sum(range => range.Range.Count), again.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Segment_that_cannot_be_opened_is_set_aside()
    {
        var log = bench.Open();
        bench.Append(log, 400);
        bench.Card.Kill();
        bench.Card.Failure = (call, name) => call == "open" && name == "r-0000000000000001.seg" ? SimulatedCard.Eio : 0;

        var again = bench.Open();

        Assert.Contains("r-0000000000000001.seg.0.bad", bench.Card.Names);
        Assert.Equal(400, again.Status.Unsettled + again.Status.Lost[LossCause.Bad]);
    }

    [Fact]
    public void Sector_that_cannot_be_read_costs_its_page_and_not_the_segment()
    {
        var log = bench.Open();
        bench.Append(log, 50);
        bench.Card.Kill();
        bench.Card.BadSector = (name, bytes) =>
            name.StartsWith("r-", StringComparison.Ordinal) && bytes.Start.Value < 512 && bytes.End.Value > 0;

        var again = bench.Open();

        Assert.InRange(again.Status.Unsettled, 1, 49);
        Assert.Equal(50, again.Status.Unsettled + again.Status.Lost[LossCause.Bad]);
        bench.Append(again, 1);
        Assert.Contains("r-0000000000000002.seg", bench.Card.Names);
    }

    [Fact]
    public void Lost_ledger_means_everything_is_sent_again_and_nothing_is_lost()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        BufferBench.Drain(log);
        log.Apply(BufferBench.Receipt(log.Epoch!, 9));
        bench.Card.Kill();
        bench.Card.Bytes(LedgerFile.Name).AsSpan().Fill(0x5A);

        var again = bench.Open();

        Assert.Equal(10, BufferBench.Values(BufferBench.Drain(again)).Count());
        Assert.Contains("ledger.0.bad", bench.Card.Names);
        Assert.All(again.Status.Lost.Values, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task One_spoilt_slot_of_the_ledger_costs_the_newest_save_alone()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        BufferBench.Drain(log);
        log.Apply(BufferBench.Receipt(log.Epoch!, 4));
        await log.DisposeAsync();
        var ledger = bench.Card.Bytes(LedgerFile.Name);
        var newest = ledger[8] > ledger[(ledger.Length / 2) + 8] ? 0 : ledger.Length / 2;
        ledger[newest + 30] ^= 1;

        Assert.Equal(10, bench.Open().Status.Unsettled);
    }

    [Fact]
    public void Buffer_of_a_later_version_is_set_aside_whole_and_a_new_one_begun()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        var segment = bench.Card.Bytes("r-0000000000000001.seg");
        segment[16] = 2;
        BitConverter.GetBytes(Crc32C.Of(1, segment.AsSpan(0, 20))).CopyTo(segment, 20);

        var again = bench.Open();
        bench.Append(again, 1);

        Assert.Equal([3], BufferBench.Values(BufferBench.Drain(again)));
        Assert.Contains("r-0000000000000001.seg.0.bad", bench.Card.Names);
        Assert.Contains("ledger.0.bad", bench.Card.Names);
    }

    [Fact]
    public void Spoilt_header_of_a_segment_is_no_reason_to_give_its_records_up()
    {
        var log = bench.Open();
        bench.Append(log, 3);
        bench.Card.Kill();
        bench.Card.Bytes("r-0000000000000001.seg").AsSpan(0, Segment.HeaderBytes).Clear();

        Assert.Equal(3, BufferBench.Values(BufferBench.Drain(bench.Open())).Count());
    }

    [Fact]
    public void What_is_set_aside_is_bounded()
    {
        for (var life = 0; life < 12; life++)
        {
            var log = bench.Open();
            bench.Append(log, 3);
            bench.Card.Kill();
            foreach (var name in bench.Card.Names.Where(name => name.EndsWith(".seg", StringComparison.Ordinal)))
            {
                bench.Card.Bytes(name).AsSpan().Fill(0x5A);
            }
        }

        bench.Open();
        var setAside = bench.Card.Names.Where(name => name.EndsWith(".bad", StringComparison.Ordinal));
        Assert.InRange(setAside.Sum(name => bench.Card.Bytes(name).Length), 1, bench.Options.BytesMax / 4);
    }

    [Fact]
    public void Smaller_bound_is_kept_from_the_next_segment_on()
    {
        var log = bench.Open();
        bench.Append(log, 700);
        bench.Card.Kill();
        var smaller = new BufferBench
        {
            Card = bench.Card,
            Options = bench.Options with { BytesMax = 64 * 1024 },
        };

        var again = smaller.Open();
        smaller.Append(again, 100);

        Assert.InRange(again.Status.Bytes, 1, 64 * 1024);
        Assert.Equal(800, again.Status.Unsettled + again.Status.Lost.Values.Sum());
    }

    [Fact]
    public void Second_opening_of_the_same_folder_is_refused()
    {
        bench.Open();
        Assert.Throws<IOException>(() => bench.Open());
    }

    private static int RecordSize() => Frame.SizeOf(RecordBody.Write(BufferBench.Record(1)).Length);

    private void Spoil(string name, int offset) => bench.Card.Bytes(name)[offset] ^= 0x10;
}
