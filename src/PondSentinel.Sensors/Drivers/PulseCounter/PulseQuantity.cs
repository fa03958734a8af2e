using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>What pulses stand for, and what holds for it where its owner says nothing.</summary>
/// <param name="Total">The output of what has come together since counting began; null where that is nothing.</param>
/// <param name="Rate">The output of how fast it comes; null where nobody said what a pulse is.</param>
/// <param name="RatePerPulseASecond">What one unit a pulse comes to at one pulse a second, in the unit of <paramref name="Rate"/>.</param>
/// <param name="Usual">Debounce, highest rate and longest closing.</param>
internal sealed record PulseQuantity(
    SensorOutput? Total, SensorOutput? Rate, double RatePerPulseASecond, PulseLimits Usual)
{
    private const double SecondsPerHour = 3600;
    private const double SecondsPerMinute = 60;

    /// <summary>The pulses themselves.</summary>
    public static SensorOutput Count { get; } = new("count", Measurand.PulseCount);

    /// <summary>Pulses of which nobody has said what they are.</summary>
    public static PulseQuantity Plain { get; } = new(null, null, 0, new PulseLimits(TimeSpan.FromMilliseconds(50), 10, null));

    /// <summary>A tipping bucket; a pulse is so many millimetres. Reeds bounce: without a lock-out of 50 to 200 ms people saw 10 to
    /// 25 % too much. More than ten tips a second are no rain.</summary>
    public static PulseQuantity Rain { get; } = new(
        new SensorOutput("total", Measurand.RainTotal) { Method = "tipping bucket" },
        new SensorOutput("intensity", Measurand.RainIntensity) { Method = "tipping bucket" },
        SecondsPerHour,
        new PulseLimits(TimeSpan.FromMilliseconds(100), 10, TimeSpan.FromHours(1)));

    /// <summary>A cup anemometer; a pulse a second is so many metres a second. At rest its contact may be closed for days.</summary>
    public static PulseQuantity Wind { get; } = new(
        null,
        new SensorOutput("speed", Measurand.WindSpeed) { Method = "cups" },
        1,
        new PulseLimits(TimeSpan.FromMilliseconds(5), 100, null));

    /// <summary>A flow meter; a pulse is so many litres.</summary>
    public static PulseQuantity Flow { get; } = new(
        new SensorOutput("volume", Measurand.WaterVolume),
        new SensorOutput("flow", Measurand.WaterFlow),
        SecondsPerMinute,
        new PulseLimits(TimeSpan.FromMilliseconds(1), 500, null));

    /// <summary>The one of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static PulseQuantity Of(PulseKind kind) => kind switch
    {
        PulseKind.Rain => Rain,
        PulseKind.Wind => Wind,
        PulseKind.Flow => Flow,
        _ => Plain,
    };
}

/// <summary>What pulses of a contact can be.</summary>
/// <param name="Debounce">A closing counts only where the line has been still for so long.</param>
/// <param name="PerSecondMax">More pulses a second than this are none.</param>
/// <param name="ClosedMax">A contact that is closed for longer is stuck; null where it may be closed for ever.</param>
internal sealed record PulseLimits(TimeSpan Debounce, double PerSecondMax, TimeSpan? ClosedMax);

/// <summary>The kinds of pulses.</summary>
internal enum PulseKind
{
    /// <summary>Of which nobody has said what they are.</summary>
    Plain,

    /// <summary>Tips of a bucket.</summary>
    Rain,

    /// <summary>Turns of cups.</summary>
    Wind,

    /// <summary>Of a flow meter.</summary>
    Flow,
}
