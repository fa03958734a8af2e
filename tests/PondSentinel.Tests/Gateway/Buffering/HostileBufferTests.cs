using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>A card that somebody has written to: every checksum is right and nothing else.</summary>
public sealed class HostileBufferTests
{
    private readonly BufferBench bench = new();

    [Fact]
    public void Highest_number_there_is_does_not_cost_the_next_opening_its_ledger()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        bench.Card.Kill();
        Plant(("abcdefgh", SequenceRange.SequenceMax));
        bench.Open();
        bench.Card.Kill();

        var again = bench.Open();

        Assert.Equal(10, BufferBench.Values(BufferBench.Drain(again)).Count(value => value is not null && value < 10));
        Assert.DoesNotContain(bench.Card.Names, name => name.EndsWith(".bad", StringComparison.Ordinal));
    }

    [Fact]
    public void Losses_without_end_do_not_keep_the_buffer_from_opening()
    {
        bench.Open();
        bench.Card.Kill();
        var big = new BufferBench { Card = bench.Card, Options = bench.Options with { BytesMax = 16 << 20 } };
        Plant([.. Enumerable.Range(0, 2000).Select(i => (Name(i), SequenceRange.SequenceMax - 1))]);

        var log = big.Open();

        big.Append(log, 1);
        Assert.NotNull(log.Status);
        big.Card.Kill();
        Assert.NotNull(big.Open().Status);
    }

    [Fact]
    public void Gap_that_nobody_could_count_is_looked_at_in_no_time()
    {
        bench.Open();
        bench.Card.Kill();
        Plant(("abcdefgh", SequenceRange.SequenceMax - 1));

        using var view = BufferView.Open(bench.Card, bench.Options.BytesMax);

        Assert.Equal(2, view.Items().Take(100).Count());
    }

    [Fact]
    public void Ledger_that_is_none_is_set_aside_and_costs_no_record()
    {
        var log = bench.Open();
        bench.Append(log, 10);
        bench.Card.Kill();
        using (var file = LedgerFile.TryOpen(bench.Card, 0, out _)!)
        {
            file.Save([LedgerBody.Version, 7, 7, 7]);
        }

        Assert.Equal(10, BufferBench.Values(BufferBench.Drain(bench.Open())).Count());
    }

    [Fact]
    public void Index_of_more_numbers_than_bytes_is_not_believed()
    {
        var contents = new SegmentContents();
        contents.Note("abcdefgh", 7, 64, 40, []);
        var body = contents.Write();
        var place = body.AsSpan().IndexOf(new byte[] { 0, 7, 1, 64, 40 });
        Assert.True(place > 0);
        Assert.NotNull(SegmentContents.Read(body, 4096));
        body[place + 2] = 2;

        Assert.Null(SegmentContents.Read(body, 4096));
    }

    private static string Name(int i) => string.Concat(Enumerable.Range(0, 8).Select(at => (char)('a' + (at < 4 ? 0 : (i >> (4 * (at - 4))) & 15))));

    private void Plant(params (string Epoch, long Number)[] items)
    {
        const ulong Segment = 0x77;
        var frames = items.Select(item =>
        {
            var frame = Frame.Make(FrameKind.Record, RecordBody.Version, item.Epoch, item.Number, RecordBody.Write(BufferBench.Record(99)));
            Frame.Seal(frame, Segment);
            return frame;
        }).ToList();
        var name = PondSentinel.Gateway.Buffering.Segment.NameOf("r", Segment);
        var offset = 64L;
        var file = bench.Card.Create(name, 64 + frames.Sum(frame => frame.Length) + 32 * 1024);
        foreach (var frame in frames)
        {
            file.Write(offset, frame);
            offset += frame.Length;
        }
    }
}
