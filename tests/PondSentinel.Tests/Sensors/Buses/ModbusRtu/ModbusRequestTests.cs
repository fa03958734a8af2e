using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Tests.Sensors.Buses.ModbusRtu;

public sealed class ModbusRequestTests
{
    public static TheoryData<string, ModbusRequest> Frames => new()
    {
        // Modbus application protocol V1.1b3, 6.1 and 6.2, as their examples ask.
        { "01 01 00 13 00 13 8C 02", ModbusRequest.ReadCoils(1, 0x13, 19) },
        { "01 02 00 C4 00 16 B8 39", ModbusRequest.ReadDiscrete(1, 0xC4, 22) },
        { "01 03 00 00 00 02 C4 0B", ModbusRequest.ReadHolding(1, 0, 2) },
        { "01 04 00 00 00 02 71 CB", ModbusRequest.ReadInput(1, 0, 2) },
        { "01 04 00 02 00 04 50 09", ModbusRequest.ReadInput(1, 2, 4) },
        { "01 03 28 00 00 02 CD AB", ModbusRequest.ReadHolding(1, 0x2800, 2) },
        { "11 03 28 00 00 06 CE F8", ModbusRequest.ReadHolding(17, 0x2800, 6) },
        { "01 06 07 D0 00 02 08 86", ModbusRequest.WriteSingle(1, 0x07D0, 2) },
        { "01 06 00 07 00 0D F9 CE", ModbusRequest.WriteSingle(1, 7, 0x0D) },
        { "01 10 30 00 00 01 02 14 00 99 53", ModbusRequest.WriteMultiple(1, 0x3000, [0x14, 0x00]) },
        { "01 10 23 00 00 02 04 00 00 80 40 1E AE", ModbusRequest.WriteMultiple(1, 0x2300, [0, 0, 0x80, 0x40]) },
        { "01 10 31 00 00 00 00 74 94", ModbusRequest.WriteMultiple(1, 0x3100, []) },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void Request_is_byte_for_byte_what_manuals_print(string expected, ModbusRequest request) =>
        Assert.Equal(Hex.Bytes(expected), request.Frame.ToArray());

    [Fact]
    public void Request_for_nothing_or_too_much_is_a_bug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.ReadHolding(1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.ReadInput(1, 0, 126));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.ReadCoils(1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.ReadDiscrete(1, 0, 2001));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.WriteMultiple(1, 0, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ModbusRequest.WriteMultiple(1, 0, new byte[248]));
    }
}
