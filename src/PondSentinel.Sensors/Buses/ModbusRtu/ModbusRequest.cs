using System.Buffers.Binary;

namespace PondSentinel.Sensors.Buses.ModbusRtu;

/// <summary>A request to one device, and the form its reply must have. Immutable.</summary>
/// <remarks>Source: Modbus Application Protocol V1.1b3, 6.1 to 6.4, 6.6, 6.12; Modbus over Serial Line V1.02, 2.5.1.</remarks>
public sealed class ModbusRequest
{
    /// <summary>Registers that one read can ask for.</summary>
    public const int ReadCountMax = 125;

    /// <summary>Coils or inputs that one read can ask for.</summary>
    public const int ReadBitsMax = 2000;

    private const byte ReadCoilsFunction = 0x01;
    private const byte ReadDiscreteFunction = 0x02;
    private const byte ReadHoldingFunction = 0x03;
    private const byte ReadInputFunction = 0x04;
    private const byte WriteSingleFunction = 0x06;
    private const byte WriteMultipleFunction = 0x10;
    private const int WriteCountMax = 123;
    private const int WriteReplyLength = 8;
    private const int HeadLength = 6;

    private readonly byte[] frame;
    private readonly byte[] replyHead;

    private ModbusRequest(byte[] frame, ReadOnlySpan<byte> replyHead, int replyLength)
    {
        var sum = ModbusCrc.Compute(frame.AsSpan(..^ModbusCrc.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(^ModbusCrc.Length..), sum);
        this.frame = frame;
        this.replyHead = replyHead.ToArray();
        ReplyLength = replyLength;
        IsRepeatedByReply = replyLength == frame.Length && replyHead.SequenceEqual(frame.AsSpan(..^ModbusCrc.Length));
    }

    /// <summary>The device's address, 1 to 247.</summary>
    public byte Address => frame[0];

    /// <summary>The function code.</summary>
    public byte Function => frame[1];

    /// <summary>The bytes that go out, checksum included.</summary>
    public ReadOnlyMemory<byte> Frame => frame;

    /// <summary>Bytes of a reply that is no exception, checksum included.</summary>
    public int ReplyLength { get; }

    /// <summary>Bytes of a reply's beginning that are known beforehand.</summary>
    internal int ReplyHeadLength => replyHead.Length;

    /// <summary>Whether a good reply is the very request, so that it cannot be told from an echo.</summary>
    internal bool IsRepeatedByReply { get; }

    /// <summary>Reads holding registers (function 03).</summary>
    /// <param name="address">The device.</param>
    /// <param name="register">The first register, counted from 0.</param>
    /// <param name="count">How many, 1 to 125.</param>
    public static ModbusRequest ReadHolding(byte address, ushort register, int count) =>
        Read(ReadHoldingFunction, address, register, count);

    /// <summary>Reads input registers (function 04).</summary>
    /// <param name="address">The device.</param>
    /// <param name="register">The first register, counted from 0.</param>
    /// <param name="count">How many, 1 to 125.</param>
    public static ModbusRequest ReadInput(byte address, ushort register, int count) =>
        Read(ReadInputFunction, address, register, count);

    /// <summary>Reads coils (function 01): eight to a byte of the reply, the first in its lowest bit.</summary>
    /// <param name="address">The device.</param>
    /// <param name="coil">The first coil, counted from 0.</param>
    /// <param name="count">How many, 1 to 2000.</param>
    public static ModbusRequest ReadCoils(byte address, ushort coil, int count) => ReadBits(ReadCoilsFunction, address, coil, count);

    /// <summary>Reads discrete inputs (function 02): eight to a byte of the reply, the first in its lowest bit.</summary>
    /// <param name="address">The device.</param>
    /// <param name="input">The first input, counted from 0.</param>
    /// <param name="count">How many, 1 to 2000.</param>
    public static ModbusRequest ReadDiscrete(byte address, ushort input, int count) => ReadBits(ReadDiscreteFunction, address, input, count);

    /// <summary>Writes one register (function 06).</summary>
    /// <param name="address">The device.</param>
    /// <param name="register">The register, counted from 0.</param>
    /// <param name="value">Its new value.</param>
    public static ModbusRequest WriteSingle(byte address, ushort register, ushort value) =>
        Acknowledged(Head(WriteSingleFunction, address, register, value, dataLength: 0));

    /// <summary>Writes registers (function 16).</summary>
    /// <param name="address">The device.</param>
    /// <param name="register">The first register, counted from 0.</param>
    /// <param name="values">Two bytes for each register, as they go out. None at all is against the standard, but a command
    /// of Yosemitech probes (0x3100: brush now).</param>
    public static ModbusRequest WriteMultiple(byte address, ushort register, ReadOnlySpan<byte> values)
    {
        if (values.Length % 2 != 0 || values.Length / 2 > WriteCountMax)
        {
            throw new ArgumentOutOfRangeException(nameof(values), values.Length, "At most 123 registers of two bytes.");
        }

        var frame = Head(WriteMultipleFunction, address, register, (ushort)(values.Length / 2), 1 + values.Length);
        frame[HeadLength] = (byte)values.Length;
        values.CopyTo(frame.AsSpan(HeadLength + 1));
        return Acknowledged(frame);
    }

    /// <summary>Any command, as a probe's maker has it.</summary>
    /// <param name="address">The device; 255 for whoever is alone on the line, where a maker has that.</param>
    /// <param name="send">Function and data, at least the function.</param>
    /// <param name="reply">Function and data of the only good reply; empty where it has no form that can be relied on.
    /// </param>
    public static ModbusRequest Raw(byte address, ReadOnlySpan<byte> send, ReadOnlySpan<byte> reply)
    {
        ArgumentOutOfRangeException.ThrowIfZero(send.Length);
        byte[] frame = [address, .. send, 0, 0];
        return reply.IsEmpty
            ? new ModbusRequest(frame, [], replyLength: 0)
            : new ModbusRequest(frame, [address, .. reply], 1 + reply.Length + ModbusCrc.Length);
    }

    /// <summary>Whether bytes are the known beginning of a good reply.</summary>
    /// <param name="head">As many bytes as are there, at most <see cref="ReplyHeadLength"/>.</param>
    internal bool IsReplyHead(ReadOnlySpan<byte> head) => replyHead.AsSpan().StartsWith(head);

    private static ModbusRequest Acknowledged(byte[] frame) => new(frame, frame.AsSpan(..HeadLength), WriteReplyLength);

    private static ModbusRequest Read(byte function, byte address, ushort register, int count)
    {
        if (count is < 1 or > ReadCountMax)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "One read is of 1 to 125 registers.");
        }

        const int bytesPerRegister = 2;
        return Read(function, address, register, count, bytesPerRegister * count);
    }

    private static ModbusRequest ReadBits(byte function, byte address, ushort first, int count)
    {
        if (count is < 1 or > ReadBitsMax)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "One read is of 1 to 2000 coils or inputs.");
        }

        const int bitsPerByte = 8;
        return Read(function, address, first, count, (count + bitsPerByte - 1) / bitsPerByte);
    }

    private static ModbusRequest Read(byte function, byte address, ushort first, int count, int bytes)
    {
        ReadOnlySpan<byte> replyHead = [address, function, (byte)bytes];
        return new ModbusRequest(
            Head(function, address, first, (ushort)count, dataLength: 0), replyHead, replyHead.Length + bytes + ModbusCrc.Length);
    }

    private static byte[] Head(byte function, byte address, ushort register, ushort word, int dataLength)
    {
        var frame = new byte[HeadLength + dataLength + ModbusCrc.Length];
        frame[0] = address;
        frame[1] = function;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), register);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), word);
        return frame;
    }
}
