using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Time;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>Tells of a device's troubles: when they begin, change and end, not at every poll.</summary>
/// <remarks>Each is an event of type <c>fault</c> and a line in the journal; a device that flaps has
/// <see cref="HourlyAllowance.PerHour"/> an hour, then one with the count. Not thread-safe.</remarks>
/// <param name="device">The device.</param>
/// <param name="where">Its place, for people.</param>
/// <param name="line">The kind of line it hangs on.</param>
/// <param name="shared">Whether it shares its line with others.</param>
/// <param name="sink">Where events go.</param>
/// <param name="log">The journal.</param>
internal sealed class FaultReport(string device, string where, LineKind line, bool shared, RecordSink sink, ILogger log)
{
    private readonly HourlyAllowance allowance = new();
    private DeviceTrouble? present;
    private TimeSpan since;

    /// <summary>Whether others hang on its line now.</summary>
    public bool IsShared { get; set; } = shared;

    /// <summary>Takes note of a poll.</summary>
    /// <param name="reading">What came of it.</param>
    /// <param name="clock">When it was.</param>
    public void Note(Reading reading, ClockReading clock)
    {
        var trouble = DeviceTrouble.In(reading);
        var detail = DetailOf(reading, trouble);
        var refused = allowance.TakeRefused(clock.BootTime);
        if (trouble != present)
        {
            var lasted = clock.BootTime - since;
            var before = present;
            (present, since) = (trouble, clock.BootTime);
            if (refused > 0 || allowance.TryTake(clock.BootTime))
            {
                Tell(before, lasted, detail, refused, clock);
            }
        }
        else if (refused > 0)
        {
            Tell(null, TimeSpan.Zero, detail, refused, clock);
        }
    }

    private static string DetailOf(Reading reading, DeviceTrouble? trouble) => reading switch
    {
        Reading.Failed failed => failed.Detail,
        Reading.Measured measured => measured.Outputs.FirstOrDefault(
            output => output.Fault == trouble?.Fault && output.Detail is not null).Detail ?? "",
        _ => "",
    };

    private void Tell(DeviceTrouble? before, TimeSpan lasted, string detail, int refused, ClockReading clock)
    {
        detail = EventJson.Cut(detail);

        sink.AppendEvent("fault", device, clock, Body(before, lasted, detail, refused));
        if (present is { } trouble)
        {
            log.LogWarning(
                "{Device}: {Trouble} {Outputs}{Detail}; {Hint}",
                device,
                trouble.Token,
                trouble.Outputs.Length == 0 ? "" : $"({trouble.Outputs}) ",
                detail,
                FaultHints.For(trouble.Fault, where, line, IsShared, trouble.Outputs.Length > 0));
        }
        else
        {
            log.LogInformation(
                "{Device}: measures again after {Lasted:0} s{Detail}", device, lasted.TotalSeconds, detail.Length == 0 ? "" : $"; {detail}");
        }

        if (refused > 0)
        {
            log.LogWarning("{Device}: {Refused} more changes in the last hour were not reported", device, refused);
        }
    }

    private byte[] Body(DeviceTrouble? before, TimeSpan lasted, string detail, int refused) => EventJson.Of(refused, json =>
    {
        if (present is { } trouble)
        {
            json.WriteString("fault", trouble.Token);
            if (trouble.Outputs.Length > 0)
            {
                json.WriteString("outputs", trouble.Outputs);
            }

            if (detail.Length > 0)
            {
                json.WriteString("detail", detail);
            }

            json.WriteString("hint", FaultHints.For(trouble.Fault, where, line, IsShared, trouble.Outputs.Length > 0));
        }
        else
        {
            // What the device says itself of the trouble that is over.
            json.WriteNull("fault");
            if (detail.Length > 0)
            {
                json.WriteString("detail", detail);
            }
        }

        if (before is { } ended)
        {
            json.WriteString("was", ended.Token);
            json.WriteNumber("lasted_s", (long)lasted.TotalSeconds);
        }
    });
}
