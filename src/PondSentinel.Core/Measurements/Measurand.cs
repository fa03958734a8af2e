namespace PondSentinel.Measurements;

/// <summary>What a number is: the quantity together with its unit and its basis.</summary>
/// <remarks>
/// Ammonium "as N", as the NH4+ ion and as total ammonia nitrogen are different measurands, so that one can never be
/// stored under the name of another. Values are never renumbered or reused: only add.
/// </remarks>
public enum Measurand
{
    /// <summary>Acidity on the pH scale, dimensionless.</summary>
    Ph = 1,

    /// <summary>Potential of a pH electrode, mV.</summary>
    PhElectrode = 2,

    /// <summary>Ammonium nitrogen NH4-N: the ammonium ion, counted as nitrogen, mg/L as N.</summary>
    AmmoniumNitrogen = 3,

    /// <summary>The whole ammonium ion NH4+, mg/L as NH4+; 1.2878 times the same sample as N.</summary>
    AmmoniumIon = 4,

    /// <summary>Total ammonia nitrogen TAN (NH3-N plus NH4-N), mg/L as N.</summary>
    TotalAmmoniaNitrogen = 5,

    /// <summary>Potassium ion K+, mg/L.</summary>
    Potassium = 6,

    /// <summary>Turbidity by white light at 90 degrees (EPA 180.1), NTU.</summary>
    TurbidityNtu = 7,

    /// <summary>Turbidity by 860 nm light at 90 degrees (ISO 7027-1), FNU. Not convertible to NTU off formazin.</summary>
    TurbidityFnu = 8,

    /// <summary>Water temperature, degrees Celsius.</summary>
    WaterTemperature = 9,

    /// <summary>Particulate matter below 2.5 micrometres, micrograms per cubic metre at ambient conditions.</summary>
    Pm25 = 10,

    /// <summary>Particulate matter below 10 micrometres, micrograms per cubic metre at ambient conditions.</summary>
    Pm10 = 11,

    /// <summary>Potential of an electrode for ammonium, mV.</summary>
    AmmoniumElectrode = 12,

    /// <summary>Potential of an electrode for potassium, mV.</summary>
    PotassiumElectrode = 13,

    /// <summary>Oxidation-reduction potential, mV, against the probe's own reference electrode.</summary>
    OxidationReduction = 14,

    /// <summary>Electrical conductivity at the temperature of the water, or where the probe's maker does not say to which
    /// temperature it refers, µS/cm.</summary>
    Conductivity = 15,

    /// <summary>Electrical conductivity referred to 25 °C, µS/cm. Not the same as <see cref="Conductivity"/> at any other
    /// temperature: about 2 % for each degree.</summary>
    SpecificConductance = 16,

    /// <summary>Dissolved oxygen, mg/L.</summary>
    DissolvedOxygen = 17,

    /// <summary>Chlorophyll by its fluorescence, µg/L.</summary>
    Chlorophyll = 18,

    /// <summary>Blue-green algae by the fluorescence of phycocyanin, cells/mL.</summary>
    BlueGreenAlgae = 19,

    /// <summary>Pressure of the water above a sensor, relative to the air, mbar.</summary>
    WaterPressure = 20,

    /// <summary>Height of a water surface above a sensor or another fixed point, mm.</summary>
    WaterLevel = 21,

    /// <summary>Particulate matter below 1 micrometre, micrograms per cubic metre at ambient conditions.</summary>
    Pm1 = 22,

    /// <summary>Wind speed, m/s.</summary>
    WindSpeed = 23,

    /// <summary>Direction that the wind comes from, degrees from north over east, 0 to 360. A mean is one of vectors.
    /// </summary>
    WindDirection = 24,

    /// <summary>Temperature of the air outdoors, degrees Celsius.</summary>
    AirTemperature = 25,

    /// <summary>Relative humidity of the air outdoors, percent.</summary>
    AirHumidity = 26,

