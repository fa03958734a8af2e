using System.Globalization;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Control;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Calibration;

/// <summary>One instrument that is taken through its standards, and what is known of it so far. Not thread-safe.</summary>
/// <param name="id">Name of the record that it will make.</param>
/// <param name="who">Who does it.</param>
/// <param name="uid">The user who asked for it.</param>
/// <param name="channel">The channel.</param>
/// <param name="instrument">The instrument.</param>
internal sealed class CalibrationRun(string id, string who, uint uid, CalibratedChannel channel, InstrumentCalibration instrument)
{
    private double celsius = 25;

    // What it was told of last, where nobody knows whether it has taken it.
    private HeldStandard? told;

    /// <summary>Name of the record that it will make.</summary>
    public string Id => id;

    /// <summary>The channel.</summary>
    public CalibratedChannel Channel => channel;

    /// <summary>Who does it.</summary>
    public string Who => who;

    /// <summary>The user who asked for it.</summary>
    public uint Uid => uid;

    /// <summary>Whether the probe was put into a standard: then it is not in the water.</summary>
    public bool HasStood { get; private set; }

    /// <summary>Whether it has come to its end.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether the instrument was told anything: then what it held before is gone, or may be.</summary>
    public bool HasTold { get; private set; }

    /// <summary>The standards in the order of the recipe, and what the instrument showed in those that it was told of.</summary>
    public IReadOnlyList<(HeldStandard Standard, StandardReading? Found, StandardReading? Left)> Steps =>
    [
        .. instrument.Standards.Select(standard => (
            standard,
            instrument.Found.FirstOrDefault(reading => reading.Name == standard.Name),
            instrument.Left.FirstOrDefault(reading => reading.Name == standard.Name))),
    ];

    /// <summary>The standards that it may be put into next: up to the first that must not be left out; that alone of which nobody knows
    /// whether it was taken.</summary>
    public IReadOnlyList<HeldStandard> Next
    {
        get
        {
            if (told is { } unknown)
            {
                return [.. instrument.Standards.Where(standard => standard.Name == unknown.Name)];
            }

            var left = instrument.Standards.Skip(TakenUpTo).ToList();
            var must = left.FindIndex(standard => !standard.IsOptional);
            return must < 0 ? left : left[..(must + 1)];
        }
    }

    /// <summary>Whether it has been through all standards that it must, and holds none of which nobody knows.</summary>
    public bool IsComplete => told is null && instrument.Left.Count > 0 && instrument.Standards.Skip(TakenUpTo).All(standard => standard.IsOptional);

    // The recipe's order is kept, so what is behind the last one that was taken has been left out.
    private int TakenUpTo => instrument.Left.Count == 0
        ? 0
        : instrument.Standards.ToList().FindIndex(standard => standard.Name == instrument.Left[^1].Name) + 1;

    /// <summary>Names of standards, for people.</summary>
    /// <param name="standards">The standards.</param>
    public static string Names(IReadOnlyList<HeldStandard> standards) =>
        standards.Count == 0 ? "none" : string.Join(" or ", standards.Select(standard => standard.Name));

    /// <summary>The standard of a value, where it may come next.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="ControlRefusedException">It may not.</exception>
    public HeldStandard NextOf(double value) => Next.FirstOrDefault(standard => standard.Is(value)) ?? throw new ControlRefusedException(
        Steps.FirstOrDefault(step => step.Left is not null && step.Standard.Is(value)) is { Standard: { } taken }
            ? $"{taken.Name} has been taken; next is {Names(Next)}"
            : FormattableString.Invariant($"{value} is not what comes next: {Names(Next)}"));

    /// <summary>Takes it through a standard.</summary>
    /// <param name="standard">One of <see cref="Next"/>, perhaps with the value of the bottle.</param>
    /// <param name="at">Temperature of the standard, °C.</param>
    /// <param name="lot">The lot on the bottle; null where nobody said.</param>
    /// <param name="telling">Called just before the instrument is told; where that throws, it is told nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where it was done; else what the instrument has against it.</returns>
    public async Task<Reading.Failed?> TakeAsync(
        HeldStandard standard, double at, string? lot, Action telling, CancellationToken cancellationToken)
    {
        (celsius, HasStood) = (at, true);
        var failure = await instrument.TakeAsync(
            standard,
            at,
            lot,
            _ =>
            {
                var before = (told, HasTold);
                (told, HasTold) = (standard, true);
                try
                {
                    telling();
                }
                catch
                {
                    (told, HasTold) = before;
                    throw;
                }
            },
            cancellationToken);
        told = failure is null ? null : told;
        return failure;
    }

    /// <summary>What it comes to, after the last standard.</summary>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CalibrationDraft> EndAsync(long nowMs, CancellationToken cancellationToken) =>
        instrument.Draft(who, celsius, nowMs, await instrument.AskAsync(cancellationToken)) with { Id = id };

    /// <summary>What it comes to where it ends here: a calibration that is refused, because the instrument holds a part of it.</summary>
    /// <param name="why">Why it ends.</param>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    public CalibrationDraft BrokenOff(string why, long nowMs) => instrument.Draft(who, celsius, nowMs, new HeldCalibration
    {
        Objections =
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"broken off after {instrument.Left.Count} of {instrument.Standards.Count} standards{(told is { } last ? $", as it was told of {last.Name}" : "")}: {why}; the instrument holds a part of it: begin again with the first"),
        ],
    }) with
    {
        Id = id,
    };
}
