using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Tests.Sensors.Drivers.Opc;

/// <summary>An OPC-N3 byte for byte, as 072-0503 describes it, which notes what breaks its rules.</summary>
internal sealed class VirtualOpcN3(HastyTime time) : ISpiLine
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(2);

    private byte? command;
    private int busyLeft;
    private byte[] coming = [];
    private int at;
    private bool isReady;
    private TimeSpan lastByte = TimeSpan.FromHours(-1);
    private TimeSpan? erredAt;
    private TimeSpan countingSince;
    private bool isKnown;

    public string Place => "/dev/spidev0.0";

    /// <summary>What breaks the rules.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>What was done to it.</summary>
    public List<string> Did { get; } = [];

    /// <summary>How often it says busy to a command.</summary>
    public int BusyFor { get; set; } = 3;

    /// <summary>What an exchange says, where the bus shall fail.</summary>
    public string? Fault { get; set; }

    /// <summary>Gives another byte than the true one, by the command and its place; -1 is the first.</summary>
    public Func<byte, int, byte, byte> Garble { get; set; } = (_, _, value) => value;

    public string Information { get; set; } = "OPC-N3 Iss1.1 FirmwareVer=1.17a...........................BS";

    public bool FanStarts { get; set; } = true;

    public bool LaserStarts { get; set; } = true;

    public ushort Flow { get; set; } = 467;

    public ushort FullBin { get; set; } = 12;

    public float Pm10 { get; set; } = 159.4f;

    public bool Fan { get; private set; }

    public bool Laser { get; private set; }

    public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read)
    {
        if (Fault is not null)
        {
            return Fault;
        }

        if (way is not { Mode: 1, ClockHertz: >= 300_000 and <= 750_000 } || way.ByteGap < TimeSpan.FromMicroseconds(10))
        {
            Broken.Add("the way");
        }

        for (var i = 0; i < write.Length; i++)
        {
            read[i] = Exchange(write[i]);
        }

        return null;
    }

    public void Dispose()
    {
    }

    private byte Exchange(byte sent)
    {
        if (time.Elapsed - lastByte > SilenceMin)
        {
            // It has cleared what it held.
            (command, isReady) = (null, false);
        }

        if (!isReady)
        {
            var since = time.Elapsed - lastByte;
            if (since < PauseMin)
            {
                Broken.Add($"{sent:X2} {since.TotalMilliseconds:0} ms after the byte before");
            }

            if (erredAt is { } erred && time.Elapsed - erred < SilenceMin)
            {
                Broken.Add($"{sent:X2} {(time.Elapsed - erred).TotalSeconds:0.#} s after an error");
            }

            erredAt = null;
        }

        lastByte = time.Elapsed;
        if (command is null || (!isReady && command != sent))
        {
            (command, busyLeft) = (sent, BusyFor);
        }

        if (!isReady)
        {
            isReady = busyLeft-- == 0;
            if (isReady)
            {
                (coming, at) = (Answer(sent), 0);
            }

            return Err(Garble(sent, -1, isReady ? (byte)0xF3 : (byte)0x31), isReady ? (byte)0xF3 : (byte)0x31);
        }

        var value = Garble(command.Value, at, coming[at]);
        if (command == 0x03)
        {
            Power(sent);
        }

        if (++at == coming.Length)
        {
            (command, isReady) = (null, false);
        }

        return value;
    }

    // A byte that does not belong there: the host has to be silent, and what it holds is cleared.
    private byte Err(byte given, byte right)
    {
        if (given != right && given is not (0x31 or 0xF3))
        {
            (command, isReady, erredAt, isKnown) = (null, false, time.Elapsed, false);
        }

        return given;
    }

    private void Power(byte option)
    {
        Did.Add(option switch { 0x02 => "fan off", 0x03 => "fan on", 0x06 => "laser off", 0x07 => "laser on", _ => $"{option:X2}" });
        Fan = option switch { 0x02 => false, 0x03 => FanStarts, _ => Fan };
        Laser = option switch { 0x06 => false, 0x07 => LaserStarts, _ => Laser };
        isKnown = isKnown && Fan && Laser;
    }

    private byte[] Answer(byte asked) => asked switch
    {
        0x03 => [0x03],
        0x3F => System.Text.Encoding.ASCII.GetBytes(Information),
        0x13 => [Fan ? (byte)1 : (byte)0, 1, 255, 128, Laser ? (byte)1 : (byte)0, 3],
        0x30 => Histogram(),
        _ => [0x00],
    };

    private byte[] Histogram()
    {
        Did.Add(isKnown ? "histogram" : "histogram of an unknown time");
        var period = isKnown ? (time.Elapsed - countingSince).TotalSeconds : 3.21;
        (countingSince, isKnown) = (time.Elapsed, Fan && Laser);
        var bytes = new byte[84];
        BitConverter.TryWriteBytes(bytes, FullBin);
        BitConverter.TryWriteBytes(bytes.AsSpan(52), (ushort)Math.Round(period * 100));
        BitConverter.TryWriteBytes(bytes.AsSpan(54), Flow);
        BitConverter.TryWriteBytes(bytes.AsSpan(56), (ushort)26214);
        BitConverter.TryWriteBytes(bytes.AsSpan(58), (ushort)32768);
        BitConverter.TryWriteBytes(bytes.AsSpan(60), 7.6f);
        BitConverter.TryWriteBytes(bytes.AsSpan(64), 12.3f);
        BitConverter.TryWriteBytes(bytes.AsSpan(68), Pm10);
        BitConverter.TryWriteBytes(bytes.AsSpan(82), Laser ? (ushort)600 : (ushort)0);
        var sum = ModbusCrc.Compute(bytes);
        return [.. bytes, (byte)(sum & 0xFF), (byte)(sum >> 8)];
    }
}
