using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Gateway.Calibration;

/// <summary>Channels and records for tests.</summary>
internal static class CalibrationBench
{
    public const long NowMs = 1_767_225_600_000;

    public const long DayMs = 86_400_000;

    /// <summary>A pH meter that shows pH: channel <c>ph</c>.</summary>
    public static CalibratedChannel Ph { get; } =
        new("probe", "ph", new SensorOutput("ph", Measurand.Ph), "probe", null, TimeSpan.FromDays(90));

    /// <summary>An electrode behind an analog input.</summary>
    public static CalibratedChannel Electrode { get; } = new(
        "adc", "ph",
        new SensorOutput("ph", Measurand.Ph)
        {
            Electrode = CalibrationCurve.Of(new PondSentinel.Chemistry.PhElectrode(new Millivolts(0), 59.16, 25)),
        },
        "ti-ads1115", null, TimeSpan.FromDays(90));

    /// <summary>A calibration of the meter: it shows so much too much.</summary>
    public static CalibrationRecord Record(string id, double tooMuch = 0.1, long timeMs = NowMs) =>
        Draft(id, timeMs, new(4.01, 4.01 + tooMuch), new(6.86, 6.86 + tooMuch)).Complete(Ph, [], _ => false);

    public static CalibrationDraft Draft(string? id, long timeMs, params StandardReading[] left) =>
        new() { Id = id, By = "Li", TimeMs = timeMs, AsLeft = left };
}
