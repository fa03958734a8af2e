using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>Full segments are opened by their index, which is never needed and never believed when it has rotted.</summary>
public sealed class SegmentIndexTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Full_segment_is_not_read_when_the_buffer_is_opened()
    {
        Fill();
        bench.Card.BadSector = (name, bytes) => name == "r-0000000000000001.seg" && bytes.Start.Value < 6000 && bytes.End.Value > 64;

        Assert.Equal(300, bench.Open().Inventory.Sum(epoch => epoch.Last - epoch.FirstHeld + 1));
    }

    [Fact]
    public void Opening_by_index_finds_what_reading_everything_finds()
    {
        Fill();
        var read = new BufferBench { Card = bench.Card.Copy(), Options = bench.Options };
        foreach (var name in Segments(read))
        {
            var bytes = read.Card.Bytes(name);
            bytes.AsSpan(bytes.Length - SegmentIndex.BytesOf(bytes.Length)).Clear();
        }

        var (byIndex, byReading) = (bench.Open(), read.Open());
        Assert.Equal(byReading.Inventory, byIndex.Inventory);
        var (status, other) = (byIndex.Status, byReading.Status);
        Assert.Equal(other with { Lost = status.Lost }, status);
        Assert.Equal(other.Lost, status.Lost);
        Assert.Equal(Times(byReading), Times(byIndex));
    }

    [Fact]
    public void Index_with_any_byte_spoilt_is_not_believed()
    {
        Fill();
        var length = bench.Card.Bytes("r-0000000000000001.seg").Length;
        for (var at = length - SegmentIndex.BytesOf(length); at < length; at++)
        {
            var spoilt = new BufferBench { Card = bench.Card.Copy(), Options = bench.Options };
            spoilt.Card.Bytes("r-0000000000000001.seg")[at] ^= 0x10;

            Assert.Equal(300, BufferBench.Values(BufferBench.Drain(spoilt.Open())).Count());
        }
    }

    [Fact]
    public void Nothing_is_written_behind_an_index()
    {
        Fill();
        var log = bench.Open();
        bench.Append(log, 1);
        bench.Card.Kill();

        Assert.Equal(301, bench.Open().Status.Unsettled);
    }

    [Fact]
    public void Contents_that_are_hostile_are_refused()
    {
        var random = new Random(5);
        var body = new SegmentContents();
        body.Note("abcdefgh", 7, 64, 40, []);
        var whole = body.Write();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = whole[..random.Next(whole.Length + 1)];
            for (var flips = random.Next(4); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            foreach (var stretch in SegmentContents.Read(bytes, 4096)?.Stretches ?? [])
            {
                Assert.InRange(stretch.Offset, Segment.HeaderBytes, 4096);
                Assert.InRange(stretch.Offset + stretch.Bytes, Segment.HeaderBytes, 4096);
                Assert.InRange(stretch.Range.Last, stretch.Range.First, SequenceRange.SequenceMax);
            }
        }
    }

    private static List<string> Segments(BufferBench bench) =>
        bench.Card.Names.Where(name => name.EndsWith(".seg", StringComparison.Ordinal)).ToList();

    private static List<(long, long, ClockStamp)> Times(SegmentedLog log) =>
    [
        .. BufferBench.Drain(log).SelectMany(run => run.Records).Select(record => (record.Sequence, record.TimeMs, record.Stamp)),
    ];

    // Two epochs, trusted and waiting records, several full segments.
    private void Fill()
    {
        var log = bench.Open();
        bench.Append(log, 120);
        bench.Card.Kill();
        log = bench.Open();
        for (var i = 0; i < 60; i++)
        {
            log.Append(BufferBench.Untrusted(i, BufferBench.LaterBoot));
        }

        log.CommitNow();
        log.Trust(new(BufferBench.LaterBoot, TimeSpan.Zero, BufferBench.StartMs + 500_000, new ClockStamp(ClockSource.Srv, 5)));
        log.CommitNow();
        bench.Append(log, 120);
        bench.Card.Kill();
        Assert.InRange(Segments(bench).Count, 3, 10);
    }
}
