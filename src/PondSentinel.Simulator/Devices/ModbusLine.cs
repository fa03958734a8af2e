using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Simulator.Devices;

/// <summary>Modbus RTU slaves that share a line. Hears every request; the one it is for answers.</summary>
/// <remarks>A message with a wrong checksum or for nobody here is met with silence.</remarks>
/// <param name="slaves">The slaves, each with its faults.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class ModbusLine(
    IReadOnlyList<(IModbusSlave Slave, Faults Faults)> slaves, TimeSpan character, ServedLog log) : ILineDevice
{
    private const int FrameMin = 4;
    private const int FrameMax = 256;

    private readonly List<byte> heard = [];
    private readonly List<Transmission> waiting = [];

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        heard.AddRange(bytes);
        if (heard.Count > FrameMax)
        {
            // More than any message may have: noise.
            heard.Clear();
            return;
        }

        var frame = heard.ToArray();
        if (Length(frame) is { } length && frame.Length >= length)
        {
            heard.Clear();
            Take(frame, now);
        }
    }

    /// <inheritdoc/>
    public void Silence()
    {
        // Whatever was begun is not going on: the next byte begins a new message.
        heard.Clear();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        heard.Clear();
        waiting.Clear();
    }

    /// <inheritdoc/>
    public Transmission? Next(TimeSpan now)
    {
        var due = waiting.Find(transmission => transmission.Due <= now);
        if (due is not null)
        {
            waiting.Remove(due);
        }

        return due;
    }

    // Requests: functions 3, 4 and 6 have 8 bytes, 16 says its length itself (Modbus Application Protocol V1.1b3, 6).
    private static int? Length(ReadOnlySpan<byte> frame) =>
        frame.Length < 2 ? null
        : frame[1] switch
        {
            3 or 4 or 6 => 8,
            16 => frame.Length < 7 ? null : 9 + frame[6],
            _ => FrameMin,
        };

    private void Take(byte[] frame, TimeSpan now)
    {
        var checksum = ModbusCrc.Compute(frame.AsSpan(..^2));
        if (frame[^2] != (byte)(checksum & 0xFF) || frame[^1] != checksum >> 8)
        {
            return;
        }

        foreach (var (slave, faults) in slaves)
        {
            if (slave.Hears(frame[0], isAlone: slaves.Count == 1))
            {
                if (Outcome(slave, faults.Kind, frame.AsSpan(..^2), now) is { } answer)
                {
                    Queue(slave.Id, faults, frame, answer, now + (frame.Length * character) + slave.Thinking + faults.Late);
                }

                return;
            }
        }
    }

    private static SlaveAnswer? Outcome(IModbusSlave slave, FaultKind fault, ReadOnlySpan<byte> request, TimeSpan now) => fault switch
    {
        FaultKind.Refuse => SlaveAnswer.Exception(slave.Address, request[1], SlaveAnswer.NoSuchRegister),
        FaultKind.Busy => SlaveAnswer.Exception(slave.Address, request[1], SlaveAnswer.BusyNow),
        FaultKind.OtherAddress when slave.Answer(request, now) is { } answer =>
            new SlaveAnswer([(byte)(answer.Bytes[0] + 1), .. answer.Bytes[1..]], null),
        _ => slave.Answer(request, now),
    };

    private void Queue(string id, Faults faults, byte[] request, SlaveAnswer answer, TimeSpan due)
    {
        var checksum = ModbusCrc.Compute(answer.Bytes);
        byte[] whole = [.. answer.Bytes, (byte)(checksum & 0xFF), (byte)(checksum >> 8)];
        if (LineFaults.Distort(faults.Kind, request, whole) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(bytes, due, isWhole && answer.Values is { } values ? () => log.Note(id, values) : null));
        }
    }
}

/// <summary>A device that answers Modbus RTU requests. Called from its line's thread only.</summary>
internal interface IModbusSlave
{
    /// <summary>Name of the device.</summary>
    string Id { get; }

    /// <summary>Address, 1 to 247.</summary>
    byte Address { get; }

    /// <summary>How long it thinks before it answers. Not in most manuals that were at hand: then an engineering choice.</summary>
    TimeSpan Thinking => TimeSpan.FromMilliseconds(10);

    /// <summary>Whether a request is for it.</summary>
    /// <param name="address">The address in the request.</param>
    /// <param name="isAlone">Whether nobody else is on the line: "who are you" is for the only one; several would speak at once
    /// and nobody be understood.</param>
    bool Hears(byte address, bool isAlone) => address == Address;

    /// <summary>Answers a request.</summary>
    /// <param name="request">Address, function and data, without the checksum, which was right.</param>
    /// <param name="now">Real time since some moment.</param>
    /// <returns>The answer without checksum, or null for silence.</returns>
    SlaveAnswer? Answer(ReadOnlySpan<byte> request, TimeSpan now);
}

/// <summary>What a slave answers.</summary>
/// <param name="Bytes">Address, function and data, without the checksum.</param>
/// <param name="Values">The measured values in it, where there are any.</param>
internal sealed record SlaveAnswer(byte[] Bytes, ServedValues? Values)
{
    /// <summary>Exception: there is no such function (Modbus Application Protocol V1.1b3, 7).</summary>
    public const byte NoSuchFunction = 1;

    /// <summary>Exception: there is no such register.</summary>
    public const byte NoSuchRegister = 2;

    /// <summary>Exception: it does not take the value.</summary>
    public const byte NoSuchValue = 3;

    /// <summary>Exception: it is busy.</summary>
    public const byte BusyNow = 6;

    private const byte ExceptionBit = 0x80;

    /// <summary>It will not.</summary>
    /// <param name="address">Who.</param>
    /// <param name="function">What was asked.</param>
    /// <param name="code">Why.</param>
    public static SlaveAnswer Exception(byte address, byte function, byte code) =>
        new([address, (byte)(function | ExceptionBit), code], null);
}
