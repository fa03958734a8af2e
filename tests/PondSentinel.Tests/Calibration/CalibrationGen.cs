using CsCheck;
using PondSentinel.Calibration;
using PondSentinel.Measurements;

namespace PondSentinel.Tests.Calibration;

/// <summary>Calibrations of all kinds.</summary>
internal static class CalibrationGen
{
    /// <summary>Kinds that the gateway computes, with what they are of.</summary>
    public static readonly Gen<(CalibrationKind Kind, Measurand Measurand)> Kinds = Gen.OneOf(
        (CalibrationKind.PhElectrode, Measurand.Ph),
        (CalibrationKind.IonElectrode, Measurand.AmmoniumNitrogen),
        (CalibrationKind.Line, Measurand.TurbidityNtu),
        (CalibrationKind.Line, Measurand.Ph),
        (CalibrationKind.Scale, Measurand.SpecificConductance));

    private static readonly Gen<double> GenAny = Gen.Frequency(
        (8, Gen.Double[-200, 200]),
        (1, Gen.Double),
        (1, Gen.OneOf(double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -0.0, double.Epsilon, double.MaxValue, double.MinValue)));

    /// <summary>Readings that may be anything.</summary>
    public static readonly Gen<StandardReading[]> Anything =
        Gen.Select(GenAny, GenAny, (standard, raw) => new StandardReading(standard, raw)).Array[0, 4];

    /// <summary>Numbers that may be anything.</summary>
    public static Gen<double> Number => GenAny;

    /// <summary>Sound records.</summary>
    public static readonly Gen<CalibrationRecord> Records = Gen.Select(
        Kinds, Gen.Int[1, 3], Gen.Double[90.5, 104.5], Gen.Double[-0.4, 0.4], Gen.Double[1, 40], Gen.Long[0, 4_000_000_000_000], Gen.Bool,
        (kind, count, slope, offset, celsius, time, isNoted) =>
        {
            var readings = Standards(kind.Kind, kind.Measurand).Take(count)
                .Select(standard => new StandardReading(standard, RawOf(kind, standard, slope, offset, celsius))
                {
                    Name = isNoted ? "buffer \"x\" µ" : null,
                    Lot = isNoted ? "A/17" : null,
                }).ToArray();
            return new CalibrationRecord
            {
                Id = "c1",
                Device = "pond1",
                Channel = "ch",
                Measurand = kind.Measurand,
                Model = "ti-ads1115",
                Serial = isNoted ? "SN 1" : null,
                TimeMs = time,
                By = "Li",
                Kind = kind.Kind,
                Celsius = celsius,
                AsFound = isNoted ? readings : [],
                AsLeft = readings,
                DueMs = isNoted ? time + 86_400_000 : null,
                Note = isNoted ? "after rain" : null,
            }.With(CalibrationFit.Of(kind.Kind, kind.Measurand, readings, celsius));
        });

    /// <summary>Three standards as they are usual.</summary>
    public static double[] Standards(CalibrationKind kind, Measurand measurand) => kind switch
    {
        _ when measurand == Measurand.Ph => [4.01, 6.86, 9.18],
        CalibrationKind.IonElectrode => [1, 10, 100],
        CalibrationKind.Scale => [84, 1413, 12_880],
        _ => [0, 100, 400],
    };

    /// <summary>What an instrument of a slope (percent) and an offset (pH, decades, or a hundredth of the unit) shows.</summary>
    public static double RawOf((CalibrationKind Kind, Measurand Measurand) of, double standard, double slope, double offset, double celsius)
    {
        var nernst = PondSentinel.Chemistry.Nernst.SlopeMillivolts(celsius);
        return of.Kind switch
        {
            CalibrationKind.PhElectrode => ((7 - standard) * nernst * slope / 100) + (offset * nernst),
            CalibrationKind.IonElectrode => 100 + (Math.Log10(standard) * nernst * slope / 100) + (offset * nernst),
            _ when of.Measurand == Measurand.Ph => 7 + ((standard - 7) * slope / 100) + (offset / 100),
            _ => (standard * slope / 100) + (offset / 100),
        };
    }
}
