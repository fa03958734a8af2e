using System.Globalization;
using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>Settings of a contact whose pulses are counted.</summary>
/// <param name="Quantity">What they stand for.</param>
/// <param name="PerPulse">Its units a pulse: mm, m/s at one pulse a second, litres. Above 0.</param>
/// <param name="Offset">Of wind: m/s at which the cups begin to turn, added while they do.</param>
/// <param name="ClosesHigh">Whether the line is high while the contact is closed.</param>
/// <param name="Pull">What holds the line while it is open.</param>
/// <param name="Limits">What pulses can be.</param>
internal sealed record PulseSettings(
    PulseQuantity Quantity, double PerPulse, double Offset, bool ClosesHigh, GpioPull Pull, PulseLimits Limits) : SensorSettings
{
    private const double PerPulseMin = 1e-6;
    private const double PerPulseMax = 1e6;
    private const double OffsetMax = 5;
    private const double PerSecondMin = 0.01;
    private const double PerSecondMax = 10_000;
    private static readonly TimeSpan DebounceMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosedMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClosedMax = TimeSpan.FromDays(1);

    private static readonly Dictionary<string, PulseKind> Kinds = new(StringComparer.Ordinal)
    {
        ["rain"] = PulseKind.Rain, ["wind"] = PulseKind.Wind, ["flow"] = PulseKind.Flow,
    };

    /// <summary>A contact to ground whose pulses are only counted.</summary>
    public static PulseSettings Usual { get; } =
        new(PulseQuantity.Plain, 1, 0, ClosesHigh: false, GpioPull.Up, PulseQuantity.Plain.Usual);

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs { get; } =
        [PulseQuantity.Count, .. new[] { Quantity.Total, Quantity.Rate }.OfType<SensorOutput>()];

    /// <summary>Reads them.</summary>
    /// <param name="section">The device's table.</param>
    public static SensorSettings? Read(TomlSection section)
    {
        var kind = section.Word("quantity", Kinds);
        var quantity = PulseQuantity.Of(kind ?? PulseKind.Plain);
        var perPulse = kind is null ? 1 : section.Number("per_pulse", PerPulseMin, PerPulseMax, required: true);
        var offset = kind == PulseKind.Wind ? section.Number("offset", 0, OffsetMax) : 0;
        var closesHigh = section.Word("closes", GpioWords.Levels) ?? false;
        var usual = quantity.Usual;
        var limits = new PulseLimits(
            section.Duration("debounce", TimeSpan.Zero, DebounceMax) ?? usual.Debounce,
            section.Number("max_rate", PerSecondMin, PerSecondMax) ?? usual.PerSecondMax,
            section.Duration("closed_max", ClosedMin, ClosedMax) ?? usual.ClosedMax);
        if (limits.PerSecondMax * limits.Debounce.TotalSeconds > 1)
        {
            section.Report(
                section.Has("debounce") ? "debounce" : "max_rate",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{limits.PerSecondMax:0.##} pulses a second are closer together than the debounce of {Units.Text(limits.Debounce)}"),
                "shorten debounce or lower max_rate");
        }

        return (section.Has("quantity") && kind is null) || perPulse is not { } units
            ? null
            : new PulseSettings(
                quantity,
                units,
                offset ?? 0,
                closesHigh,
                section.Word("pull", GpioWords.Pulls) ?? (closesHigh ? GpioPull.Down : GpioPull.Up),
                limits);
    }
}
