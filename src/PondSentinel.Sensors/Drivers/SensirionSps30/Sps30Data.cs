using System.Buffers.Binary;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Profiles;

namespace PondSentinel.Sensors.Drivers.SensirionSps30;

/// <summary>What the data of an SPS30's replies means. Pure.</summary>
/// <remarks>Source: Datasheet SPS30, version 1.0, March 2020, sections 4.3, 4.4 and 5.3.</remarks>
internal static class Sps30Data
{
    /// <summary>What it calls itself.</summary>
    public const string ProductType = "00080000";

    /// <summary>Upper end of the mass concentration range, micrograms per cubic metre.</summary>
    public const double ScaleEnd = 1000;

    // Four masses, five numbers of particles, and their typical size.
    private const int Values = 10;

    // Five status bytes: the register, and one that is reserved.
    private const int StatusLength = 5;
    private const uint SpeedWarning = 1 << 21;
    private const uint LaserError = 1 << 5;
    private const uint FanError = 1 << 4;

    private const string Counted = "laser light scattering";
    private const string Computed = "laser light scattering; computed from the distribution of the particles that it sees";

    // Beside each output its place among the masses; PM4 is the third.
    private static readonly (SensorOutput Output, int At)[] Masses =
    [
        (Output("pm1", Measurand.Pm1, Counted), 0),
        (Output("pm25", Measurand.Pm25, Counted), 1),
        (Output("pm10", Measurand.Pm10, Computed), 3),
    ];

    /// <summary>The outputs.</summary>
    public static IReadOnlyList<SensorOutput> Outputs { get; } = [.. Masses.Select(mass => mass.Output)];

    /// <summary>What measured values mean.</summary>
    /// <param name="data">The values as 32-bit floating point; not the empty data of a reply that has nothing new.</param>
    public static Reading Measured(ReadOnlySpan<byte> data)
    {
        if (data.Length != Values * sizeof(float))
        {
            return Garbled("values", data);
        }

        Span<float> values = stackalloc float[Values];
        var isEmptyAir = true;
        for (var i = 0; i < Values; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleBigEndian(data[(i * sizeof(float))..]);
            if (!float.IsFinite(values[i]) || values[i] < 0)
            {
                return Garbled("values", data);
            }

            isEmptyAir &= values[i] == 0;
        }

        // Air without any particle does not exist outdoors.
        if (isEmptyAir)
        {
            return new Reading.Failed(SensorFault.NotReady, "it sees not one particle: it has only just started and has no data yet");
        }

        var outputs = new OutputReading[Masses.Length];
        for (var i = 0; i < outputs.Length; i++)
        {
            var (output, at) = Masses[i];
            var value = RegisterNumber.Widen(values[at]);
            outputs[i] = new OutputReading(
                output.Name, new Measurement(output.Measurand, value), value > ScaleEnd ? SensorFault.OverRange : null);
        }

        return new Reading.Measured(outputs);
    }

    /// <summary>What the device status register says against values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="data">The register.</param>
    public static Reading Judged(Reading values, ReadOnlySpan<byte> data)
    {
        if (data.Length != StatusLength)
        {
            return Garbled("device status register", data);
        }

        var status = BinaryPrimitives.ReadUInt32BigEndian(data);
        return (status & FanError) != 0 ? new Reading.Failed(SensorFault.DeviceFault, "its fan is blocked or broken: clean the inlet, or replace it")
            : (status & LaserError) != 0 ? new Reading.Failed(SensorFault.DeviceFault, "the current of its laser is out of range: is it too hot?")
            : (status & SpeedWarning) != 0 ? Doubted(values, "its fan is too fast or too slow: check its 5 V supply and the inlet")
            : values;
    }

    /// <summary>A text of the device: printable characters and a zero that ends them.</summary>
    /// <param name="data">The data.</param>
    /// <returns>The text; null where it is none.</returns>
    public static string? Text(ReadOnlySpan<byte> data) =>
        data is [.. var text, 0] && text.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? Encoding.ASCII.GetString(text) : null;

    /// <summary>Says that data is not of the form that it should have.</summary>
    /// <param name="what">What it should be.</param>
    /// <param name="data">The data.</param>
    public static Reading.Failed Garbled(string what, ReadOnlySpan<byte> data) =>
        new(SensorFault.Garbled, $"no {what}: {data.Length} bytes, {Convert.ToHexString(data)}");

    // The numbers stand, with the doubt; one that is beyond the scale is that first.
    private static Reading Doubted(Reading values, string detail) => values is Reading.Measured measured
        ? new Reading.Measured([.. measured.Outputs.Select(output => output with
        {
            Fault = output.Fault ?? SensorFault.DeviceFault,
            Detail = detail,
        })])
        : values;

    private static SensorOutput Output(string name, Measurand measurand, string method) =>
        new(name, measurand) { Method = method, Range = new Band(0, ScaleEnd) };
}