    /// <summary>Pressure of the air at the sensor's height, hPa.</summary>
    AirPressure = 27,

    /// <summary>Temperature inside an instrument or its housing, degrees Celsius; not that of the air outdoors.</summary>
    HousingTemperature = 28,

    /// <summary>Relative humidity inside an instrument or its housing, percent; not that of the air outdoors.</summary>
    HousingHumidity = 29,

    /// <summary>Voltage of the station's supply, V.</summary>
    SupplyVoltage = 40,

    /// <summary>Current of the station's supply, A; its sign is that of the way the meter is put in.</summary>
    SupplyCurrent = 41,

    /// <summary>Pulses of a contact since its counter began; never goes back.</summary>
    PulseCount = 42,

    /// <summary>Rain since its gauge began to count, mm; never goes back.</summary>
    RainTotal = 43,

    /// <summary>Rain over the time since the last value, mm/h.</summary>
    RainIntensity = 44,

    /// <summary>Volume of water since its meter began to count, L; never goes back.</summary>
    WaterVolume = 45,

    /// <summary>Flow of water over the time since the last value, L/min.</summary>
    WaterFlow = 46,

    /// <summary>Air that an instrument draws through itself, mL/s.</summary>
    SampleFlow = 47,

    /// <summary>Temperature of the gateway's processor, degrees Celsius.</summary>
    ProcessorTemperature = 48,

    /// <summary>Whether the supply of the gateway is too low: 1 where it is, else 0; a mean of several is their share.</summary>
    Undervoltage = 49,

    /// <summary>Free space of the file system that holds the gateway's buffer, MiB.</summary>
    DiskFree = 50,

    /// <summary>How much of the life of the gateway's medium is used, percent; may be above 100.</summary>
    MediumWear = 51,

    /// <summary>Processes of the gateway that ran or waited to run, mean of a minute.</summary>
    LoadAverage = 52,

    /// <summary>How long nothing has been heard of a gateway, min. No gateway sends it: its backend finds it.</summary>
    GatewaySilence = 53,

    /// <summary>Whole days until a certificate ends, d; below 0 after it has. No gateway sends it as a value: its backend finds it.</summary>
    CertificateDays = 54,

    /// <summary>Whole days until the calibration of a channel is due, d; below 0 once it is overdue. No gateway sends it as a value: its
    /// backend finds it.</summary>
    CalibrationDays = 55,

    /// <summary>How far a clock is off at least, or how far it may be off by its own word where that is more, s. No gateway sends it as a
    /// value: its backend finds it.</summary>
    ClockError = 56,

    /// <summary>Un-ionized ammonia, counted as nitrogen (NH3-N), mg/L as N.</summary>
    UnionizedAmmoniaNitrogen = 60,

    /// <summary>Un-ionized ammonia, counted as the molecule NH3, mg/L as NH3; 1.2159 times the same sample as N.</summary>
    UnionizedAmmonia = 61,

    /// <summary>How much total ammonia nitrogen aquatic life bears for an hour at the water's pH and temperature (CMC of EPA
    /// 822-R-13-001), mg/L as N.</summary>
    AmmoniaAcuteCriterion = 62,

    /// <summary>How much it bears for 30 days (CCC of EPA 822-R-13-001), mg/L as N.</summary>
    AmmoniaChronicCriterion = 63,

    /// <summary>Total ammonia nitrogen as a multiple of <see cref="AmmoniaAcuteCriterion"/>.</summary>
    AmmoniaAcuteRatio = 64,

    /// <summary>Total ammonia nitrogen as a multiple of <see cref="AmmoniaChronicCriterion"/>.</summary>
    AmmoniaChronicRatio = 65,

    /// <summary>Particulate matter below 10 micrometres without the water in it, computed from what an optical sensor gave,
    /// micrograms per cubic metre. Indicative.</summary>
    Pm10Dry = 66,

