using System.Buffers.Binary;

namespace PondSentinel.Sensors.Drivers.NovaSds011;

/// <summary>The frames of an SDS011. Pure, so that every reply of the protocol can be tested on bytes.</summary>
/// <remarks>Source: Laser Dust Sensor Control Protocol V1.3, Nova Fitness; see README.md beside this file.</remarks>
internal static class Sds011Frame
{
    /// <summary>Bytes of what the sensor sends.</summary>
    public const int ReplyLength = 10;

    /// <summary>Bytes of what is sent to it.</summary>
    public const int CommandLength = 19;

    /// <summary>The command to sleep or work, and what its answer repeats.</summary>
    public const byte SetSleepCommand = 0x06;

    /// <summary>The command that sets or reads the working period, minutes; 0 works without pause.</summary>
    public const byte SetPeriodCommand = 0x08;

    /// <summary>The state in which fan and laser are off.</summary>
    public const byte Sleeping = 0;

    /// <summary>The state in which it measures.</summary>
    public const byte Working = 1;

    private const byte Head = 0xAA;
    private const byte Tail = 0xAB;
    private const byte CommandKind = 0xB4;
    private const byte DataKind = 0xC0;
    private const byte AnswerKind = 0xC5;
    private const byte QueryDataCommand = 0x04;
    private const byte Set = 0x01;
    private const byte EverySensor = 0xFF;

    // Bytes 2 to 7 of a reply, and 2 to 16 of a command, are summed.
    private const int SumFrom = 2;
    private const int SumAndTail = 2;

    /// <summary>The command "query data" to whichever sensor is there.</summary>
    public static ReadOnlyMemory<byte> QueryData { get; } = Command([QueryDataCommand]);

    /// <summary>"Work": starts fan and laser, or leaves them running. Not kept over power-off, after which it works.</summary>
    public static ReadOnlyMemory<byte> Work { get; } = Command([SetSleepCommand, Set, Working]);

    /// <summary>"Sleep": stops fan and laser. Not kept over power-off.</summary>
    public static ReadOnlyMemory<byte> Sleep { get; } = Command([SetSleepCommand, Set, Sleeping]);

    /// <summary>Asks for the working period.</summary>
    public static ReadOnlyMemory<byte> ReadPeriod { get; } = Command([SetPeriodCommand]);

    /// <summary>Sets the working period to none. Kept over power-off.</summary>
    public static ReadOnlyMemory<byte> RunWithoutPeriod { get; } = Command([SetPeriodCommand, Set]);

    /// <summary>Looks for the first good data frame. What is not one is passed over byte by byte, so that a frame is found
    /// that begins within a bad one; a reply of another kind counts as noise.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="data">What the frame says, where there is one.</param>
    public static bool TryFindData(ReadOnlySpan<byte> bytes, out Sds011Data data)
    {
        for (var offset = 0; offset + ReplyLength <= bytes.Length; offset++)
        {
            var frame = bytes.Slice(offset, ReplyLength);
            if (frame[0] == Head && frame[1] == DataKind && IsWhole(frame))
            {
                data = new Sds011Data(
                    BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]), BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]));
                return true;
            }
        }

        data = default;
        return false;
    }

    /// <summary>Looks for the first good answer to a command, as <see cref="TryFindData"/> does for data.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="command">The command.</param>
    /// <param name="value">The value that the answer must have; null where any will do.</param>
    public static Sds011Answer? FindAnswer(ReadOnlySpan<byte> bytes, byte command, byte? value)
    {
        for (var offset = 0; offset + ReplyLength <= bytes.Length; offset++)
        {
            var frame = bytes.Slice(offset, ReplyLength);
            if (frame[0] == Head && frame[1] == AnswerKind && frame[2] == command && IsWhole(frame)
                && (value is null || frame[4] == value))
            {
                return new Sds011Answer(command, frame[4]);
            }
        }

        return null;
    }

    private static byte[] Command(ReadOnlySpan<byte> parameters)
    {
        var frame = new byte[CommandLength];
        (frame[0], frame[1]) = (Head, CommandKind);
        parameters.CopyTo(frame.AsSpan(SumFrom));
        frame.AsSpan(^(SumAndTail + 2)..^SumAndTail).Fill(EverySensor);
        frame[^SumAndTail] = Sum(frame);
        frame[^1] = Tail;
        return frame;
    }

    private static bool IsWhole(ReadOnlySpan<byte> frame) => frame[^1] == Tail && frame[^SumAndTail] == Sum(frame);

    private static byte Sum(ReadOnlySpan<byte> frame)
    {
        var sum = 0;
        foreach (var value in frame[SumFrom..^SumAndTail])
        {
            sum += value;
        }

        return (byte)(sum & byte.MaxValue);
    }
}

/// <summary>What an SDS011 says.</summary>
/// <param name="Pm25Tenths">PM2.5, tenths of a microgram per cubic metre.</param>
/// <param name="Pm10Tenths">PM10, tenths of a microgram per cubic metre.</param>
internal readonly record struct Sds011Data(ushort Pm25Tenths, ushort Pm10Tenths);

/// <summary>What an SDS011 answers to a command that sets or reads something.</summary>
/// <param name="Command">The command.</param>
/// <param name="Value">What holds now: a state or minutes.</param>
internal sealed record Sds011Answer(byte Command, byte Value);
