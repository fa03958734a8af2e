namespace PondSentinel.Measurements;

/// <summary>A number together with what it is. Made only from a typed quantity or, for profiles that are data, from a
/// named measurand.</summary>
/// <param name="Measurand">Quantity, unit and basis.</param>
/// <param name="Value">The number, in the unit of the measurand; finite.</param>
public readonly record struct Measurement(Measurand Measurand, double Value)
{
    /// <summary>A pH.</summary>
    public static Measurement Of(PhValue value) => new(Measurand.Ph, value.Value);

    /// <summary>Ammonium as N.</summary>
    public static Measurement Of(AmmoniumNitrogen value) => new(Measurand.AmmoniumNitrogen, value.MilligramsPerLitre);

    /// <summary>Ammonium as the NH4+ ion.</summary>
    public static Measurement Of(AmmoniumIon value) => new(Measurand.AmmoniumIon, value.MilligramsPerLitre);

    /// <summary>Total ammonia nitrogen.</summary>
    public static Measurement Of(TotalAmmoniaNitrogen value) =>
        new(Measurand.TotalAmmoniaNitrogen, value.MilligramsPerLitre);

    /// <summary>Potassium.</summary>
    public static Measurement Of(PotassiumIon value) => new(Measurand.Potassium, value.MilligramsPerLitre);

    /// <summary>Turbidity in NTU.</summary>
    public static Measurement Of(TurbidityNtu value) => new(Measurand.TurbidityNtu, value.Ntu);

    /// <summary>Water temperature.</summary>
    public static Measurement Of(WaterCelsius value) => new(Measurand.WaterTemperature, value.Degrees);

    /// <summary>PM2.5.</summary>
    public static Measurement OfPm25(ParticulateMatter value) => new(Measurand.Pm25, value.MicrogramsPerCubicMetre);

    /// <summary>PM10.</summary>
    public static Measurement OfPm10(ParticulateMatter value) => new(Measurand.Pm10, value.MicrogramsPerCubicMetre);
}
