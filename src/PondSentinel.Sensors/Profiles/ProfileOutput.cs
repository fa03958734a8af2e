using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Profiles;

/// <summary>A number in the registers of a read, and how it is judged. It is never clamped.</summary>
public sealed record ProfileOutput
{
    /// <summary>Most decimals that a register may say.</summary>
    public const int DecimalsMax = 6;

    // Within these, a number of at most ten digits is exact in a decimal, and so is its product with a scale.
    private const double DecimalMax = 1e10;
    private const double DecimalMin = 1e-6;

    // 18.5 with its bytes turned round is 5E-41, which lies well between 0 and 60 and is no temperature.
    private const double Tiny = 1e-9;

    private static readonly double[] Tenths = [1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001];

    /// <summary>What it is.</summary>
    public required SensorOutput Output { get; init; }

    /// <summary>Where and how it lies.</summary>
    public required RegisterNumber Number { get; init; }

    /// <summary>What the number is for.</summary>
    public OutputRole Role { get; init; } = OutputRole.Value;

    /// <summary>What the number is multiplied by to be in the measurand's unit.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What is added after that, in the measurand's unit.</summary>
    public double Offset { get; init; }

    /// <summary>Where the probe says how many digits of the number are decimals: 0 to <see cref="DecimalsMax"/>. Null where
    /// that is fixed.</summary>
    public RegisterNumber? Decimals { get; init; }

    /// <summary>Numbers, as they lie in the registers, by which the probe says that it has none.</summary>
    public IReadOnlyList<double> Invalid { get; init; } = [];

    /// <summary>Whether exactly 0 says that the part which would measure it is not fitted.</summary>
    public bool IsAbsentAtZero { get; init; }

    /// <summary>Whether the number is still worth keeping when it is out of range.</summary>
    public bool KeepsOverRange { get; init; } = true;

    /// <summary>What the number can be at all, in the measurand's unit: outside, it is another probe or another byte order.
    /// Null where nothing is that sure.</summary>
    public Band? Plausible { get; init; }

    /// <summary>What the registers say of it. Pure; never throws for as many bytes as were asked for.</summary>
    /// <param name="registers">The bytes of the read.</param>
    public OutputReading Interpret(ReadOnlySpan<byte> registers)
    {
        var raw = Number.Read(registers);
        if (!double.IsFinite(raw) || Invalid.Contains(raw))
        {
            return Without(SensorFault.DeviceFault, $"{Output.Name}: it has no number");
        }

        if (IsAbsentAtZero && raw == 0)
        {
            return Without(SensorFault.Absent, $"{Output.Name}: exactly 0, the part is not fitted");
        }

        var scale = Scale;
        if (Decimals is { } place)
        {
            var decimals = place.Read(registers);
            if (decimals is not (>= 0 and <= DecimalsMax))
            {
                return Without(
                    SensorFault.WrongDevice,
                    string.Create(CultureInfo.InvariantCulture, $"{Output.Name}: it says that the number has {decimals} decimals"));
            }

            scale *= Tenths[(int)decimals];
        }

        var value = Number.Type == NumberType.F64 ? (raw * scale) + Offset : Scaled(raw, scale);
        return Judge(value);
    }

    /// <summary>Whether a number is in range, and whether it can be at all.</summary>
    /// <param name="value">The number, in the measurand's unit.</param>
    public OutputReading Judge(double value)
    {
        if (Plausible is { } plausible && (!plausible.Contains(value) || (value != 0 && Math.Abs(value) < Tiny)))
        {
            return Without(
                SensorFault.WrongDevice,
                string.Create(CultureInfo.InvariantCulture, $"{Output.Name}: {value:R} {Output.Measurand.Unit} cannot be: another probe, or another byte order?"));
        }

        if (!double.IsFinite(value))
        {
            return Without(SensorFault.OverRange, $"{Output.Name}: beyond all numbers");
        }

        var measurement = new Measurement(Output.Measurand, value);
        return Output.Range is { } range && !range.Contains(value)
            ? new OutputReading(Output.Name, KeepsOverRange ? measurement : null, SensorFault.OverRange)
            : new OutputReading(Output.Name, measurement, null);
    }

    // 1234 tenths are 123.4, which they are not in binary: 1234 * 0.1 is 123.4 and something.
    private double Scaled(double raw, double scale)
    {
        if (scale == 1 && Offset == 0)
        {
            return raw;
        }

        return Math.Abs(scale) <= DecimalMax && Math.Abs(Offset) <= DecimalMax && (raw == 0 || Math.Abs(raw) is >= DecimalMin and <= DecimalMax)
            ? (double)(((decimal)raw * (decimal)scale) + (decimal)Offset)
            : (raw * scale) + Offset;
    }

    private OutputReading Without(SensorFault fault, string detail) => new(Output.Name, null, fault) { Detail = detail };
}

/// <summary>What a number is for.</summary>
public enum OutputRole
{
    /// <summary>What the probe is bought for.</summary>
    Value,

    /// <summary>The temperature that goes with it.</summary>
    Temperature,

    /// <summary>The potential that it was computed from, for a check by hand.</summary>
    Electrode,

    /// <summary>How the probe itself is.</summary>
    Diagnostic,
}
