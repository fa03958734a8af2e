using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>Names that stand in stores and archives for ever: adding is a line here, changing is a breach.</summary>
public sealed class WireNameTests
{
    [Theory]
    [InlineData(Measurand.Ph, 1, "ph", "pH")]
    [InlineData(Measurand.PhElectrode, 2, "ph_electrode_mv", "mV")]
    [InlineData(Measurand.AmmoniumNitrogen, 3, "ammonium_n_mg_l", "mg/L as N")]
    [InlineData(Measurand.AmmoniumIon, 4, "ammonium_ion_mg_l", "mg/L as NH4+")]
    [InlineData(Measurand.TotalAmmoniaNitrogen, 5, "total_ammonia_n_mg_l", "mg/L as N")]
    [InlineData(Measurand.Potassium, 6, "potassium_mg_l", "mg/L")]
    [InlineData(Measurand.TurbidityNtu, 7, "turbidity_ntu", "NTU")]
    [InlineData(Measurand.TurbidityFnu, 8, "turbidity_fnu", "FNU")]
    [InlineData(Measurand.WaterTemperature, 9, "water_temperature_c", "°C")]
    [InlineData(Measurand.Pm25, 10, "pm25_ug_m3", "µg/m³")]
    [InlineData(Measurand.Pm10, 11, "pm10_ug_m3", "µg/m³")]
    [InlineData(Measurand.AmmoniumElectrode, 12, "ammonium_electrode_mv", "mV")]
    [InlineData(Measurand.PotassiumElectrode, 13, "potassium_electrode_mv", "mV")]
    [InlineData(Measurand.OxidationReduction, 14, "orp_mv", "mV")]
    [InlineData(Measurand.Conductivity, 15, "conductivity_us_cm", "µS/cm")]
    [InlineData(Measurand.SpecificConductance, 16, "specific_conductance_us_cm", "µS/cm at 25 °C")]
    [InlineData(Measurand.DissolvedOxygen, 17, "dissolved_oxygen_mg_l", "mg/L")]
    [InlineData(Measurand.Chlorophyll, 18, "chlorophyll_ug_l", "µg/L")]
    [InlineData(Measurand.BlueGreenAlgae, 19, "blue_green_algae_cells_ml", "cells/mL")]
    [InlineData(Measurand.WaterPressure, 20, "water_pressure_mbar", "mbar")]
    [InlineData(Measurand.WaterLevel, 21, "water_level_mm", "mm")]
    [InlineData(Measurand.Pm1, 22, "pm1_ug_m3", "µg/m³")]
    [InlineData(Measurand.WindSpeed, 23, "wind_speed_m_s", "m/s")]
    [InlineData(Measurand.WindDirection, 24, "wind_direction_deg", "°")]
    [InlineData(Measurand.AirTemperature, 25, "air_temperature_c", "°C")]
    [InlineData(Measurand.AirHumidity, 26, "air_humidity_percent", "%")]
    [InlineData(Measurand.AirPressure, 27, "air_pressure_hpa", "hPa")]
    [InlineData(Measurand.HousingTemperature, 28, "housing_temperature_c", "°C")]
    [InlineData(Measurand.HousingHumidity, 29, "housing_humidity_percent", "%")]
    [InlineData(Measurand.SupplyVoltage, 40, "supply_voltage_v", "V")]
    [InlineData(Measurand.SupplyCurrent, 41, "supply_current_a", "A")]
    [InlineData(Measurand.PulseCount, 42, "pulse_count", "pulses")]
    [InlineData(Measurand.RainTotal, 43, "rain_total_mm", "mm")]
    [InlineData(Measurand.RainIntensity, 44, "rain_intensity_mm_h", "mm/h")]
    [InlineData(Measurand.WaterVolume, 45, "water_volume_l", "L")]
    [InlineData(Measurand.WaterFlow, 46, "water_flow_l_min", "L/min")]
    [InlineData(Measurand.SampleFlow, 47, "sample_flow_ml_s", "mL/s")]
    [InlineData(Measurand.ProcessorTemperature, 48, "processor_temperature_c", "°C")]
    [InlineData(Measurand.Undervoltage, 49, "undervoltage", "1 = yes")]
    [InlineData(Measurand.DiskFree, 50, "disk_free_mib", "MiB")]
    [InlineData(Measurand.MediumWear, 51, "medium_wear_percent", "%")]
    [InlineData(Measurand.LoadAverage, 52, "load_average", "processes")]
    [InlineData(Measurand.GatewaySilence, 53, "gateway_silence_min", "min")]
    [InlineData(Measurand.CertificateDays, 54, "certificate_days", "d")]
    [InlineData(Measurand.CalibrationDays, 55, "calibration_days", "d")]
    [InlineData(Measurand.ClockError, 56, "clock_error_s", "s")]
    [InlineData(Measurand.UnionizedAmmoniaNitrogen, 60, "unionized_ammonia_n_mg_l", "mg/L as N")]
    [InlineData(Measurand.UnionizedAmmonia, 61, "unionized_ammonia_mg_l", "mg/L as NH3")]
    [InlineData(Measurand.AmmoniaAcuteCriterion, 62, "ammonia_acute_criterion_mg_l", "mg/L as N")]
    [InlineData(Measurand.AmmoniaChronicCriterion, 63, "ammonia_chronic_criterion_mg_l", "mg/L as N")]
    [InlineData(Measurand.AmmoniaAcuteRatio, 64, "ammonia_acute_ratio", "× CMC")]
    [InlineData(Measurand.AmmoniaChronicRatio, 65, "ammonia_chronic_ratio", "× CCC")]
    [InlineData(Measurand.Pm10Dry, 66, "pm10_dry_ug_m3", "µg/m³")]
    [InlineData(Measurand.Pm25Dry, 67, "pm25_dry_ug_m3", "µg/m³")]
    [InlineData(Measurand.Freeboard, 68, "freeboard_mm", "mm")]
    [InlineData(Measurand.WaterBalanceResidual, 69, "water_balance_residual_mm_d", "mm/d")]
    [InlineData(Measurand.WindVectorSpeed, 70, "wind_vector_speed_m_s", "m/s")]
    [InlineData(Measurand.RainDepth, 71, "rain_depth_mm", "mm")]
    [InlineData(Measurand.AirQualityIndexUs, 80, "aqi_us", "AQI")]
    [InlineData(Measurand.AirQualityIndexChina, 81, "iaqi_cn", "IAQI")]
    [InlineData(Measurand.AmmoniaFourDayRatio, 82, "ammonia_four_day_ratio", "× 2.5 CCC")]
    [InlineData(Measurand.DoorOpen, 90, "door_open", "1 = yes")]
    [InlineData(Measurand.PumpRunning, 91, "pump_running", "1 = yes")]
    [InlineData(Measurand.ValveOpen, 92, "valve_open", "1 = yes")]
    [InlineData(Measurand.Tilt, 93, "tilt_deg", "°")]
    [InlineData(Measurand.Displacement, 94, "displacement_mm", "mm")]
    [InlineData(Measurand.PorePressure, 95, "pore_pressure_kpa", "kPa")]
    public void Measurand_keeps_its_number_name_and_unit(Measurand measurand, int number, string name, string unit)
    {
        Assert.Equal((number, name, unit), ((int)measurand, measurand.WireName, measurand.Unit));
        Assert.True(MeasurandNames.TryParse(name, out var parsed));
        Assert.Equal(measurand, parsed);
    }

