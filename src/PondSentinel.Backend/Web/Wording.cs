using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web;

/// <summary>Numbers, flags and reasons in words for people.</summary>
internal static class Wording
{
    private static readonly (Why Why, string Words)[] Reasons =
    [
        (Why.NoAnswer, "nothing answers: check power, cable and connector"),
        (Why.TimedOut, "the device did not answer in time"),
        (Why.Refused, "the device refuses to answer"),
        (Why.Garbled, "the answer cannot be read: check the cable and its shield"),
        (Why.BusDown, "the port itself is gone: check the adapter"),
        (Why.DeviceFault, "the device reports that it is broken"),
        (Why.OverRange, "outside what the device can measure"),
        (Why.OutOfBounds, "outside the range set for this channel"),
        (Why.Maintenance, "in maintenance"),
        (Why.Calibrating, "being calibrated"),
        (Why.Spike, "a lone spike"),
        (Why.Rate, "changes faster than water does"),
        (Why.Flat, "has not moved for long"),
        (Why.Fog, "too humid for an optical dust sensor"),
        (Why.EstimatedTime, "the time is an estimate"),
        (Why.Unsaved, "sent from memory, the gateway's card took nothing"),
        (Why.WrongDevice, "another device answers than the one configured"),
        (Why.NotReady, "the device is still warming up"),
        (Why.Absent, "the part that would measure this is not fitted"),
        (Why.Uncompensated, "computed without the water's temperature or another ion"),
        (Why.Incomplete, "something may not have been counted since the value before"),
        (Why.Gap, "samples are missing before it"),
        (Why.Disagrees, "another probe of the same says something else"),
        (Why.Undervoltage, "the supply is too low"),
        (Why.OutOfWindow, "the water is outside what the electrode works in"),
        (Why.Implausible, "another probe says that it cannot be so"),
        (Why.Uncalibrated, "the record of its calibration cannot be read"),
        (Why.Other, "for a reason that this version does not know"),
    ];

    /// <summary>A number with as many digits as mean something.</summary>
    /// <param name="measurand">What it is.</param>
    /// <param name="value">The number.</param>
    public static string Number(Measurand measurand, double value)
    {
        var text = value.ToString("F" + Decimals(measurand, Math.Abs(value)), CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAnyExcept("-0.") ? text : text.TrimStart('-');
    }

    /// <summary>A flag as a word.</summary>
    /// <param name="flag">The flag.</param>
    public static string Flag(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "good",
        QualityFlag.NotEvaluated => "unchecked",
        QualityFlag.Suspect => "suspect",
        QualityFlag.Fail => "bad",
        QualityFlag.Missing => "missing",
        _ => "unknown",
    };

    /// <summary>Reasons as sentences.</summary>
    /// <param name="why">The reasons.</param>
    public static IReadOnlyList<string> ReasonsOf(Why why) =>
        [.. Reasons.Where(row => (why & row.Why) != 0).Select(row => row.Words)];

    /// <summary>Why records are lost, as a sentence.</summary>
    /// <param name="cause">The cause.</param>
    public static string Loss(LossCause cause) => cause switch
    {
        LossCause.Full => "the buffer was full",
        LossCause.Thin => "thinned: a mean stands for them",
        LossCause.Bad => "the card could not be read",
        LossCause.Space => "the disk was full",
        LossCause.Had => "stored before the backend forgot it",
        _ => "for a cause that this version does not know",
    };

    /// <summary>Where a gateway has its time from.</summary>
    /// <param name="source">The source.</param>
    public static string Clock(ClockSource source) => source switch
    {
        ClockSource.Gps => "satellite",
        ClockSource.Ntp => "network time",
        ClockSource.Rtc => "its own clock",
        ClockSource.Srv => "this backend",
        ClockSource.Est => "estimate",
        _ => source.ToString(),
    };

    // Three figures at most where an instrument has no more; pH, temperature and ammonium by what their probes resolve.
    private static int Decimals(Measurand measurand, double size) => measurand switch
    {
        Measurand.Ph => 2,
        Measurand.WaterTemperature or Measurand.AirTemperature or Measurand.HousingTemperature or Measurand.WindSpeed => 1,
        Measurand.AmmoniumNitrogen when size < 10 => 2,
        Measurand.PhElectrode or Measurand.Pm10 or Measurand.Pm25 or Measurand.Pm1 or Measurand.WindDirection
            or Measurand.AmmoniumElectrode or Measurand.PotassiumElectrode or Measurand.OxidationReduction
            or Measurand.WaterLevel or Measurand.AirHumidity or Measurand.HousingHumidity => 0,
        _ => size switch
        {
            >= 100 => 0,
            >= 10 => 1,
            >= 1 => 2,
            _ => 3,
        },
    };
}
