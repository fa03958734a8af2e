using System.Text;
using CsCheck;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What holds for all messages and all bytes.</summary>
public sealed class WireProperties
{
    private static readonly byte[][] Examples = [.. Example.All.Select(Example.Bytes)];

    private static readonly Gen<byte[]> GenValid = Gen.Frequency(
        (1, Gen.OneOf(Examples)),
        (1, WireGen.Any.Select(any => any.Codec.Encode(any.Message))),
        (1, BatchGen.Any.Select(batch => BatchCodec.Encode(batch))));

    // Pieces that a careless or hostile writer would put together.
    private static readonly Gen<string> GenPiece = Gen.OneOf(
        "{", "}", "[", "]", ",", ":", "\"v\":1", "\"g\":[", "\"s\":[0,1]", "\"ep\":\"7q2mzk4a\"", "\"c\":{", "\"x\":[1,null]",
        "\"q\":9", "null", "true", "-0", "1e999", "1.0", "9007199254740992", "\"\\ud800\"", "\"\\u0000\"", "\"why\":{\"0\":[]}",
        "\"n\":[0,1]", "\"dt\":[0,1]", "\"gone\":[[0,1,\"full\"]]", "\"", "\\", "\u00A0", "\u0080", " ");

    private static readonly Gen<byte[]> GenMutated =
        from valid in GenValid
        from other in GenValid
        from kind in Gen.Int[0, 4]
        from at in Gen.Int[0, 100_000]
        from length in Gen.Int[0, 100]
        from bits in Gen.Byte
        from piece in GenPiece
        select Mutate(valid, other, kind, at, length, bits, piece);

    [Fact]
    public void Every_message_is_read_back_as_it_was_written() => WireGen.Any.Sample(
        any =>
        {
            var (codec, message) = any;
            var bytes = codec.Encode(message);
            var outcome = codec.Decode(bytes);
            Assert.Null(outcome.Malformed);
            Assert.Equal(MessageText.Of(message), MessageText.Of(outcome.Value));
            Assert.Equal(bytes, codec.Encode(outcome.Value!));
        },
        iter: TestDepth.Cases(2_000));

    [Fact]
    public void Packed_batch_says_the_same_as_the_plain_one() => BatchGen.Any.Sample(
        batch => Assert.Equal(
            MessageText.Of(BatchCodec.Decode(BatchCodec.Encode(batch, compress: false)).Batch),
            MessageText.Of(BatchCodec.Decode(BatchCodec.Encode(batch)).Batch)),
        iter: TestDepth.Cases(500));

    [Fact]
    public void Bytes_at_random_never_make_a_decoder_throw() =>
        Gen.Byte.Array[0, 300].Sample(ReadByAll, iter: TestDepth.Cases(3_000));

    [Fact]
    public void Packed_bytes_at_random_never_make_a_decoder_throw() =>
        Gen.Byte.Array[0, 300].Sample(bytes => ReadByAll([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, .. bytes]), iter: TestDepth.Cases(3_000));

    [Fact]
    public void Json_at_random_never_makes_a_decoder_throw() =>
        GenPiece.Array[0, 30].Sample(
            pieces => ReadByAll(Encoding.UTF8.GetBytes("{" + string.Join(pieces.Length % 2 == 0 ? "," : "", pieces) + "}")),
            iter: TestDepth.Cases(3_000));

    [Fact]
    public void Damaged_message_is_refused_or_means_what_it_says() =>
        GenMutated.Sample(ReadByAll, iter: TestDepth.Cases(5_000));

    // Either it is malformed, with a reason of one line, or it is written and read back as the same.
    private static void ReadByAll(byte[] bytes)
    {
        foreach (var codec in AnyCodec.All)
        {
            var outcome = codec.Decode(bytes);
            if (outcome.Value is null)
            {
                Assert.False(string.IsNullOrWhiteSpace(outcome.Malformed));
                Assert.InRange(outcome.Malformed!.Length, 1, 201);
                Assert.DoesNotContain(outcome.Malformed, char.IsControl);
            }
            else if (CanBeWritten(outcome.Value))
            {
                Assert.Null(outcome.Malformed);
                var again = codec.Decode(codec.Encode(outcome.Value));
                Assert.Equal(MessageText.Of(WithoutSchema(outcome.Value)), MessageText.Of(WithoutSchema(again.Value!)));
            }
        }
    }

    private static bool CanBeWritten(object message) => message switch
    {
        Batch batch => batch.Unreadable.Count == 0,
        MetaMessage meta => meta.Devices.All(device => device.Channels.All(channel => channel.Measurand is not null)),
        _ => true,
    };

    // A description that was damaged gets another schema when it is written.
    private static object WithoutSchema(object message) => message is MetaMessage meta ? meta with { Schema = "" } : message;

    private static byte[] Mutate(byte[] valid, byte[] other, int kind, int at, int length, byte bits, string piece)
    {
        var from = at % valid.Length;
        var to = Math.Min(from + length, valid.Length);
        switch (kind)
        {
            case 0:
                byte[] flipped = [.. valid];
                flipped[from] ^= (byte)(1 << (bits % 8));
                return flipped;
            case 1:
                return valid[..from];
            case 2:
                return [.. valid[..to], .. valid[from..]];
            case 3:
                var start = at % other.Length;
                return [.. valid[..from], .. other[start..Math.Min(start + length, other.Length)], .. valid[to..]];
            default:
                return [.. valid[..from], .. Encoding.UTF8.GetBytes(piece), .. valid[to..]];
        }
    }
}
