using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Calibration;

public sealed class CalibrationFitTests
{
    // A glass electrode of 97.5 % and 3 mV: known answers of ElectrodeTests.
    private static readonly StandardReading[] Buffers = [new(4, 3 + (57.68 * 3)), new(7, 3)];

    [Theory]
    [InlineData(120, 25, 4.972)]
    [InlineData(120, 10, 4.864)]
    [InlineData(-60, 35, 8.057)]
    public void Two_buffers_give_what_the_electrode_measures_at_any_temperature(double millivolts, double celsius, double ph)
    {
        var fit = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, Buffers, 25);

        Assert.True(fit.IsAccepted);
        Assert.Equal(97.5, fit.SlopePercent.Single(), 0.005);
        Assert.Equal(3, fit.Offset!.Value, 1e-9);
        Assert.Equal(ph, fit.Curve!.At(millivolts, celsius), 5e-4);
    }

    [Theory]
    [InlineData(87.637, 25, 47.0)]
    [InlineData(87.637, 12, 50.4)]
    public void Ammonium_electrode_measures_from_its_lowest_standard(double millivolts, double celsius, double milligrams)
    {
        StandardReading[] standards = [new(100, 106.0), new(10, 50.0)];
        var fit = CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, standards, 25);

        Assert.True(fit.IsAccepted);
        Assert.Equal(100 * 56 / 59.159350, fit.SlopePercent.Single(), 1e-4);
        Assert.Equal(-6, fit.Offset!.Value, 1e-9);
        Assert.Equal(milligrams, fit.Curve!.At(millivolts, celsius), 0.05);
    }

    [Fact]
    public void Curve_of_an_electrode_is_the_electrode()
    {
        var glass = new PhElectrode(new Millivolts(-4), 56, 22);
        var membrane = new IonElectrode(10, new Millivolts(50), 55, 18);

        Assert.Equal(glass.At(new Millivolts(101), 8).Value, CalibrationCurve.Of(glass)!.At(101, 8), 1e-9);
        Assert.Equal(membrane.MilligramsPerLitreAt(new Millivolts(71), 9), CalibrationCurve.Of(membrane)!.At(71, 9), 1e-9);
    }

    [Fact]
    public void Without_a_temperature_that_of_the_standards_is_taken()
    {
        var curve = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, Buffers, 25).Curve!;

        Assert.Equal(curve.At(120, 25), curve.At(120));
    }

    [Fact]
    public void What_the_base_buffer_says_does_not_tilt_the_acid_side()
    {
        var acid = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, Buffers, 25).Curve!;
        var all = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [.. Buffers, new(10, 3 - (54.5 * 3))], 25);

        Assert.True(all.IsAccepted);
        Assert.Equal(97.5, all.SlopePercent[0], 0.005);
        Assert.Equal(92.1, all.SlopePercent[1], 0.05);
        Assert.Equal(acid.At(120, 10), all.Curve!.At(120, 10), 1e-9);
        Assert.Equal(10, all.Curve.At(3 - (54.5 * 3)), 1e-9);
    }

    [Fact]
    public void Single_buffer_moves_the_electrode_and_keeps_its_slopes()
    {
        var before = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [.. Buffers, new(10, 3 - (54.5 * 3))], 25).Curve!;
        var fit = CalibrationFit.Of(CalibrationKind.PhElectrode, Measurand.Ph, [new(4, 190)], 15, before);

        Assert.True(fit.IsAccepted);
        Assert.Equal(4, fit.Curve!.At(190, 15), 1e-9);
        Assert.Equal(97.5, fit.SlopePercent[0], 0.005);
        Assert.Equal(92.1, fit.SlopePercent[1], 0.05);
        Assert.Equal(15, fit.Curve.Celsius);
    }

    [Fact]
    public void Single_standard_alone_takes_an_ideal_electrode()
    {
        var fit = CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(10, 160)], 20);

        Assert.True(fit.IsAccepted);
        Assert.Equal(100, fit.SlopePercent.Single(), 1e-9);
        Assert.Equal(100, fit.Curve!.At(160 + Nernst.SlopeMillivolts(20), 20), 1e-9);
    }

    [Theory]
    [InlineData(CalibrationKind.Line, 7, 95.0)]
    [InlineData(CalibrationKind.Scale, 7, 97.9)]
    public void Single_standard_moves_a_line_and_stretches_a_scale(CalibrationKind kind, double standard, double at100)
    {
        var fit = CalibrationFit.Of(kind, Measurand.TurbidityNtu, [new(standard, kind == CalibrationKind.Line ? 12 : standard / 0.979)], 20);

        Assert.True(fit.IsAccepted);
        Assert.Equal(at100, fit.Curve!.At(100), 1e-9);
    }

    [Theory]
    [InlineData(89.9, false)]
    [InlineData(90.1, true)]
    [InlineData(104.9, true)]
    [InlineData(105.1, false)]
    public void Electrode_is_accepted_from_90_to_105_percent(double percent, bool isAccepted)
    {
        foreach (var (kind, measurand) in new[]
        {
            (CalibrationKind.PhElectrode, Measurand.Ph), (CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen), (CalibrationKind.Line, Measurand.Ph),
        })
        {
            StandardReading[] readings =
                [.. CalibrationGen.Standards(kind, measurand).Select(s => new StandardReading(s, CalibrationGen.RawOf((kind, measurand), s, percent, 0, 25)))];
            var fit = CalibrationFit.Of(kind, measurand, readings[..2], 25);

            Assert.Equal(isAccepted, fit.IsAccepted);
            Assert.Equal(percent, fit.SlopePercent.Single(), 1e-6);
            Assert.Equal(isAccepted, fit.Reasons.Count == 0);
        }
    }

    public static TheoryData<CalibrationKind, Measurand, double[], double, string> Refusals => new()
    {
        { CalibrationKind.PhElectrode, Measurand.Ph, [4, 204, 7, 30.5], 25, "offset 30.5 mV" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [4, 0, 7, 177], 25, "wrong sign" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [6, 59, 7, 0], 25, "less than 2 apart" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [4, 177, 7, 0], 51, "51 °C" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [4, 177, 70, 0], 25, "70 is outside 0 to 14" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [4, 177, 7, 0, 10, 5], 25, "do not rise or fall" },
        { CalibrationKind.PhElectrode, Measurand.Ph, [], 25, "0 standards" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [0, 0, 10, 10, 20, 20, 30, 30], 25, "4 standards" },
        { CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [1, 100, 9, 156.4], 25, "not ten times apart" },
        { CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [0, 100, 10, 159], 25, "a standard of 0" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [100, 5, 100, 6], 25, "same standard twice" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [0, 1, 100, 51], 25, "slope 50 %" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [0, double.NaN], 25, "no number" },
        { CalibrationKind.Scale, Measurand.SpecificConductance, [0, 3], 25, "sets no factor" },
        { CalibrationKind.Line, Measurand.Ph, [4, 4.6, 7, 7.55], 25, "beyond ±0.5" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [100, 900], 25, "moves all values by -800 NTU, beyond ±25 NTU" },
        { CalibrationKind.Line, Measurand.TurbidityNtu, [0, 10.1], 25, "beyond ±10 NTU" },
        { CalibrationKind.Line, Measurand.WaterTemperature, [0, 5.1], 25, "beyond ±5 °C" },
        { CalibrationKind.Line, Measurand.OxidationReduction, [220, 169], 25, "by 51 mV" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refusal_says_why(CalibrationKind kind, Measurand measurand, double[] pairs, double celsius, string why)
    {
        var fit = CalibrationFit.Of(kind, measurand, [.. pairs.Chunk(2).Select(pair => new StandardReading(pair[0], pair[1]))], celsius);

        Assert.False(fit.IsAccepted);
        Assert.Contains(fit.Reasons, reason => reason.Contains(why, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Measurand.TurbidityNtu, 100, 124.9)]
    [InlineData(Measurand.TurbidityNtu, 0, -9.9)]
    [InlineData(Measurand.WaterLevel, 312_000, 1850)]
    public void Single_standard_may_move_a_line_within_its_limit_and_a_level_to_any_mark(Measurand measurand, double standard, double raw) =>
        Assert.Empty(CalibrationFit.Of(CalibrationKind.Line, measurand, [new(standard, raw)], 20).Reasons);

    [Fact]
    public void Single_standard_is_held_against_what_was_in_force()
    {
        var before = CalibrationFit.Of(CalibrationKind.Line, Measurand.TurbidityNtu, [new(0, 30), new(100, 130)], 20).Curve!;

        Assert.True(CalibrationFit.Of(CalibrationKind.Line, Measurand.TurbidityNtu, [new(0, 33)], 20, before).IsAccepted);
        Assert.False(CalibrationFit.Of(CalibrationKind.Line, Measurand.TurbidityNtu, [new(0, 3)], 20, before).IsAccepted);
    }

    /// <summary>100 mg/L that read like ten thousand: the wrong bottle, or the wrong electrode.</summary>
    [Theory]
    [InlineData(29.9, 20, true)]
    [InlineData(-29.9, 20, true)]
    [InlineData(30.1, 20, false)]
    [InlineData(-30.1, 20, false)]
    [InlineData(250, 20, false)]
    [InlineData(29.9, 5, true)]
    [InlineData(30.1, 5, false)]
    public void Single_standard_may_move_an_ion_electrode_by_30_mV(double moved, double celsius, bool isAccepted)
    {
        var before = CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(1, 40), new(10, 95), new(100, 150)], 20).Curve!;

        // Its two decades grow with the temperature.
        var usual = 40 + (110 * Nernst.Kelvin(celsius) / Nernst.Kelvin(20));
        var fit = CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(100, usual + moved)], celsius, before);

        Assert.Equal(isAccepted, fit.IsAccepted);
        Assert.All(fit.Reasons, reason => Assert.Matches("moves it by -?[0-9.]+ mV, beyond ±30 mV: check the bottle, .*or take two standards", reason));

        // Two say what the electrode is like, whatever was before.
        Assert.True(CalibrationFit.Of(CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen, [new(10, 345), new(100, 400)], 20, before).IsAccepted);
    }

    [Fact]
    public void Fit_finds_slope_and_offset_and_gives_the_standards_back() => Gen.Select(
        CalibrationGen.Kinds, Gen.Int[1, 3], Gen.Double[90.5, 104.5], Gen.Double[-0.4, 0.4], Gen.Double[1, 45]).Sample(
        (kind, count, slope, offset, celsius) =>
        {
            StandardReading[] readings =
            [
                .. CalibrationGen.Standards(kind.Kind, kind.Measurand)[^count..]
                    .Select(s => new StandardReading(s, CalibrationGen.RawOf(kind, s, slope, offset, celsius))),
            ];
            var fit = CalibrationFit.Of(kind.Kind, kind.Measurand, readings.Reverse().ToArray(), celsius);

            Assert.All(readings, reading =>
                Assert.Equal(reading.Standard, fit.Curve!.At(reading.Raw, celsius), 1e-9 * (1 + Math.Abs(reading.Standard))));
            if (count > 1)
            {
                Assert.Equal(Math.Max(1, count - 1), fit.SlopePercent.Count);
                Assert.All(fit.SlopePercent, found => Assert.Equal(slope, found, 1e-6));
                Assert.Equal(ExpectedOffset(kind.Kind, offset, celsius), fit.Offset!.Value, 1e-6);
            }
        },
        iter: TestDepth.Cases(300));

    [Fact]
    public void One_more_standard_after_a_calibration_is_met_too_and_slopes_stay() => Gen.Select(
        CalibrationGen.Records, Gen.Double[-0.2, 0.2], Gen.Double[1, 45]).Sample(
        (record, moved, celsius) =>
        {
            var standard = CalibrationGen.Standards(record.Kind, record.Measurand)[1];
            var raw = CalibrationGen.RawOf((record.Kind, record.Measurand), standard, 97, moved, celsius);
            var fit = CalibrationFit.Of(record.Kind, record.Measurand, [new(standard, raw)], celsius, record.Curve);

            Assert.Equal(standard, fit.Curve!.At(raw, celsius), 1e-8 * (1 + standard));
            if (record.Kind is not CalibrationKind.Scale)
            {
                Assert.Equal(record.SlopePercent.Count, fit.SlopePercent.Count);
                Assert.All(record.SlopePercent.Zip(fit.SlopePercent), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            }
        },
        iter: TestDepth.Cases(300));

    [Fact]
    public void No_numbers_make_it_throw_and_what_is_accepted_measures() => Gen.Select(
        CalibrationGen.Kinds, CalibrationGen.Anything, CalibrationGen.Number, CalibrationGen.Number, CalibrationGen.Anything).Sample(
        (kind, readings, celsius, raw, before) =>
        {
            var earlier = CalibrationFit.Of(kind.Kind, kind.Measurand, before, 20).Curve;
            var fit = CalibrationFit.Of(kind.Kind, kind.Measurand, readings, celsius, earlier);

            Assert.True(fit.IsAccepted || fit.Reasons.Count > 0);
            fit.Curve?.At(raw, celsius);
            if (fit.IsAccepted)
            {
                Assert.All(readings, reading => Assert.True(double.IsFinite(fit.Curve!.At(reading.Raw))));
            }
        },
        iter: TestDepth.Cases(2000));

    [Fact]
    public void Instrument_that_fits_by_itself_is_not_fitted() =>
        Assert.Throws<ArgumentException>(() => CalibrationFit.Of(CalibrationKind.Instrument, Measurand.Ph, Buffers, 25));

    private static double ExpectedOffset(CalibrationKind kind, double offset, double celsius) => kind switch
    {
        CalibrationKind.PhElectrode => offset * Nernst.SlopeMillivolts(celsius),
        CalibrationKind.IonElectrode => 100 + (offset * Nernst.SlopeMillivolts(celsius)),
        _ => offset / 100,
    };
}
