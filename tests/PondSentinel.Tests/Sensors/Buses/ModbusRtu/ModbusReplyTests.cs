using CsCheck;
using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Tests.Sensors.Buses.ModbusRtu;

public sealed class ModbusReplyTests
{
    private const string Reply = "01 03 04 33 33 F3 40 40 78";
    private static readonly byte[] HeadBytes = [0x01, 0x03, 0x04, 0x83, 0x02, 0x00];
    private static readonly ModbusRequest Ph = ModbusRequest.ReadHolding(1, 0x2800, 2);

    [Theory]
    [InlineData("", ModbusMatch.None)]
    [InlineData(Reply, ModbusMatch.Reply)]
    [InlineData("00" + Reply, ModbusMatch.Reply)]
    [InlineData("FF 00 01 03" + Reply, ModbusMatch.Reply)]
    [InlineData("01" + Reply + "00", ModbusMatch.Reply)]
    [InlineData("01 83 02 C0 F1", ModbusMatch.Exception)]
    [InlineData("00 01 83 06 C1 32", ModbusMatch.Exception)]
    [InlineData("01 03 04 33 33 F3 40 40", ModbusMatch.Part)]
    [InlineData("00 01", ModbusMatch.Part)]
    [InlineData("01 83 02 C0", ModbusMatch.Part)]
    [InlineData("01 03 04 33 33 F3 40 40 79", ModbusMatch.Garbled)]
    [InlineData("01 83 02 C0 F0", ModbusMatch.Garbled)]
    [InlineData("02 03 04 33 33 F3 40 73 78", ModbusMatch.None)]
    [InlineData("01 03 02 00 79 79 A6", ModbusMatch.None)]
    [InlineData("01 04 04 33 33 F3 40 41 CF", ModbusMatch.None)]
    public void Bytes_are_what_the_request_and_the_checksum_make_of_them(string bytes, object expected) =>
        Assert.Equal(expected, ModbusReply.Find(Hex.Bytes(bytes), Ph).Match);

    [Theory]
    [InlineData("01 10 23 00 00 02 4A 4C", ModbusMatch.Reply)]
    [InlineData("01 10 23 00 00 01 0A 4D", ModbusMatch.None)]
    public void Write_is_acknowledged_by_its_register_and_count(string bytes, object expected) =>
        Assert.Equal(
            expected,
            ModbusReply.Find(Hex.Bytes(bytes), ModbusRequest.WriteMultiple(1, 0x2300, [0, 0, 0x80, 0x40])).Match);

    [Fact]
    public void Any_bytes_are_judged_without_an_exception() =>
        (from bytes in Gen.Byte.Array[0, 300]
         from request in AnyRequest
         select (bytes, request)).Sample(
            input =>
            {
                var finding = ModbusReply.Find(input.bytes, input.request);
                Assert.InRange(finding.Offset + finding.Length, 0, input.bytes.Length);
            },
            iter: 20_000);

    // Bytes of a small alphabet make heads of frames often; a wrong checksum must never pass.
    [Fact]
    public void Nothing_is_taken_without_its_checksum() =>
        Gen.Int[0, 5].Select(i => HeadBytes[i]).Array[0, 60].Sample(
            bytes =>
            {
                var finding = ModbusReply.Find(bytes, Ph);
                if (finding.Match is ModbusMatch.Reply or ModbusMatch.Exception)
                {
                    Assert.True(ModbusCrc.IsValid(bytes.AsSpan(finding.Offset, finding.Length)));
                }
            },
            iter: 20_000);

    [Fact]
    public void Good_reply_is_found_behind_any_noise() =>
        (from noise in Gen.Byte.Array[0, 40]
         from data in Gen.Byte.Array[4]
         from after in Gen.Byte.Array[0, 10]
         select (noise, data, after)).Sample(
            input =>
            {
                byte[] body = [1, 3, 4, .. input.data];
                var sum = ModbusCrc.Compute(body);
                byte[] frame = [.. body, (byte)(sum & 0xFF), (byte)(sum >> 8)];
                byte[] bytes = [.. input.noise, .. frame, .. input.after];

                var finding = ModbusReply.Find(bytes, Ph);

                // By chance, noise holds a valid frame itself, or one across its end; then that one is as good.
                Assert.True(finding.Match is ModbusMatch.Reply or ModbusMatch.Exception);
                Assert.InRange(finding.Offset, 0, input.noise.Length);
            },
            iter: 20_000);

    [Fact]
    public void Reply_with_any_bit_turned_is_not_taken() =>
        (from data in Gen.Byte.Array[4] from bit in Gen.Int[0, 71] select (data, bit)).Sample(
            input =>
            {
                byte[] body = [1, 3, 4, .. input.data];
                var sum = ModbusCrc.Compute(body);
                byte[] frame = [.. body, (byte)(sum & 0xFF), (byte)(sum >> 8)];
                frame[input.bit / 8] ^= (byte)(1 << (input.bit % 8));

                Assert.NotEqual(ModbusMatch.Reply, ModbusReply.Find(frame, Ph).Match);
            },
            iter: 20_000);

    private static Gen<ModbusRequest> AnyRequest =>
        from kind in Gen.Int[0, 5]
        from address in Gen.Byte[1, 247]
        from register in Gen.UShort
        from count in Gen.Int[1, 125]
        select kind switch
        {
            0 => ModbusRequest.ReadHolding(address, register, count),
            1 => ModbusRequest.ReadInput(address, register, count),
            2 => ModbusRequest.ReadCoils(address, register, 16 * count),
            3 => ModbusRequest.ReadDiscrete(address, register, count),
            4 => ModbusRequest.WriteSingle(address, register, (ushort)count),
            _ => ModbusRequest.WriteMultiple(address, register, new byte[2 * Math.Min(count, 123)]),
        };
}
