using PondSentinel.Sensors.Buses.ModbusRtu;

namespace PondSentinel.Simulator.Devices;

/// <summary>Modbus RTU slaves that share a line. Hears every request; the one it is for answers.</summary>
/// <remarks>A message with a wrong checksum, for nobody here, or about something the slave does not have is met with
/// silence: the probes simulated here send no exceptions.</remarks>
/// <param name="slaves">The slaves, each with its faults.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class ModbusLine(
    IReadOnlyList<(IModbusSlave Slave, Faults Faults)> slaves, TimeSpan character, ServedLog log) : ILineDevice
{
    private const int FrameMin = 4;
    private const int FrameMax = 256;

    // How long a probe thinks. Not in the manuals that were at hand: an engineering choice.
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(10);

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
            // "Who are you" is for the only one on a line; several would speak at once and nobody be understood.
            if (frame[0] == slave.Address || (frame[0] == YosemitechProbe.AnyAddress && slaves.Count == 1))
            {
                if (slave.Answer(frame.AsSpan(..^2)) is { } answer && faults.Kind != FaultKind.Mute)
                {
                    Queue(slave.Id, faults, answer, now + (frame.Length * character) + Thinking + faults.Late);
                }

                return;
            }
        }
    }

    private void Queue(string id, Faults faults, SlaveAnswer answer, TimeSpan due)
    {
        var checksum = ModbusCrc.Compute(answer.Bytes);
        byte[] bytes = [.. answer.Bytes, (byte)(checksum & 0xFF), (byte)(checksum >> 8)];
        if (faults.Kind == FaultKind.Garble)
        {
            bytes[bytes.Length / 2] ^= 0x10;
            waiting.Add(new Transmission(bytes, due, null));
            return;
        }

        waiting.Add(new Transmission(bytes, due, answer.Values is { } values ? () => log.Note(id, values) : null));
    }
}

/// <summary>A device that answers Modbus RTU requests. Called from its line's thread only.</summary>
internal interface IModbusSlave
{
    /// <summary>Name of the device.</summary>
    string Id { get; }

    /// <summary>Address, 1 to 247.</summary>
    byte Address { get; }

    /// <summary>Answers a request.</summary>
    /// <param name="request">Address, function and data, without the checksum, which was right.</param>
    /// <returns>The answer without checksum, or null for silence.</returns>
    SlaveAnswer? Answer(ReadOnlySpan<byte> request);
}

/// <summary>What a slave answers.</summary>
/// <param name="Bytes">Address, function and data, without the checksum.</param>
/// <param name="Values">The measured values in it, where there are any.</param>
internal sealed record SlaveAnswer(byte[] Bytes, ServedValues? Values);
