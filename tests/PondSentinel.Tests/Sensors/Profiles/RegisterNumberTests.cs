using CsCheck;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class RegisterNumberTests
{
    [Theory]
    [InlineData(NumberType.F32, ByteOrder.ABCD, "41 8D 00 00", 17.625)]
    [InlineData(NumberType.F32, ByteOrder.CDAB, "00 00 41 8D", 17.625)]
    [InlineData(NumberType.F32, ByteOrder.BADC, "8D 41 00 00", 17.625)]
    [InlineData(NumberType.F32, ByteOrder.DCBA, "00 00 8D 41", 17.625)]
    [InlineData(NumberType.F32, ByteOrder.ABCD, "7F C0 00 00", double.NaN)]
    [InlineData(NumberType.F32, ByteOrder.ABCD, "7F 80 00 00", double.PositiveInfinity)]
    [InlineData(NumberType.F64, ByteOrder.ABCD, "40 31 A0 00 00 00 00 00", 17.625)]
    [InlineData(NumberType.F64, ByteOrder.CDAB, "00 00 00 00 A0 00 40 31", 17.625)]
    [InlineData(NumberType.F64, ByteOrder.BADC, "31 40 00 A0 00 00 00 00", 17.625)]
    [InlineData(NumberType.F64, ByteOrder.DCBA, "00 00 00 00 00 A0 31 40", 17.625)]
    [InlineData(NumberType.U32, ByteOrder.ABCD, "FE DC BA 98", 0xFEDCBA98)]
    [InlineData(NumberType.U32, ByteOrder.CDAB, "BA 98 FE DC", 0xFEDCBA98)]
    [InlineData(NumberType.U32, ByteOrder.BADC, "DC FE 98 BA", 0xFEDCBA98)]
    [InlineData(NumberType.U32, ByteOrder.DCBA, "98 BA DC FE", 0xFEDCBA98)]
    [InlineData(NumberType.S32, ByteOrder.ABCD, "FF FF CF C7", -12345)]
    [InlineData(NumberType.U16, ByteOrder.ABCD, "FF FB", 65531)]
    [InlineData(NumberType.U16, ByteOrder.BADC, "FB FF", 65531)]
    [InlineData(NumberType.S16, ByteOrder.ABCD, "FF FB", -5)]
    [InlineData(NumberType.S16, ByteOrder.BADC, "FB FF", -5)]
    [InlineData(NumberType.U8, ByteOrder.ABCD, "FB", 251)]
    [InlineData(NumberType.S8, ByteOrder.DCBA, "FB", -5)]
    public void Number_has_one_form_in_each_byte_order(NumberType type, ByteOrder order, string bytes, double expected) =>
        Assert.Equal(expected, new RegisterNumber(type, 1, order).Read([0xAA, .. Hex.Bytes(bytes), 0x55]));

    [Theory]
    [InlineData(0xFFFF, 0xA55A)]
    [InlineData(0x0FF0, 0x55)]
    [InlineData(0x0001, 0)]
    [InlineData(0x8000, 1)]
    public void Bits_of_a_word_count_from_the_lowest_of_their_mask(int mask, double expected) =>
        Assert.Equal(expected, new RegisterNumber(NumberType.Bits, 0, ByteOrder.ABCD) { Mask = (ushort)mask }.Read([0xA5, 0x5A]));

    [Fact]
    public void Widened_number_is_the_decimal_a_person_would_write_and_still_the_same_number()
    {
        Assert.Equal(7.6, RegisterNumber.Widen(7.6f));
        Assert.Equal(-10.28, RegisterNumber.Widen(-10.28f));
        Gen.Single.Where(float.IsFinite).Sample(value => Assert.Equal(value, (float)RegisterNumber.Widen(value)));
    }

    [Fact]
    public void Any_bytes_are_read_without_an_exception() =>
        (from type in Gen.Enum<NumberType>()
         from order in Gen.Enum<ByteOrder>()
         from bytes in Gen.Byte.Array[8]
         select (type, order, bytes)).Sample(input => new RegisterNumber(input.type, 0, input.order).Read(input.bytes));
}