    /// <summary>Particulate matter below 2.5 micrometres without the water in it, computed from what an optical sensor gave,
    /// micrograms per cubic metre. Indicative.</summary>
    Pm25Dry = 67,

    /// <summary>How far a water surface is below the crest of its dam, mm; below 0 where it flows over.</summary>
    Freeboard = 68,

    /// <summary>Change of a pond's level that rain, evaporation and pumps do not explain, mm a day; below 0 where water is lost.
    /// </summary>
    WaterBalanceResidual = 69,

    /// <summary>Speed of the mean wind vector, m/s: how fast air moved on. At most the mean of <see cref="WindSpeed"/>.</summary>
    WindVectorSpeed = 70,

    /// <summary>Rain over a period that its channel tells, mm.</summary>
    RainDepth = 71,

    /// <summary>The US air quality index (40 CFR 58 App. G) of a mean of PM10, 0 to 500.</summary>
    AirQualityIndexUs = 80,

    /// <summary>China's individual air quality index (HJ 633) of a mean of PM10, 0 to 500.</summary>
    AirQualityIndexChina = 81,

    /// <summary>The highest mean of four days in thirty as a multiple of what it may be, 2.5 times the chronic criterion at the mean pH
    /// and temperature of the thirty (EPA 822-R-13-001). Total ammonia nitrogen; only averages give it.</summary>
    AmmoniaFourDayRatio = 82,

    /// <summary>Whether a door of a cabinet is open: 1 where it is, else 0; between them the share of the time since the value before.
    /// </summary>
    DoorOpen = 90,

    /// <summary>Whether a pump runs: 1 where it does, else 0; between them the share of the time since the value before.</summary>
    PumpRunning = 91,

    /// <summary>Whether a valve or gate is open: 1 where it is, else 0; between them the share of the time since the value before.
    /// </summary>
    ValveOpen = 92,

    /// <summary>Inclination against the vertical or against where its instrument was put in, degrees. Its change is what tells of a
    /// slope.</summary>
    Tilt = 93,

    /// <summary>How far a point of a slope or a dam has moved since its instrument was put in, mm.</summary>
    Displacement = 94,

    /// <summary>Pressure of the water in the pores of a soil, relative to the air, kPa; below 0 where the soil draws.</summary>
    PorePressure = 95,
}

