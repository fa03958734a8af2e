using CsCheck;
using PondSentinel.Sensors.Drivers.SensirionSps30;

namespace PondSentinel.Tests.Sensors.Drivers.Sps30;

public sealed class ShdlcFrameTests
{
    private static readonly byte[] NoiseBytes = [0x7E, 0x7D, 0x5E, 0x00, 0x03, 0x28];

    private static readonly Dictionary<string, Sps30Command> Commands = new Sps30Command[]
    {
        Sps30Command.Start, Sps30Command.Stop, Sps30Command.ReadValues, Sps30Command.WakeUp, Sps30Command.CleanFan,
        Sps30Command.ReadProductType, Sps30Command.ReadSerialNumber, Sps30Command.ReadStatus, Sps30Command.ClearStatus,
    }.ToDictionary(command => command.Name);

    // The wake-up is stuffed, as the data sheet's rule has it and its example has not.
    [Theory]
    [InlineData("start measurement", "7E 00 00 02 01 03 F9 7E")]
    [InlineData("stop measurement", "7E 00 01 00 FE 7E")]
    [InlineData("read measured values", "7E 00 03 00 FC 7E")]
    [InlineData("wake-up", "FF 7E 00 7D 31 00 EE 7E")]
    [InlineData("start fan cleaning", "7E 00 56 00 A9 7E")]
    [InlineData("product type", "7E 00 D0 01 00 2E 7E")]
    [InlineData("serial number", "7E 00 D0 01 03 2B 7E")]
    [InlineData("read device status register", "7E 00 D2 01 00 2C 7E")]
    [InlineData("clear device status register", "7E 00 D2 01 01 2B 7E")]
    public void Command_is_byte_for_byte_what_the_data_sheet_prints(string name, string expected) =>
        Assert.Equal(Hex.Bytes(expected), Commands[name].Frame.ToArray());

    // Section 5.2, and "read auto cleaning interval", whose checksum is stuffed.
    [Theory]
    [InlineData(0x7F, "43 11 7F", "7E 00 7F 03 43 7D 31 7F AA 7E")]
    [InlineData(0x80, "00", "7E 00 80 01 00 7D 5E 7E")]
    [InlineData(0x80, "00 00 00 00 00", "7E 00 80 05 00 00 00 00 00 7A 7E")]
    public void What_must_not_stand_in_a_frame_is_stuffed(byte command, string data, string expected) =>
        Assert.Equal(Hex.Bytes(expected), ShdlcFrame.Command(command, Hex.Bytes(data)).ToArray());

    [Theory]
    [InlineData(0x00, "7E 00 00 00 00 FF 7E", "00 ")]
    [InlineData(0x01, "7E 00 01 00 00 FE 7E", "00 ")]
    [InlineData(0x03, Sps30Replies.NothingNew, "00 ")]
    [InlineData(0x03, Sps30Replies.Values, "00 410800004144000041880000419C0000425C0000428400004288000042890000428980003F200000")]
    [InlineData(0x03, "7E 00 03 00 14 00 08 00 0C 00 7D 31 00 7D 33 00 37 00 42 00 44 00 44 00 45 02 71 F7 7E", "00 0008000C00110013003700420044004400450271")]
    [InlineData(0x03, "7E 00 03 43 00 B9 7E", "43 ")]
    [InlineData(0x10, "7E 00 10 00 00 EF 7E", "00 ")]
    [InlineData(0x11, "7E 00 7D 31 43 00 AB 7E", "43 ")]
    [InlineData(0x56, "7E 00 56 00 00 A9 7E", "00 ")]
    [InlineData(0x80, "7E 00 80 00 04 00 00 00 00 7B 7E", "00 00000000")]
    [InlineData(0x80, "7E 00 80 00 00 7F 7E", "00 ")]
    [InlineData(0xD0, Sps30Replies.ProductType, "00 303030383030303000")]
    [InlineData(0xD0, Sps30Replies.SerialNumber, "00 303030303030303030303030303030303030303000")]
    [InlineData(0xD1, "7E 00 D1 00 07 02 01 00 06 00 02 00 1C 7E", "00 02010006000200")]
    [InlineData(0xD2, Sps30Replies.NothingWrong, "00 0000000000")]
    [InlineData(0xD3, "7E 00 D3 00 00 2C 7E", "00 ")]
    public void Reply_of_the_data_sheet_is_found(byte command, string bytes, string expected) =>
        Assert.Equal(expected, Found(command, bytes));

