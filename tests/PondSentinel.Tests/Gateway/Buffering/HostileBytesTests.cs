using CsCheck;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Buffering;

public sealed class HostileBytesTests
{
    private static readonly byte[] Good = RecordBody.Write(BufferBench.Record(7.1, calibration: "c17"));

    [Fact]
    public void Bodies_of_any_bytes_are_read_or_refused_and_never_throw() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            RecordBody.Read(RecordBody.Version, bytes);
            RecordBody.Read(RecordBody.RevisionVersion, bytes);
            EventBody.Read(EventBody.Version, bytes);
            LedgerBody.Read([LedgerBody.Version, .. bytes]);
            var position = 0;
            Frame.TryFind(bytes, 1, ref position, out _);
        });

    [Fact]
    public void Frame_counts_in_the_segment_that_it_was_written_to_and_in_no_other()
    {
        var frame = Frame.Make(FrameKind.Record, RecordBody.Version, "abcdefgh", 7, Good);
        Frame.Seal(frame, segment: 3);

        Assert.True(Frame.TryRead(frame, segment: 3, out _));
        Assert.False(Frame.TryRead(frame, segment: 4, out _));
    }

    [Fact]
    public void Revision_comes_back_as_it_was_and_is_no_record_of_another_layout()
    {
        var revision = BufferBench.Record(7.1) with { Revises = new RecordId("abcdefgh", 41) };
        var body = RecordBody.Write(revision);

        Assert.Equal(2, RecordBody.VersionOf(revision));
        Assert.Equal(new RecordId("abcdefgh", 41), RecordBody.Read(RecordBody.RevisionVersion, body)?.Revises);
        Assert.Null(RecordBody.Read(RecordBody.Version, body));
        Assert.Null(RecordBody.Read(RecordBody.RevisionVersion, Good));
        Assert.Null(RecordBody.Read(3, body));
    }

    [Theory]
    [InlineData(9999, 1)]
    [InlineData((int)Measurand.Ph, 7)]
    public void Record_of_a_measurand_or_a_flag_that_there_is_none_of_is_none(int measurand, int flag)
    {
        var record = BufferBench.Record(7.1);
        var channel = record.Channels[0] with { Measurand = (Measurand)measurand, Flag = (QualityFlag)flag };

        Assert.Null(RecordBody.Read(RecordBody.Version, RecordBody.Write(record with { Channels = [channel] })));
    }

    [Fact]
    public void Record_with_any_byte_changed_or_cut_off_is_read_or_refused_and_never_throws() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Byte, Gen.Int[0, Good.Length]).Sample((at, value, length) =>
        {
            var bytes = Good.ToArray();
            bytes[at] = value;
            RecordBody.Read(RecordBody.Version, bytes.AsSpan(0, length));
        });
}