/// <summary>Names of measurands on MQTT, in the stores and in configuration. A contract: never rename, only add.</summary>
public static class MeasurandNames
{
    private static readonly (Measurand Measurand, string Wire, string Unit, string Label)[] Table =
    [
        (Measurand.Ph, "ph", "pH", "pH"),
        (Measurand.PhElectrode, "ph_electrode_mv", "mV", "pH electrode"),
        (Measurand.AmmoniumNitrogen, "ammonium_n_mg_l", "mg/L as N", "Ammonium (NH4-N)"),
        (Measurand.AmmoniumIon, "ammonium_ion_mg_l", "mg/L as NH4+", "Ammonium (NH4+)"),
        (Measurand.TotalAmmoniaNitrogen, "total_ammonia_n_mg_l", "mg/L as N", "Total ammonia (TAN)"),
        (Measurand.Potassium, "potassium_mg_l", "mg/L", "Potassium"),
        (Measurand.TurbidityNtu, "turbidity_ntu", "NTU", "Turbidity"),
        (Measurand.TurbidityFnu, "turbidity_fnu", "FNU", "Turbidity"),
        (Measurand.WaterTemperature, "water_temperature_c", "°C", "Water temperature"),
        (Measurand.Pm25, "pm25_ug_m3", "µg/m³", "PM2.5"),
        (Measurand.Pm10, "pm10_ug_m3", "µg/m³", "PM10"),
        (Measurand.AmmoniumElectrode, "ammonium_electrode_mv", "mV", "Ammonium electrode"),
        (Measurand.PotassiumElectrode, "potassium_electrode_mv", "mV", "Potassium electrode"),
        (Measurand.OxidationReduction, "orp_mv", "mV", "Redox potential"),
        (Measurand.Conductivity, "conductivity_us_cm", "µS/cm", "Conductivity"),
        (Measurand.SpecificConductance, "specific_conductance_us_cm", "µS/cm at 25 °C", "Conductivity at 25 °C"),
        (Measurand.DissolvedOxygen, "dissolved_oxygen_mg_l", "mg/L", "Dissolved oxygen"),
        (Measurand.Chlorophyll, "chlorophyll_ug_l", "µg/L", "Chlorophyll"),
        (Measurand.BlueGreenAlgae, "blue_green_algae_cells_ml", "cells/mL", "Blue-green algae"),
        (Measurand.WaterPressure, "water_pressure_mbar", "mbar", "Water pressure"),
        (Measurand.WaterLevel, "water_level_mm", "mm", "Water level"),
        (Measurand.Pm1, "pm1_ug_m3", "µg/m³", "PM1"),
        (Measurand.WindSpeed, "wind_speed_m_s", "m/s", "Wind speed"),
        (Measurand.WindDirection, "wind_direction_deg", "°", "Wind direction"),
        (Measurand.AirTemperature, "air_temperature_c", "°C", "Air temperature"),
        (Measurand.AirHumidity, "air_humidity_percent", "%", "Air humidity"),
        (Measurand.AirPressure, "air_pressure_hpa", "hPa", "Air pressure"),
        (Measurand.HousingTemperature, "housing_temperature_c", "°C", "Temperature in the housing"),
        (Measurand.HousingHumidity, "housing_humidity_percent", "%", "Humidity in the housing"),
        (Measurand.SupplyVoltage, "supply_voltage_v", "V", "Supply voltage"),
        (Measurand.SupplyCurrent, "supply_current_a", "A", "Supply current"),
        (Measurand.PulseCount, "pulse_count", "pulses", "Pulses"),
        (Measurand.RainTotal, "rain_total_mm", "mm", "Rain in all"),
        (Measurand.RainIntensity, "rain_intensity_mm_h", "mm/h", "Rain"),
        (Measurand.WaterVolume, "water_volume_l", "L", "Water in all"),
        (Measurand.WaterFlow, "water_flow_l_min", "L/min", "Flow"),
        (Measurand.SampleFlow, "sample_flow_ml_s", "mL/s", "Sample flow"),
        (Measurand.ProcessorTemperature, "processor_temperature_c", "°C", "Processor temperature"),
        (Measurand.Undervoltage, "undervoltage", "1 = yes", "Undervoltage"),
        (Measurand.DiskFree, "disk_free_mib", "MiB", "Free space"),
        (Measurand.MediumWear, "medium_wear_percent", "%", "Wear of the medium"),
        (Measurand.LoadAverage, "load_average", "processes", "Load"),
        (Measurand.GatewaySilence, "gateway_silence_min", "min", "Silence of the gateway"),
        (Measurand.CertificateDays, "certificate_days", "d", "Days until the certificate ends"),
        (Measurand.CalibrationDays, "calibration_days", "d", "Days until the calibration is due"),
        (Measurand.ClockError, "clock_error_s", "s", "Error of the clock"),
        (Measurand.UnionizedAmmoniaNitrogen, "unionized_ammonia_n_mg_l", "mg/L as N", "Un-ionized ammonia (NH3-N)"),
        (Measurand.UnionizedAmmonia, "unionized_ammonia_mg_l", "mg/L as NH3", "Un-ionized ammonia (NH3)"),
        (Measurand.AmmoniaAcuteCriterion, "ammonia_acute_criterion_mg_l", "mg/L as N", "Ammonia criterion, acute (CMC)"),
        (Measurand.AmmoniaChronicCriterion, "ammonia_chronic_criterion_mg_l", "mg/L as N", "Ammonia criterion, chronic (CCC)"),
        (Measurand.AmmoniaAcuteRatio, "ammonia_acute_ratio", "× CMC", "Ammonia to its acute criterion"),
        (Measurand.AmmoniaChronicRatio, "ammonia_chronic_ratio", "× CCC", "Ammonia to its chronic criterion"),
        (Measurand.Pm10Dry, "pm10_dry_ug_m3", "µg/m³", "PM10 without water"),
        (Measurand.Pm25Dry, "pm25_dry_ug_m3", "µg/m³", "PM2.5 without water"),
        (Measurand.Freeboard, "freeboard_mm", "mm", "Freeboard"),
        (Measurand.WaterBalanceResidual, "water_balance_residual_mm_d", "mm/d", "Unexplained change of level"),
        (Measurand.WindVectorSpeed, "wind_vector_speed_m_s", "m/s", "Wind speed, vector mean"),
        (Measurand.RainDepth, "rain_depth_mm", "mm", "Rain"),
        (Measurand.AirQualityIndexUs, "aqi_us", "AQI", "Air quality index of PM10 (US)"),
        (Measurand.AirQualityIndexChina, "iaqi_cn", "IAQI", "Air quality index of PM10 (China)"),
        (Measurand.AmmoniaFourDayRatio, "ammonia_four_day_ratio", "× 2.5 CCC", "Ammonia of four days to what it may be"),
        (Measurand.DoorOpen, "door_open", "1 = yes", "Door open"),
        (Measurand.PumpRunning, "pump_running", "1 = yes", "Pump running"),
        (Measurand.ValveOpen, "valve_open", "1 = yes", "Valve open"),
        (Measurand.Tilt, "tilt_deg", "°", "Tilt"),
        (Measurand.Displacement, "displacement_mm", "mm", "Displacement"),
        (Measurand.PorePressure, "pore_pressure_kpa", "kPa", "Pore pressure"),
    ];

