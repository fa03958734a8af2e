using System.Globalization;
using PondSentinel.Chemistry;
using PondSentinel.Measurements;

namespace PondSentinel.Calibration;

/// <summary>What readings in standards make of a channel, and whether that is accepted. Pure; no numbers make it throw.</summary>
/// <remarks>Two and three standards are met exactly, by straight pieces between them. A single one moves what was in force, and keeps
/// its slopes; where nothing was, the slope is an ideal one. Decision 0031 tells why.</remarks>
public sealed record CalibrationFit
{
    /// <summary>Most standards of one calibration.</summary>
    public const int StandardsMax = 3;

    private const double NeutralPh = 7;

    /// <summary>From raw to value; null where the readings give none.</summary>
    public CalibrationCurve? Curve { get; private init; }

    /// <summary>What the instrument shows for each unit of the standards, percent of what it should, of each piece from the lowest
    /// standard up; empty where there is no curve.</summary>
    public IReadOnlyList<double> SlopePercent { get; private init; } = [];

    /// <summary>What it shows where it should show nothing: mV at pH 7 of a glass electrode, mV at 1 mg/L of an ion-selective one,
    /// pH too much at pH 7 of a pH meter, else the raw number at 0; null where there is no curve.</summary>
    public double? Offset { get; private init; }

    /// <summary>Why it is refused, a sentence each; empty where it is accepted.</summary>
    public IReadOnlyList<string> Reasons { get; private init; } = [];

    /// <summary>Whether it may come into force.</summary>
    public bool IsAccepted => Curve is not null && Reasons.Count == 0;

    /// <summary>Fits readings.</summary>
    /// <param name="kind">What is to be made of the raw number; not <see cref="CalibrationKind.Instrument"/>.</param>
    /// <param name="measurand">What is calibrated.</param>
    /// <param name="readings">What the instrument showed in its standards.</param>
    /// <param name="celsius">Temperature of the standards, °C.</param>
    /// <param name="before">What was in force; null where nothing was.</param>
    /// <exception cref="ArgumentException">The kind is that of an instrument, which fits by itself.</exception>
    public static CalibrationFit Of(
        CalibrationKind kind, Measurand measurand, IReadOnlyList<StandardReading> readings, double celsius, CalibrationCurve? before = null)
    {
        if (kind == CalibrationKind.Instrument)
        {
            throw new ArgumentException("An instrument that holds its calibration fits by itself.", nameof(kind));
        }

        var limits = CalibrationLimits.Of(kind, measurand);
        if (Unusable(kind, limits, readings, celsius) is { Count: > 0 } unusable)
        {
            return new CalibrationFit { Reasons = unusable };
        }

        var sorted = readings.OrderBy(reading => reading.Standard).ToList();
        var line = sorted is [var only]
            ? Alone(kind, only, celsius, before?.Kind == kind ? before : null)
            : PiecewiseLine.Through(sorted.Select(reading => Place(kind, reading)));
        if (CalibrationCurve.Of(kind, line, celsius) is not { } curve)
        {
            return new CalibrationFit
            {
                Reasons = ["the readings do not rise or fall with the standards: two were taken for each other, or one was not stable"],
            };
        }

        var slopes = Slopes(curve);
        var offset = OffsetOf(curve, measurand);
        return new CalibrationFit
        {
            Curve = curve,
            SlopePercent = slopes,
            Offset = offset,
            Reasons = [.. TooClose(limits, sorted), .. Moved(limits, sorted, celsius, before?.Kind == kind ? before : null, measurand.Unit), .. Beyond(limits, slopes, offset, kind == CalibrationKind.PhElectrode ? "mV" : measurand.Unit)],
        };
    }

