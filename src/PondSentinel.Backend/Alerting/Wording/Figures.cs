using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting.Wording;

/// <summary>Numbers for people.</summary>
internal static class Figures
{
    private const string Exact = "0.####";

    /// <summary>A value with as many digits as mean something.</summary>
    /// <param name="measurand">What it is.</param>
    /// <param name="value">The value.</param>
    public static string Of(Measurand measurand, double value)
    {
        var text = value.ToString("F" + Decimals(measurand, Math.Abs(value)), CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAnyExcept("-0.") ? text : text.TrimStart('-');
    }

    /// <summary>A value that stands beside the limit it has crossed: never rounded onto the limit or over it, or the sentence would
    /// contradict itself.</summary>
    /// <param name="measurand">What it is; null where the number is of another unit than its values.</param>
    /// <param name="value">The value.</param>
    /// <param name="limit">The limit.</param>
    public static string Beside(Measurand? measurand, double value, double limit)
    {
        var rounded = measurand is { } known ? Of(known, value) : value.ToString("0.##", CultureInfo.InvariantCulture);
        return Math.Sign(double.Parse(rounded, CultureInfo.InvariantCulture).CompareTo(limit)) == Math.Sign(value.CompareTo(limit))
            ? rounded
            : value.ToString(Exact, CultureInfo.InvariantCulture);
    }

    /// <summary>A limit, as its author wrote it.</summary>
    /// <param name="limit">The limit.</param>
    public static string Limit(double limit) => limit.ToString("R", CultureInfo.InvariantCulture);

    // Three figures at most where an instrument has no more; pH, temperature and ammonium by what their probes resolve.
    private static int Decimals(Measurand measurand, double size) => measurand switch
    {
        Measurand.Ph => 2,
        Measurand.WaterTemperature or Measurand.AirTemperature or Measurand.HousingTemperature or Measurand.WindSpeed => 1,
        Measurand.AmmoniumNitrogen when size < 10 => 2,

        // What moves is of interest, however far from zero it stands.
        Measurand.Tilt => 3,
        Measurand.Displacement => 1,
        Measurand.Undervoltage or Measurand.DoorOpen or Measurand.PumpRunning or Measurand.ValveOpen => size is 0 or 1 ? 0 : 2,
        Measurand.PhElectrode or Measurand.Pm10 or Measurand.Pm25 or Measurand.Pm1 or Measurand.WindDirection
            or Measurand.AmmoniumElectrode or Measurand.PotassiumElectrode or Measurand.OxidationReduction
            or Measurand.WaterLevel or Measurand.AirHumidity or Measurand.HousingHumidity or Measurand.CertificateDays
            or Measurand.CalibrationDays => 0,
        _ => size switch
        {
            >= 100 => 0,
            >= 10 => 1,
            >= 1 => 2,
            _ => 3,
        },
    };
}
