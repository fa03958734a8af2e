using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>What a calibration makes of the raw number.</summary>
public enum CalibrationKind
{
    /// <summary>pH of the potential of a glass electrode, mV.</summary>
    PhElectrode,

    /// <summary>Concentration of the potential of an ion-selective electrode for an ion of one positive charge, mV.</summary>
    IonElectrode,

    /// <summary>Value of a number in the same unit; a single standard moves the zero.</summary>
    Line,

    /// <summary>Value of a number in the same unit; a single standard sets the factor and leaves zero where it is.</summary>
    Scale,

    /// <summary>Nothing: the instrument holds its calibration and gives calibrated numbers.</summary>
    Instrument,
}

/// <summary>The kinds: their names in records, and which of them a channel has.</summary>
public static class CalibrationKinds
{
    private static readonly (CalibrationKind Kind, string Token)[] Table =
    [
        (CalibrationKind.PhElectrode, "ph-electrode"),
        (CalibrationKind.IonElectrode, "ion-electrode"),
        (CalibrationKind.Line, "line"),
        (CalibrationKind.Scale, "scale"),
        (CalibrationKind.Instrument, "instrument"),
    ];

    extension(CalibrationKind kind)
    {
        /// <summary>Its name in records. A contract: never rename, only add.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined kind.</exception>
        public string Token => Array.Find(Table, row => row.Kind == kind).Token
            ?? throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a defined kind.");

        /// <summary>Whether the raw number is the potential of an electrode, mV.</summary>
        public bool IsElectrode => kind is CalibrationKind.PhElectrode or CalibrationKind.IonElectrode;
    }

    /// <summary>The kind of a name.</summary>
    /// <param name="token">The name, exact.</param>
    /// <param name="kind">The kind, where the name is known.</param>
    public static bool TryParse(string token, out CalibrationKind kind)
    {
        var row = Array.Find(Table, row => string.Equals(row.Token, token, StringComparison.Ordinal));
        kind = row.Kind;
        return row.Token is not null;
    }

    /// <summary>How a channel is calibrated by the gateway.</summary>
    /// <param name="measurand">What its values are.</param>
    /// <param name="isElectrode">Whether they are computed from the potential of an electrode that the gateway has.</param>
    /// <returns>The kind; null for what nobody calibrates: counts, the machine itself, what is computed from others, and a direction, which is turned
    /// into place.</returns>
    public static CalibrationKind? Of(Measurand measurand, bool isElectrode) => measurand switch
    {
        Measurand.Ph when isElectrode => CalibrationKind.PhElectrode,
        _ when isElectrode => CalibrationKind.IonElectrode,
        Measurand.WindDirection or Measurand.PulseCount or Measurand.RainTotal or Measurand.WaterVolume or Measurand.ProcessorTemperature
            or Measurand.Undervoltage or Measurand.DiskFree or Measurand.MediumWear or Measurand.LoadAverage
            or Measurand.DoorOpen or Measurand.PumpRunning or Measurand.ValveOpen or (>= Measurand.UnionizedAmmoniaNitrogen and <= Measurand.AmmoniaFourDayRatio) => null,
        _ when measurand.IsFoundByBackend => null,

        // What errs in proportion to how much there is: a cell constant, a slope, a sensitivity.
        Measurand.Conductivity or Measurand.SpecificConductance or Measurand.AmmoniumNitrogen or Measurand.AmmoniumIon
            or Measurand.TotalAmmoniaNitrogen or Measurand.Potassium or Measurand.DissolvedOxygen or Measurand.Chlorophyll
            or Measurand.BlueGreenAlgae or Measurand.Pm1 or Measurand.Pm25 or Measurand.Pm10 or Measurand.WindSpeed
            or Measurand.RainIntensity or Measurand.WaterFlow or Measurand.SampleFlow or Measurand.SupplyVoltage
            or Measurand.SupplyCurrent => CalibrationKind.Scale,
        _ => CalibrationKind.Line,
    };
}