    /// <summary>What is wrong with slopes and an offset.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="slopePercent">The slopes, percent.</param>
    /// <param name="offset">The offset; null where nobody knows it.</param>
    /// <param name="unit">The offset's unit.</param>
    public static IReadOnlyList<string> Beyond(
        CalibrationLimits limits, IReadOnlyList<double> slopePercent, double? offset, string unit)
    {
        List<string> reasons = [];
        foreach (var slope in slopePercent.Where(slope => !limits.SlopePercent.Contains(slope)))
        {
            reasons.Add(slope < 0
                ? Text($"the slope has the wrong sign ({slope:0.#} %): two standards were taken for each other, or the leads are")
                : Text($"slope {slope:0.#} % is outside {limits.SlopePercent.Low} to {limits.SlopePercent.High} %: check the standards, clean or replace the sensor"));
        }

        if (offset is { } zero && limits.OffsetMax is { } most && !(Math.Abs(zero) <= most))
        {
            reasons.Add(Text($"offset {zero:0.##} {unit} is beyond ±{most} {unit}: check the standards, clean or replace the sensor"));
        }

        return reasons;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static List<string> Unusable(
        CalibrationKind kind, CalibrationLimits limits, IReadOnlyList<StandardReading> readings, double celsius)
    {
        List<string> reasons = [];
        if (readings.Count is < 1 or > StandardsMax)
        {
            reasons.Add(Text($"{readings.Count} standards: a calibration has 1 to {StandardsMax}"));
        }

        if (readings.Any(reading => !double.IsFinite(reading.Standard) || !double.IsFinite(reading.Raw)))
        {
            reasons.Add("a standard or a reading is no number");
        }
        else if (limits.Standards is { } possible && readings.FirstOrDefault(reading => !possible.Contains(reading.Standard)) is { } outside)
        {
            reasons.Add(Text($"a standard of {outside.Standard} is outside {possible.Low} to {possible.High}: write its value, not the reading"));
        }

        if (kind == CalibrationKind.Scale && readings is [{ Standard: 0 }])
        {
            reasons.Add("a single standard of 0 sets no factor: take one that holds something");
        }

        if (readings.Select(reading => reading.Standard).Distinct().Count() < readings.Count)
        {
            reasons.Add("the same standard twice: each counts once");
        }

        if (kind.IsElectrode && !limits.Celsius.Contains(celsius))
        {
            reasons.Add(Text($"standards at {celsius} °C: an electrode is calibrated at {limits.Celsius.Low} to {limits.Celsius.High} °C"));
        }

        return reasons;
    }

    private static IEnumerable<string> TooClose(CalibrationLimits limits, List<StandardReading> sorted) => sorted
        .Zip(sorted.Skip(1))
        .Where(pair => pair.Second.Standard - pair.First.Standard < limits.ApartMin || pair.Second.Standard / pair.First.Standard < limits.RatioMin)
        .Select(pair => limits.ApartMin is { } apart
            ? Text($"the standards {pair.First.Standard} and {pair.Second.Standard} are less than {apart} apart")
            : Text($"the standards {pair.First.Standard} and {pair.Second.Standard} are not ten times apart"));

    // The slope of one standard is that of before, so only how far it moves the line shows a wrong one.
    private static IEnumerable<string> Moved(CalibrationLimits limits, List<StandardReading> sorted, double celsius, CalibrationCurve? before, string unit)
    {
        if (sorted is not [var only])
        {
            yield break;
        }

        // Where nothing was, not even an electrode in the settings, nobody knows what it showed.
        if (limits.ShiftMaxMillivolts is { } millivolts && before is not null
            && only.Raw - before.PotentialIn(only.Standard, celsius) is var moved && !(Math.Abs(moved) <= millivolts))
        {
            yield return Text($"one standard of {only.Standard} moves it by {moved:0.#} mV, beyond ±{millivolts} mV: check the bottle, its value and the electrode, or take two standards");
        }

        if (limits.ShiftMax is not { } least)
        {
            yield break;
        }

        var shift = only.Standard - (before?.Line.At(only.Raw) ?? only.Raw);
        var most = Math.Max(least, limits.ShiftPercentMax / 100 * Math.Abs(only.Standard));
        if (!(Math.Abs(shift) <= most))
        {
            yield return Text($"one standard of {only.Standard} moves all values by {shift:0.##} {unit}, beyond ±{most:0.##} {unit}: check the standard and the reading, clean the sensor, or take two standards");
        }
    }

    private static Knot Place(CalibrationKind kind, StandardReading reading) =>
        new(reading.Raw, CalibrationCurve.OnLine(kind, reading.Standard));

    // What was in force, moved so that it meets the one standard.
    private static PiecewiseLine? Alone(CalibrationKind kind, StandardReading only, double celsius, CalibrationCurve? before)
    {
        var at = Place(kind, only);
        if (kind.IsElectrode)
        {
            if (before is null)
            {
                var ideal = kind == CalibrationKind.PhElectrode ? -Nernst.SlopeMillivolts(celsius) : Nernst.SlopeMillivolts(celsius);
                return PiecewiseLine.Through([at, new Knot(at.X + ideal, at.Y + 1)]);
            }

            // The slopes before, at the temperature of this standard.
            var place = before.Line.Inverse(at.Y);
            var grown = Nernst.Kelvin(celsius) / Nernst.Kelvin(before.Celsius);
            return before.Line.Moved(knot => knot with { X = at.X + ((knot.X - place) * grown) });
        }

        var same = before?.Line ?? PiecewiseLine.Through([new Knot(0, 0), new Knot(1, 1)])!;
        var told = same.At(at.X);
        return kind == CalibrationKind.Scale
            ? same.Moved(knot => knot with { Y = knot.Y * (at.Y / told) })
            : same.Moved(knot => knot with { Y = knot.Y + (at.Y - told) });
    }

    // From the lowest standard up, which is from the right where the potential falls.
    private static IReadOnlyList<double> Slopes(CalibrationCurve curve)
    {
        var ideal = curve.Kind switch
        {
            CalibrationKind.PhElectrode => -Nernst.SlopeMillivolts(curve.Celsius),
            CalibrationKind.IonElectrode => Nernst.SlopeMillivolts(curve.Celsius),
            _ => 1,
        };
        var slopes = curve.Line.Slopes.Select(slope => 100 / slope / ideal);
        return [.. curve.Line.Slopes[0] > 0 ? slopes : slopes.Reverse()];
    }

    private static double OffsetOf(CalibrationCurve curve, Measurand measurand) => curve.Kind switch
    {
        CalibrationKind.PhElectrode => curve.Line.Inverse(NeutralPh),
        CalibrationKind.IonElectrode => curve.Line.Inverse(0),
        _ when measurand == Measurand.Ph => curve.Line.Inverse(NeutralPh) - NeutralPh,
        _ => curve.Line.Inverse(0),
    };
}
