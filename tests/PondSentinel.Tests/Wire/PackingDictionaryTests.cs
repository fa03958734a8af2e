using System.Text;
using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

public sealed class PackingDictionaryTests
{
    private static readonly MetaMessage Meta = MetaCodec.Decode(Example.Bytes("meta")).Value!;

    private static readonly PackingDictionary Own = PackingDictionary.Of(Meta)!;

    [Fact]
    public void What_was_packed_comes_back() => Gen.Byte.Array[0, 5_000].Sample(bytes =>
    {
        var packed = Own.Pack(bytes);
        Assert.Equal(Own.Id, PackingDictionary.IdIn(packed));
        Assert.True(Own.Unpack(packed, bytes.Length, out var fault).Span.SequenceEqual(bytes), fault);
    });

    [Fact]
    public void Small_batch_of_the_described_devices_takes_less_than_half_of_what_gzip_makes_of_it()
    {
        var device = Meta.Devices[0];
        var batch = new Batch
        {
            Gateway = Meta.Gateway,
            Epoch = "7q2mzk4a",
            Range = new SequenceRange(9, 9),
            Schema = Meta.Schema,
            Clock = new ClockStamp(ClockSource.Ntp, 12),
            Records =
            [
                new DeviceRecord
                {
                    Sequence = 9,
                    TimeMs = 1_767_225_600_000,
                    Station = device.Station,
                    Device = device.Id,
                    Channels =
                    [
                        .. device.Channels.Where(channel => channel.Measurand is not null).Select(channel => new ChannelValue
                        {
                            Channel = channel.Id, Measurand = channel.Measurand!.Value, Value = 7.12, Flag = QualityFlag.Good,
                            Calibration = channel.Calibration,
                        }),
                    ],
                },
            ],
        };

        var json = BatchCodec.Encode(batch, compress: false);
        Assert.InRange(Own.Pack(json).Length, 0, BatchCodec.Encode(batch).Length / 2);
    }

    // Reads as Python's zlib.decompressobj(zdict=…) and every other zlib does: RFC 1950.
    [Fact]
    public void Form_is_that_of_zlib_with_a_preset_dictionary()
    {
        var packed = Own.Pack("{}"u8);
        Assert.Equal(0, ((packed[0] << 8) | packed[1]) % 31);
        Assert.Equal(8, packed[0] & 0x0F);
        Assert.NotEqual(0, packed[1] & 0x20);
        Assert.Equal(Own.Id, Convert.ToHexStringLower(packed[2..6]));

        // Adler-32 of "{}": 1 + 0x7B + 0x7D, and the sum of the two sums.
        Assert.Equal("017500f9", Convert.ToHexStringLower(packed[^4..]));
    }

    [Fact]
    public void Other_description_makes_another_dictionary_which_does_not_unpack()
    {
        var other = PackingDictionary.Of(Meta with { Devices = [Meta.Devices[0] with { Id = "another" }] })!;
        Assert.NotEqual(Own.Id, other.Id);
        Assert.True(other.Unpack(Own.Pack("{}"u8), 100, out var fault).IsEmpty);
        Assert.Equal("packed with another dictionary", fault);
    }

    [Fact]
    public void Bomb_is_given_up_at_its_bound()
    {
        var bomb = Own.Pack(new byte[4 << 20]);
        Assert.InRange(bomb.Length, 0, 32 << 10);
        Assert.True(Own.Unpack(bomb, 32 << 10, out var fault).IsEmpty);
        Assert.Equal("too many bytes as unpacked, more than 32768", fault);
    }

    [Fact]
    public void Damage_is_found_and_never_thrown_whatever_the_bytes()
    {
        var good = Own.Pack(Encoding.UTF8.GetBytes(Example.Text("batch")));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte[1, 255], Gen.Int[0, good.Length]).Sample((at, change, length) =>
        {
            var bad = good[..length];
            if (at < length)
            {
                bad[at] ^= change;
            }
            else if (length == good.Length)
            {
                return;
            }

            var unpacked = Own.Unpack(bad, 1 << 20, out var fault);
            Assert.True(fault is not null && unpacked.IsEmpty);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("78bb")]
    [InlineData("78bb00000000000000")]
    [InlineData("789c00000000000000000000")]
    [InlineData("1f8b08000000000000000000")]
    [InlineData("7b7d20202020202020202020")]
    public void What_is_not_packed_so_is_not_taken_for_it(string hex) => Assert.Null(PackingDictionary.IdIn(Convert.FromHexString(hex)));

    [Fact]
    public void Batch_that_came_to_somebody_without_the_dictionary_is_malformed_and_the_reason_says_so()
    {
        var (batch, malformed, run) = BatchCodec.Decode(Own.Pack(Example.Bytes("batch")));
        Assert.Null(batch);
        Assert.Null(run);
        Assert.Equal($"packed with the dictionary {Own.Id}, which is broken or not known here", malformed);
    }

    [Fact]
    public void Description_of_which_nobody_can_make_a_batch_makes_no_dictionary()
    {
        var device = Meta.Devices[0];
        Assert.Null(PackingDictionary.Of(
            Meta with { Devices = [device with { Channels = [device.Channels[0], device.Channels[0]] }] }));
        Assert.NotNull(PackingDictionary.Of(Meta with { Devices = [] }));
    }
}
