using System.Buffers.Binary;
using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Drivers.Plantower;

/// <summary>The frame of Plantower sensors, the same over a UART and I2C. Pure.</summary>
/// <remarks>Source: Plantower PMS5003 manual and PMSA003I data manual; see README.md beside this file.</remarks>
internal static class PmsFrame
{
    /// <summary>Bytes of a frame.</summary>
    public const int Length = 32;

    /// <summary>What the maker calls the end of the scale, micrograms per cubic metre.</summary>
    public const double ScaleEnd = 1000;

    /// <summary>How long after it was switched on its values are none.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    private const int AnswerLength = 8;
    private const int AnswerSumAt = 6;
    private const byte SleepCommand = 0xE4;
    private const int SumAt = 30;
    private const int Pm1At = 10;
    private const int Pm25At = 12;
    private const int Pm10At = 14;
    private const int ErrorAt = 29;

    private static ReadOnlySpan<byte> Head => [0x42, 0x4D, 0x00, 0x1C];

    private static ReadOnlySpan<byte> AnswerHead => [0x42, 0x4D, 0x00, 0x04, SleepCommand];

    /// <summary>Asks for one frame; a sensor that sends unasked passes it over.</summary>
    public static ReadOnlyMemory<byte> Query { get; } = new byte[] { 0x42, 0x4D, 0xE2, 0x00, 0x00, 0x01, 0x71 };

    /// <summary>Starts fan and laser, or leaves them running.</summary>
    public static ReadOnlyMemory<byte> Wake { get; } = new byte[] { 0x42, 0x4D, SleepCommand, 0x00, 0x01, 0x01, 0x74 };

    /// <summary>Stops fan and laser.</summary>
    public static ReadOnlyMemory<byte> Sleep { get; } = new byte[] { 0x42, 0x4D, SleepCommand, 0x00, 0x00, 0x01, 0x73 };

    /// <summary>The outputs of all sensors with this frame.</summary>
    public static IReadOnlyList<SensorOutput> Outputs { get; } =
    [
        Output("pm1", Measurand.Pm1), Output("pm25", Measurand.Pm25), Output("pm10", Measurand.Pm10),
    ];

    /// <summary>What the first good frame means. What is not one is passed over byte by byte, so that a frame is found that
    /// begins within a bad one.</summary>
    /// <param name="bytes">What came.</param>
    /// <returns>Null where there is no good frame.</returns>
    public static Reading? Find(ReadOnlySpan<byte> bytes)
    {
        for (var offset = 0; offset + Length <= bytes.Length; offset++)
        {
            if (Interpret(bytes.Slice(offset, Length)) is { } reading)
            {
                return reading;
            }
        }

        return null;
    }

    /// <summary>What a frame means.</summary>
    /// <param name="frame">As many bytes as a frame has.</param>
    /// <returns>Null where it is none, or not a good one.</returns>
    public static Reading? Interpret(ReadOnlySpan<byte> frame)
    {
        if (!frame.StartsWith(Head) || BinaryPrimitives.ReadUInt16BigEndian(frame[SumAt..]) != Sum(frame[..SumAt]))
        {
            return null;
        }

        if (frame[ErrorAt] is not 0 and var error)
        {
            return new Reading.Failed(SensorFault.DeviceFault, $"it reports error {error:X2}");
        }

        // Bytes 4 to 9 are the same for "standard particles" (CF=1), meant for calibration in the factory.
        return new Reading.Measured([Value(0, frame[Pm1At..]), Value(1, frame[Pm25At..]), Value(2, frame[Pm10At..])]);
    }

    /// <summary>Whether there is a good answer to <see cref="Wake"/> or <see cref="Sleep"/>.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="awake">To which of the two.</param>
    public static bool HasAnswer(ReadOnlySpan<byte> bytes, bool awake)
    {
        for (var offset = 0; offset + AnswerLength <= bytes.Length; offset++)
        {
            var frame = bytes.Slice(offset, AnswerLength);
            if (frame.StartsWith(AnswerHead) && frame[AnswerHead.Length] == (awake ? 1 : 0)
                && BinaryPrimitives.ReadUInt16BigEndian(frame[AnswerSumAt..]) == Sum(frame[..AnswerSumAt]))
            {
                return true;
            }
        }

        return false;
    }

    private static OutputReading Value(int output, ReadOnlySpan<byte> word)
    {
        var value = BinaryPrimitives.ReadUInt16BigEndian(word);
        return new OutputReading(
            Outputs[output].Name, new Measurement(Outputs[output].Measurand, value), value > ScaleEnd ? SensorFault.OverRange : null);
    }

    private static SensorOutput Output(string name, Measurand measurand) =>
        new(name, measurand) { Method = "laser light scattering", Range = new Band(0, ScaleEnd) };

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return sum;
    }
}
