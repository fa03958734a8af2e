namespace PondSentinel.Measurements;

/// <summary>Numbers beyond which no true value of a measurand lies.</summary>
public static class MeasurandRanges
{
    private const double PhMax = 14;
    private const double PercentMax = 100;
    private const double Circle = 360;
    private const double IndexMax = 500;

    extension(Measurand measurand)
    {
        /// <summary>Whether it is 1 for yes and 0 for no, or the share of a time, so that there can be no number beyond.</summary>
        public bool IsYesOrNo => measurand is Measurand.Undervoltage or Measurand.DoorOpen or Measurand.PumpRunning or Measurand.ValveOpen;

        /// <summary>Whether both ends of its true range are those of what it is, a share, a part of a whole, a direction or an index, so
        /// that its probes show no number beyond.</summary>
        public bool IsBounded => measurand.IsYesOrNo || measurand is Measurand.AirHumidity or Measurand.HousingHumidity or Measurand.WindDirection
            or Measurand.AirQualityIndexUs or Measurand.AirQualityIndexChina;

        /// <summary>Where true values lie, in the measurand's unit; an end that nobody knows is infinite. A probe that errs may show a number a
        /// little beyond it.</summary>
        public Band TrueRange => measurand switch
        {
            _ when measurand.IsYesOrNo => new Band(0, 1),
            Measurand.Ph => new Band(0, PhMax),
            Measurand.AirHumidity or Measurand.HousingHumidity => new Band(0, PercentMax),
            Measurand.WindDirection => new Band(0, Circle),
            Measurand.AirQualityIndexUs or Measurand.AirQualityIndexChina => new Band(0, IndexMax),
            Measurand.AmmoniumNitrogen or Measurand.AmmoniumIon or Measurand.TotalAmmoniaNitrogen or Measurand.Potassium
                or Measurand.TurbidityNtu or Measurand.TurbidityFnu or Measurand.Pm1 or Measurand.Pm25 or Measurand.Pm10
                or Measurand.Conductivity or Measurand.SpecificConductance or Measurand.DissolvedOxygen or Measurand.Chlorophyll
                or Measurand.BlueGreenAlgae or Measurand.WindSpeed or Measurand.WindVectorSpeed or Measurand.AirPressure or Measurand.PulseCount or Measurand.RainTotal
                or Measurand.RainIntensity or Measurand.RainDepth or Measurand.WaterVolume or Measurand.WaterFlow or Measurand.SampleFlow
                or Measurand.DiskFree or Measurand.MediumWear or Measurand.LoadAverage or Measurand.GatewaySilence or Measurand.ClockError
                or Measurand.UnionizedAmmoniaNitrogen or Measurand.UnionizedAmmonia or Measurand.AmmoniaAcuteCriterion
                or Measurand.AmmoniaChronicCriterion or Measurand.AmmoniaAcuteRatio or Measurand.AmmoniaChronicRatio
                or Measurand.AmmoniaFourDayRatio or Measurand.Pm10Dry or Measurand.Pm25Dry => new Band(0, double.PositiveInfinity),
            _ => new Band(double.NegativeInfinity, double.PositiveInfinity),
        };
    }
}
