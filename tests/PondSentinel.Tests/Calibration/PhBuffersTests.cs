using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Calibration;

public sealed class PhBuffersTests
{
    /// <summary>Another table of the same buffers: JIS Z 8802, two digits.</summary>
    [Theory]
    [InlineData(0, 4.01, 6.98, 9.46, 10.32)]
    [InlineData(5, 4.01, 6.95, 9.39, 10.25)]
    [InlineData(10, 4.00, 6.92, 9.33, 10.18)]
    [InlineData(15, 4.00, 6.90, 9.27, 10.12)]
    [InlineData(20, 4.00, 6.88, 9.22, 10.07)]
    [InlineData(25, 4.01, 6.86, 9.18, 10.02)]
    [InlineData(30, 4.01, 6.85, 9.14, 9.97)]
    [InlineData(35, 4.02, 6.84, 9.10, 9.93)]
    [InlineData(40, 4.03, 6.84, 9.07, null)]
    [InlineData(45, 4.04, 6.83, 9.04, null)]
    [InlineData(50, 4.06, 6.83, 9.01, null)]
    public void Buffers_have_what_another_table_of_them_says(double celsius, double phthalate, double phosphate, double borax, double? carbonate)
    {
        Assert.Equal(phthalate, PhBuffers.At(4.00, celsius)!.Value, 0.0151);
        Assert.Equal(phosphate, PhBuffers.At(6.86, celsius)!.Value, 0.0101);
        Assert.Equal(borax, PhBuffers.At(9.18, celsius)!.Value, 0.0101);
        if (carbonate is { } known)
        {
            Assert.Equal(known, PhBuffers.At(10.01, celsius)!.Value, 0.0101);
        }
    }

    [Theory]
    [InlineData(4.00, 4.01)]
    [InlineData(6.86, 6.87)]
    public void Bottle_may_round_either_way(double one, double other) => Assert.Equal(PhBuffers.At(one, 12.5), PhBuffers.At(other, 12.5));

    [Theory]
    [InlineData(7.00, 25)]
    [InlineData(10.00, 25)]
    [InlineData(5, 25)]
    [InlineData(6.86, -0.1)]
    [InlineData(6.86, 50.1)]
    [InlineData(6.86, double.NaN)]
    [InlineData(double.NaN, 25)]
    public void What_no_table_has_is_what_the_bottle_says(double label, double celsius)
    {
        Assert.Null(PhBuffers.At(label, celsius));
        Assert.Equal(label, UsualStandards.At(Measurand.Ph, label, celsius));
    }

    [Fact]
    public void Other_standards_are_what_they_are_called_at_any_temperature() =>
        Assert.Equal(6.86, UsualStandards.At(Measurand.AmmoniumNitrogen, 6.86, 5));

    /// <summary>What is offered can be accepted: 2 apart, or ten times.</summary>
    [Theory]
    [InlineData(Measurand.Ph, CalibrationKind.PhElectrode)]
    [InlineData(Measurand.AmmoniumNitrogen, CalibrationKind.IonElectrode)]
    public void What_is_offered_lies_far_enough_apart(Measurand measurand, CalibrationKind kind)
    {
        var limits = CalibrationLimits.Of(kind, measurand);
        var sorted = UsualStandards.Of(measurand).Order().ToList();
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.True(
            pair.Second - pair.First >= (limits.ApartMin ?? 0) && pair.Second / pair.First >= (limits.RatioMin ?? 0)));
    }

    [Theory]
    [InlineData(4.2, 6.86, 4.00)]
    [InlineData(6.9, 6.86, null)]
    [InlineData(5.4, 6.86, null)]
    [InlineData(9.0, 6.86, 9.18)]
    public void Bottle_that_was_taken_for_another_is_noticed(double shown, double meant, double? seems) =>
        Assert.Equal(seems, UsualStandards.MistakenFor(shown, meant, [6.86, 4.00, 9.18]));
}
