using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>Within what a calibration is accepted.</summary>
/// <remarks>A slope is what the instrument shows for each unit of the standards, in percent of what it should: of Nernst's for an
/// electrode, of the same unit for all else.</remarks>
/// <param name="SlopePercent">Slope of each piece.</param>
/// <param name="Source">Where they are from.</param>
public sealed record CalibrationLimits(Band SlopePercent, string Source)
{
    private const string Nernstian = "what a healthy electrode has (domain facts: 90 to 105 % of Nernst's slope)";
    private const string Own = "the project's own: beyond them the standard is wrong, or the sensor dirty or worn";

    // 30 mV as pH at the slope of 25 °C.
    private const double PhOffsetMax = 0.5;

    /// <summary>Most that the zero may be off, either way: mV at pH 7 of a glass electrode, pH at pH 7 of a pH meter; null where
    /// there is no such limit.</summary>
    public double? OffsetMax { get; init; }

    /// <summary>Most that a single standard may move a line, either way, in the channel's unit; null where there is no such limit.
    /// </summary>
    public double? ShiftMax { get; init; }

    /// <summary>The same in percent of the standard; of the two the larger holds.</summary>
    public double ShiftPercentMax { get; init; }

    /// <summary>Most that a single standard may move an electrode's potential from what was in force, either way, mV; null where there
    /// is no such limit.</summary>
    public double? ShiftMaxMillivolts { get; init; }

    /// <summary>How far two neighbouring standards are apart at least, in the channel's unit.</summary>
    public double? ApartMin { get; init; }

    /// <summary>How many times the lower of two neighbouring standards the higher is at least.</summary>
    public double? RatioMin { get; init; }

    /// <summary>What the standards may be; null where anything finite.</summary>
    public Band? Standards { get; init; }

    /// <summary>Temperature of the standards, °C.</summary>
    public Band Celsius { get; init; } = new(0, 50);

    /// <summary>The limits of a calibration.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="measurand">What is calibrated.</param>
    public static CalibrationLimits Of(CalibrationKind kind, Measurand measurand) => (kind, measurand) switch
    {
        (CalibrationKind.PhElectrode, _) => new CalibrationLimits(new Band(90, 105), Nernstian)
        {
            OffsetMax = 30,
            ApartMin = 2,
            Standards = new Band(0, 14),
        },

        // A lot of 9.98 and one of 1.002 are ten apart to anybody but a computer.
        (CalibrationKind.IonElectrode, _) => new CalibrationLimits(new Band(90, 105), Nernstian)
        {
            RatioMin = 9.5,

            // Half a decade: more than a healthy electrode drifts in two weeks, less than a bottle taken for the next one.
            ShiftMaxMillivolts = 30,
            Standards = new Band(1e-3, 1e5),
        },

        // Atlas EZO pH circuit: below 90 % or beyond 10 mV it wants service; the offset is told in mV.
        (CalibrationKind.Instrument, Measurand.Ph) => new CalibrationLimits(new Band(90, 105), Nernstian)
        {
            OffsetMax = 10,
            Standards = new Band(0, 14),
        },
        (_, Measurand.Ph) => new CalibrationLimits(new Band(90, 105), Nernstian)
        {
            OffsetMax = PhOffsetMax,
            ApartMin = 2,
            Standards = new Band(0, 14),
        },
        (CalibrationKind.Line, _) => ShiftOf(measurand),
        _ => new CalibrationLimits(new Band(80, 125), Own),
    };

    private static CalibrationLimits ShiftOf(Measurand measurand)
    {
        var limits = new CalibrationLimits(new Band(80, 125), Own);
        return measurand switch
        {
            // Its zero is a mark in place: the staff gauge's, the height above the sea, how an instrument was put into its slope.
            Measurand.WaterLevel or Measurand.Tilt or Measurand.Displacement => limits,
            Measurand.WaterTemperature or Measurand.AirTemperature or Measurand.HousingTemperature => limits with { ShiftMax = 5 },
            Measurand.AirPressure => limits with { ShiftMax = 50 },
            Measurand.WaterPressure => limits with { ShiftMax = 100 },
            Measurand.OxidationReduction or Measurand.PhElectrode or Measurand.AmmoniumElectrode or Measurand.PotassiumElectrode =>
                limits with { ShiftMax = 50 },
            _ => limits with { ShiftMax = 10, ShiftPercentMax = 25 },
        };
    }
}