    [Fact]
    public void Every_measurand_has_a_name_of_its_own()
    {
        var all = Enum.GetValues<Measurand>();

        Assert.Equal(67, all.Length);
        Assert.Equal(all, MeasurandNames.All);
        Assert.Equal(all.Length, all.Select(measurand => measurand.WireName).Distinct().Count());
        Assert.All(all, measurand => Assert.True(MeasurandNames.IsKnown(measurand)));
        Assert.All(all, measurand => Assert.False(string.IsNullOrEmpty(measurand.Label)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PH")]
    [InlineData("ph ")]
    [InlineData("nitrate_n_mg_l")]
    public void Other_names_are_not_guessed_at(string name) => Assert.False(MeasurandNames.TryParse(name, out _));

    [Fact]
    public void Undefined_measurand_has_no_name()
    {
        Assert.False(MeasurandNames.IsKnown((Measurand)0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((Measurand)999).WireName);
    }

    [Theory]
    [InlineData(Why.NoAnswer, 0, "no-answer")]
    [InlineData(Why.TimedOut, 1, "timed-out")]
    [InlineData(Why.Refused, 2, "refused")]
    [InlineData(Why.Garbled, 3, "garbled")]
    [InlineData(Why.BusDown, 4, "bus-down")]
    [InlineData(Why.DeviceFault, 5, "device-fault")]
    [InlineData(Why.OverRange, 6, "over-range")]
    [InlineData(Why.OutOfBounds, 7, "out-of-bounds")]
    [InlineData(Why.Maintenance, 8, "maint")]
    [InlineData(Why.Calibrating, 9, "calibrating")]
    [InlineData(Why.Spike, 10, "spike")]
    [InlineData(Why.Rate, 11, "rate")]
    [InlineData(Why.Flat, 12, "flat")]
    [InlineData(Why.Fog, 13, "fog")]
    [InlineData(Why.EstimatedTime, 14, "est-time")]
    [InlineData(Why.Unsaved, 15, "unsaved")]
    [InlineData(Why.WrongDevice, 16, "wrong-device")]
    [InlineData(Why.NotReady, 17, "not-ready")]
    [InlineData(Why.Absent, 18, "absent")]
    [InlineData(Why.Uncompensated, 20, "uncompensated")]
    [InlineData(Why.Incomplete, 21, "incomplete")]
    [InlineData(Why.Gap, 22, "gap")]
    [InlineData(Why.Disagrees, 27, "disagrees")]
    [InlineData(Why.Undervoltage, 28, "undervoltage")]
    [InlineData(Why.OutOfWindow, 29, "out-of-window")]
    [InlineData(Why.Implausible, 30, "implausible")]
    [InlineData(Why.Extrapolated, 34, "extrapolated")]
    [InlineData(Why.Other, 62, "other")]
    public void Reason_keeps_its_bit_and_token(Why why, int bit, string token)
    {
        Assert.Equal(1L << bit, (long)why);
        Assert.Equal([token], WhyTokens.Tokens(why));
        Assert.Equal(why, WhyTokens.Parse(token));
    }

    [Fact]
    public void Every_reason_has_a_token_of_its_own_and_comes_back_out_of_a_set()
    {
        var all = Enum.GetValues<Why>().Where(why => why != Why.None).ToArray();

        Assert.Equal(29, all.Length);
        Assert.Equal(all.Length, WhyTokens.Tokens(WhyTokens.All).Distinct().Count());
        Assert.Equal(WhyTokens.All, WhyTokens.Tokens(WhyTokens.All).Aggregate(Why.None, (set, token) => set | WhyTokens.Parse(token)));
        Assert.Equal(Why.Other, WhyTokens.Parse("of-tomorrow"));
        Assert.Empty(WhyTokens.Tokens(Why.None));
    }

    [Fact]
    public void Every_fault_has_its_reason() => Assert.Equal(
        ["no-answer", "timed-out", "refused", "garbled", "bus-down", "wrong-device", "device-fault", "not-ready", "absent", "uncompensated", "incomplete", "over-range"],
        Enum.GetValues<SensorFault>().Select(fault => WhyTokens.Tokens(fault.Why).Single()));

    [Fact]
    public void Flags_are_the_numbers_of_qartod() =>
        Assert.Equal([1, 2, 3, 4, 9], Enum.GetValues<QualityFlag>().Select(flag => (int)flag));

    [Fact]
    public void Clock_sources_and_causes_keep_their_tokens()
    {
        Assert.Equal(["gps", "ntp", "rtc", "srv", "est"], Enum.GetValues<ClockSource>().Select(source => source.Token));
        Assert.All(Enum.GetValues<ClockSource>(), source =>
            Assert.True(ClockSourceTokens.TryParse(source.Token, out var parsed) && parsed == source));
        Assert.False(ClockSourceTokens.TryParse("NTP", out _));
        Assert.Equal(["full", "thin", "bad", "space", "had", "other"], Enum.GetValues<LossCause>().Select(cause => cause.Token));
        Assert.All(Enum.GetValues<LossCause>(), cause =>
            Assert.True(LossCauses.TryParse(cause.Token, out var parsed) && parsed == cause));
    }
}
