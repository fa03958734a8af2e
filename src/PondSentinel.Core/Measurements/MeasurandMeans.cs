namespace PondSentinel.Measurements;

/// <summary>Measurands of which several values have no arithmetic mean.</summary>
public static class MeasurandMeans
{
    extension(Measurand measurand)
    {
        /// <summary>Whether it is an angle on a circle: 350° and 10° are north, not south, so its mean is that of
        /// <see cref="Air.WindMean"/>.</summary>
        public bool IsDirection => measurand == Measurand.WindDirection;

        /// <summary>Whether it is a total that goes on from value to value: of several the newest says all that the others do.</summary>
        public bool IsTotal => measurand is Measurand.PulseCount or Measurand.RainTotal or Measurand.WaterVolume;
    }
}