    private static readonly Dictionary<string, Measurand> ByWireName =
        Table.ToDictionary(row => row.Wire, row => row.Measurand, StringComparer.Ordinal);

    private static readonly Dictionary<Measurand, (string Wire, string Unit, string Label)> ByMeasurand =
        Table.ToDictionary(row => row.Measurand, row => (row.Wire, row.Unit, row.Label));

    /// <summary>Every measurand that has a name, in the order of the enumeration.</summary>
    public static IReadOnlyList<Measurand> All { get; } = [.. Table.Select(row => row.Measurand)];

    extension(Measurand measurand)
    {
        /// <summary>Name on the wire and in the stores, the unit as its last word, for example <c>ammonium_n_mg_l</c>.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined measurand.</exception>
        public string WireName => Row(measurand).Wire;

        /// <summary>The unit as people write it, with its basis, for example <c>mg/L as N</c>.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined measurand.</exception>
        public string Unit => Row(measurand).Unit;

        /// <summary>Name for people, in English.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The value is not a defined measurand.</exception>
        public string Label => Row(measurand).Label;

        /// <summary>Whether no gateway measures it: the backend finds it, and keeps it for its rules alone.</summary>
        public bool IsFoundByBackend => measurand is >= Measurand.GatewaySilence and <= Measurand.ClockError;
    }

    /// <summary>Whether a value of the enumeration is defined, and so has a name.</summary>
    /// <param name="measurand">The value.</param>
    public static bool IsKnown(Measurand measurand) => ByMeasurand.ContainsKey(measurand);

    /// <summary>Finds a measurand by its wire name.</summary>
    /// <param name="name">The wire name, exact.</param>
    /// <param name="measurand">The measurand, where the name is known.</param>
    public static bool TryParse(string name, out Measurand measurand) => ByWireName.TryGetValue(name, out measurand);

    private static (string Wire, string Unit, string Label) Row(Measurand measurand) =>
        ByMeasurand.TryGetValue(measurand, out var row)
            ? row
            : throw new ArgumentOutOfRangeException(nameof(measurand), measurand, "Not a defined measurand.");
}
