using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>A calibration as it was done: dated, and never changed. A mistake in one is mended by another.</summary>
public sealed record CalibrationRecord
{
    /// <summary>Most characters of <see cref="By"/>.</summary>
    public const int ByLengthMax = 64;

    /// <summary>Most characters of <see cref="Model"/> and <see cref="Serial"/>.</summary>
    public const int InstrumentLengthMax = 64;

    /// <summary>Most characters of a note and of a reason.</summary>
    public const int TextLengthMax = 200;

    /// <summary>Most reasons.</summary>
    public const int ReasonsMax = 8;

    /// <summary>Its name, unique within the gateway: <c>[a-z0-9-]{1,32}</c>. Goes with every value that it made.</summary>
    public required string Id { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The channel of the device.</summary>
    public required string Channel { get; init; }

    /// <summary>What the channel's values are. A record of another measurand is not one of this channel's.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>Model of the instrument, an id of the sensor catalogue. Another model is another instrument.</summary>
    public required string Model { get; init; }

    /// <summary>Serial number of the instrument; null where nobody noted it. Another number is another instrument.</summary>
    public string? Serial { get; init; }

    /// <summary>When it was done: UTC ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>Who did it.</summary>
    public required string By { get; init; }

    /// <summary>What it makes of the raw number.</summary>
    public required CalibrationKind Kind { get; init; }

    /// <summary>Temperature of the standards, °C.</summary>
    public required double Celsius { get; init; }

    /// <summary>What the instrument showed before anything was done to it: what its drift is told by. May be empty.</summary>
    public IReadOnlyList<StandardReading> AsFound { get; init; } = [];

    /// <summary>What it showed after cleaning, and what the line goes through; of an instrument that holds its calibration what it
    /// showed in the end.</summary>
    public IReadOnlyList<StandardReading> AsLeft { get; init; } = [];

    /// <summary>The line of the curve; null where the readings gave none, and for <see cref="CalibrationKind.Instrument"/>.</summary>
    public PiecewiseLine? Line { get; init; }

    /// <summary>Slopes, percent of what they should be: <see cref="CalibrationFit.SlopePercent"/>.</summary>
    public IReadOnlyList<double> SlopePercent { get; init; } = [];

    /// <summary>Offset: <see cref="CalibrationFit.Offset"/>.</summary>
    public double? Offset { get; init; }

    /// <summary>Why it is refused, a sentence each; empty where it is accepted.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>When the next one is due: UTC ms since 1970; null where nobody said.</summary>
    public long? DueMs { get; init; }

    /// <summary>What else is to be known; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it may be in force.</summary>
    public bool IsAccepted => Reasons.Count == 0;

    /// <summary>From raw to value; null where it makes nothing of the raw number.</summary>
    public CalibrationCurve? Curve => CalibrationCurve.Of(Kind, Line, Celsius);

    /// <summary>Whether it is of this very instrument and channel, as far as anybody knows.</summary>
    /// <param name="measurand">What the channel's values are.</param>
    /// <param name="model">Model of the device.</param>
    /// <param name="serial">Its serial number; null where nobody noted it.</param>
    public bool IsOf(Measurand measurand, string model, string? serial) =>
        Measurand == measurand && string.Equals(Model, model, StringComparison.Ordinal)
        && (Serial is null || serial is null || string.Equals(Serial, serial, StringComparison.Ordinal));

    /// <summary>The record of what was fitted.</summary>
    /// <param name="fit">The fit.</param>
    public CalibrationRecord With(CalibrationFit fit) => this with
    {
        Line = fit.Curve?.Line,
        SlopePercent = fit.SlopePercent,
        Offset = fit.Offset,
        Reasons = fit.Reasons,
    };
}
