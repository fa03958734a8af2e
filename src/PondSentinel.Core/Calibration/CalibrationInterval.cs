using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>How often channels are calibrated.</summary>
public static class CalibrationInterval
{
    // An early word, so that standards can be at hand.
    private const int LeadShare = 10;
    private static readonly TimeSpan LeadMax = TimeSpan.FromDays(7);

    /// <summary>What holds where neither the owner nor a probe's profile says.</summary>
    /// <remarks>Practice (sensor facts, section 10): pH in leachate 3 months, ion-selective electrodes 2 weeks, turbidity 6 months,
    /// all else that is calibrated a year.</remarks>
    /// <param name="measurand">What is measured.</param>
    /// <returns>The time; null for what nobody calibrates.</returns>
    public static TimeSpan? Of(Measurand measurand) => measurand switch
    {
        Measurand.Ph => TimeSpan.FromDays(90),
        Measurand.AmmoniumNitrogen or Measurand.AmmoniumIon or Measurand.TotalAmmoniaNitrogen or Measurand.Potassium =>
            TimeSpan.FromDays(14),
        Measurand.TurbidityNtu or Measurand.TurbidityFnu => TimeSpan.FromDays(180),
        Measurand.Conductivity or Measurand.SpecificConductance or Measurand.WaterLevel or Measurand.WaterPressure
            or Measurand.WindSpeed or Measurand.RainIntensity or Measurand.Pm1 or Measurand.Pm25 or Measurand.Pm10 =>
            TimeSpan.FromDays(365),
        _ => null,
    };

    /// <summary>How a calibration stands.</summary>
    /// <param name="calibratedMs">When it was done: UTC ms since 1970.</param>
    /// <param name="dueMs">When the next is due; null where nobody said.</param>
    /// <param name="nowMs">Now.</param>
    public static DueState StateOf(long calibratedMs, long? dueMs, long nowMs)
    {
        if (dueMs is not { } due)
        {
            return DueState.Good;
        }

        var lead = Math.Min(Math.Max(0, (double)due - calibratedMs) / LeadShare, LeadMax.TotalMilliseconds);
        return nowMs >= due ? DueState.Overdue : nowMs >= due - lead ? DueState.Due : DueState.Good;
    }
}

/// <summary>How a calibration stands.</summary>
public enum DueState
{
    /// <summary>The next one is some time away.</summary>
    Good,

    /// <summary>The next one is due within a tenth of the interval, and a week.</summary>
    Due,

    /// <summary>The next one should have been done.</summary>
    Overdue,
}
