using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Recalculation;

/// <summary>Events that tell of calibrations.</summary>
internal static class CalibrationEvents
{
    public static EventMessage Of(CalibrationRecord record, long number = 0) => new()
    {
        Gateway = "gz-07",
        Epoch = "7q2mzk4a",
        Number = number,
        TimeMs = 1_782_885_600_000,
        Clock = new ClockStamp(ClockSource.Ntp, 12),
        Device = record.Device,
        Type = "cal",
        Body = JsonElement.Parse($$"""{"what":"record","record":{{Encoding.UTF8.GetString(CalibrationCodec.Encode(record))}}}"""),
    };
}