    // The first three are examples of the data sheet that its own rules do not give.
    [Theory]
    [InlineData(0xD0, "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9B 7E")]
    [InlineData(0xD1, "7E 00 D1 01 07 02 01 00 06 00 02 00 1C 7E")]
    [InlineData(0x11, "7E 00 11 00 00 EE 7E")]
    [InlineData(0x03, "7E 00 03 00 00 FD 7E")]
    [InlineData(0x03, "7E 01 03 00 00 FB 7E")]
    [InlineData(0x03, "7E 00 03 00 01 FB 7E")]
    [InlineData(0x03, "7E 00 03 00 FC 7E")]
    [InlineData(0x03, "7E 00 03 00 01 7D 20 FB 7E")]
    [InlineData(0x03, "7E 00 03 00 00 7D 7E")]
    [InlineData(0x03, "7E 00 03 00 00 FC")]
    [InlineData(0x03, "00 03 00 00 FC 7E")]
    [InlineData(0x03, "7E 00 01 00 00 FE 7E")]
    [InlineData(0x03, "7E 7E 7E")]
    [InlineData(0x03, "")]
    public void What_breaks_a_rule_is_no_reply(byte command, string bytes) => Assert.Null(Found(command, bytes));

    [Theory]
    [InlineData("7E 00 03 00 28 41 08" + Sps30Replies.NothingNew)]
    [InlineData("FF 00 7D" + Sps30Replies.NothingNew)]
    [InlineData("7E 00 01 00 00 FE 7E 00 03 00 00 FC 7E")]
    [InlineData("7E 00 03 00 00 FD 7E" + Sps30Replies.NothingNew)]
    [InlineData(Sps30Replies.NothingNew + "7E 00 03 43 00 B9 7E")]
    public void First_good_reply_is_found_behind_anything(string bytes) => Assert.Equal("00 ", Found(0x03, bytes));

    [Fact]
    public void Longest_data_comes_back_and_one_byte_more_is_no_frame()
    {
        var longest = Sps30Replies.Of(0x03, 0, string.Concat(Enumerable.Repeat("7E", 255)));

        Assert.Equal(255, ShdlcFrame.Find(Hex.Bytes(longest), 0x03)!.Data.Length);
        Assert.Null(ShdlcFrame.Find(Hex.Bytes(longest.Replace("7E 00", "7E 00 7D 5E", StringComparison.Ordinal)), 0x03));
    }

    [Fact]
    public void Any_bytes_are_searched_without_an_exception_and_what_is_found_has_its_checksum() =>
        Gen.OneOf(Gen.Byte.Array[0, 600], AnyNoise(600)).Sample(
            bytes =>
            {
                foreach (var command in Commands.Values)
                {
                    if (ShdlcFrame.Find(bytes, command.Code) is { } reply)
                    {
                        var again = Sps30Replies.Of(reply.Command, reply.State, Convert.ToHexString(reply.Data.Span));
                        Assert.Contains(Convert.ToHexString(Hex.Bytes(again)), Convert.ToHexString(bytes), StringComparison.Ordinal);
                    }
                }
            },
            iter: 5_000);

    [Fact]
    public void Good_reply_is_found_behind_any_noise() =>
        (from noise in AnyNoise(60) from state in Gen.Byte from data in Gen.Byte.Array[0, 255] select (noise, state, data)).Sample(
            input =>
            {
                byte[] bytes = [.. input.noise, .. Reply(input.state, input.data)];
                var found = ShdlcFrame.Find(bytes, 0x03);

                Assert.NotNull(found);

                // One may stand in the noise by chance.
                if (ShdlcFrame.Find(bytes.AsSpan(..^1), 0x03) is null)
                {
                    Assert.Equal(input.state, found.State);
                    Assert.Equal(input.data, found.Data.ToArray());
                }
            },
            iter: 5_000);

    [Fact]
    public void Reply_with_any_bit_turned_is_not_taken() =>
        (from data in Gen.Byte.Array[0, 40] from bit in Gen.Int[0, 10_000] select (data, bit)).Sample(
            input =>
            {
                var frame = Reply(0, input.data);
                var bit = input.bit % (frame.Length * 8);
                frame[bit / 8] ^= (byte)(1 << (bit % 8));

                Assert.Null(ShdlcFrame.Find(frame, 0x03));
            },
            iter: 20_000);

    private static Gen<byte[]> AnyNoise(int lengthMax) => Gen.Int[0, NoiseBytes.Length - 1].Select(i => NoiseBytes[i]).Array[0, lengthMax];

    private static byte[] Reply(byte state, byte[] data) => Hex.Bytes(Sps30Replies.Of(0x03, state, Convert.ToHexString(data)));

    private static string? Found(byte command, string bytes) => ShdlcFrame.Find(Hex.Bytes(bytes), command) is { } reply
        ? $"{reply.State:X2} {Convert.ToHexString(reply.Data.Span)}"
        : null;
}
