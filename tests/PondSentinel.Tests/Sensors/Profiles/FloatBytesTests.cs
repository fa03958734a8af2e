using CsCheck;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Tests.Sensors.Profiles;

public sealed class FloatBytesTests
{
    [Theory]
    [InlineData(ByteOrder.ABCD, "41 8D 00 00")]
    [InlineData(ByteOrder.CDAB, "00 00 41 8D")]
    [InlineData(ByteOrder.BADC, "8D 41 00 00")]
    [InlineData(ByteOrder.DCBA, "00 00 8D 41")]
    public void Number_has_one_form_in_each_byte_order(ByteOrder order, string bytes) =>
        Assert.Equal(17.625f, FloatBytes.Read(Hex.Bytes(bytes), order));

    [Fact]
    public void Widened_number_is_the_decimal_a_person_would_write_and_still_the_same_number()
    {
        Assert.Equal(7.6, FloatBytes.Widen(7.6f));
        Assert.Equal(-10.28, FloatBytes.Widen(-10.28f));
        Gen.Single.Where(float.IsFinite).Sample(value => Assert.Equal(value, (float)FloatBytes.Widen(value)));
    }
}
