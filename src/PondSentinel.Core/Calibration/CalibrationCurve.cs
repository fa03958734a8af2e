using PondSentinel.Chemistry;

namespace PondSentinel.Calibration;

/// <summary>From the raw number to the value. Pure.</summary>
/// <remarks>An electrode's potential is first referred to the temperature of the standards: it grows with the absolute temperature
/// from a point where all temperatures agree. Glass has that point at pH 7. Of ion-selective electrodes nobody knows it; the lowest
/// standard is taken.</remarks>
public sealed class CalibrationCurve : IEquatable<CalibrationCurve>
{
    /// <summary>Where glass has no difference between temperatures.</summary>
    private const double IsopotentialPh = 7;

    private readonly double pivot;

    private CalibrationCurve(CalibrationKind kind, PiecewiseLine line, double celsius, double pivot) =>
        (Kind, Line, Celsius, this.pivot) = (kind, line, celsius, pivot);

    /// <summary>What it makes of the raw number; never <see cref="CalibrationKind.Instrument"/>.</summary>
    public CalibrationKind Kind { get; }

    /// <summary>The line: raw to value; for an ion-selective electrode to the decimal logarithm of the value.</summary>
    public PiecewiseLine Line { get; }

    /// <summary>Temperature of the standards, °C.</summary>
    public double Celsius { get; }

    /// <summary>Makes a curve.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="line">The line.</param>
    /// <param name="celsius">Temperature of the standards, °C.</param>
    /// <returns>The curve; null where kind, line or temperature make none.</returns>
    public static CalibrationCurve? Of(CalibrationKind kind, PiecewiseLine? line, double celsius)
    {
        if (line is null || kind is CalibrationKind.Instrument || !double.IsFinite(celsius) || Nernst.Kelvin(celsius) <= 0)
        {
            return null;
        }

        var pivot = kind switch
        {
            CalibrationKind.PhElectrode => line.Inverse(IsopotentialPh),
            CalibrationKind.IonElectrode => line.Knots.MinBy(knot => knot.Y).X,
            _ => 0,
        };
        return double.IsFinite(pivot) ? new CalibrationCurve(kind, line, celsius, pivot) : null;
    }

    /// <summary>The curve of a glass electrode.</summary>
    /// <param name="electrode">The electrode; its slope is not 0.</param>
    public static CalibrationCurve? Of(PhElectrode electrode) => Of(
        CalibrationKind.PhElectrode,
        PiecewiseLine.Through(
        [
            new Knot(electrode.AtPh7.Value, IsopotentialPh), new Knot(electrode.AtPh7.Value - electrode.SlopeMillivolts, IsopotentialPh + 1),
        ]),
        electrode.BuffersCelsius);

    /// <summary>The curve of an ion-selective electrode.</summary>
    /// <param name="electrode">The electrode; its slope is not 0.</param>
    public static CalibrationCurve? Of(IonElectrode electrode)
    {
        var first = new Knot(electrode.AtStandard.Value, Math.Log10(electrode.StandardMilligramsPerLitre));
        return Of(
            CalibrationKind.IonElectrode,
            PiecewiseLine.Through([first, new Knot(first.X + electrode.SlopeMillivolts, first.Y + 1)]),
            electrode.StandardsCelsius);
    }

    /// <summary>The value.</summary>
    /// <param name="raw">The raw number.</param>
    /// <param name="celsius">Temperature of the water; where nobody knows it that of the standards is taken. Asked for by electrodes
    /// alone.</param>
    /// <returns>The value, in the channel's unit; not a finite number where the raw one is none, or far beyond all standards.</returns>
    public double At(double raw, double? celsius = null)
    {
        var y = Line.At(Kind.IsElectrode ? Referred(raw, celsius ?? Celsius) : raw);
        return Kind == CalibrationKind.IonElectrode ? Math.Pow(10, y) : y;
    }

    /// <summary>The potential of an electrode in a standard.</summary>
    /// <param name="standard">Value of the standard.</param>
    /// <param name="celsius">Its temperature, °C.</param>
    /// <returns>mV; not a finite number where the standard is none.</returns>
    internal double PotentialIn(double standard, double celsius) =>
        pivot + ((Line.Inverse(OnLine(Kind, standard)) - pivot) * Nernst.Kelvin(celsius) / Nernst.Kelvin(Celsius));

    /// <inheritdoc/>
    public bool Equals(CalibrationCurve? other) =>
        other is not null && Kind == other.Kind && Celsius.Equals(other.Celsius) && Line.Equals(other.Line);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CalibrationCurve);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Line, Celsius);

    /// <summary>What a value is on the line.</summary>
    /// <param name="kind">The kind of curve.</param>
    /// <param name="value">The value, in the channel's unit.</param>
    internal static double OnLine(CalibrationKind kind, double value) =>
        kind == CalibrationKind.IonElectrode ? Math.Log10(value) : value;

    private double Referred(double potential, double celsius) =>
        pivot + ((potential - pivot) * Nernst.Kelvin(Celsius) / Nernst.Kelvin(celsius));
}
