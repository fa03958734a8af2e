using System.Buffers.Binary;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Alphasense OPC-N3, byte for byte as 072-0503 (issue 2) describes it. It notes what breaks that paper's rules.</summary>
/// <remarks>Whoever asks it needs a clock that moves while he waits. Not thread-safe.</remarks>
/// <param name="id">Name of the device.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="log">Told of the values that went out.</param>
/// <param name="time">For the rests that its paper asks for, and for how long it has counted.</param>
internal sealed class OpcN3Twin(string id, Faults faults, Func<Sense> sense, ServedLog log, TimeProvider time) : ISpiLine
{
    /// <summary>Serial number of one that is told no other.</summary>
    public const string UsualSerial = "177450304";

    private const byte Busy = 0x31;
    private const byte Ready = 0xF3;
    private const byte Undriven = 0xFF;
    private const byte PowerCommand = 0x03;
    private const byte SerialCommand = 0x10;
    private const byte PowerStatusCommand = 0x13;
    private const byte HistogramCommand = 0x30;
    private const byte InformationCommand = 0x3F;
    private const int TextLength = 60;
    private const int HistogramLength = 86;
    private const int BusyTimes = 3;

    // Of a laser that is on; others see 550 to 650.
    private const ushort LaserStatus = 600;

    // What it says of a time that it does not know, seconds: anything.
    private const double UnknownPeriod = 3.21;
    private const double HundredthsPerUnit = 100;
    private const double FlowMillilitresPerSecond = 4.67;

    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan GapMin = TimeSpan.FromMicroseconds(10);

    private readonly long begun = time.GetTimestamp();
    private byte? command;
    private int busyLeft;
    private byte[] coming = [];
    private ServedValues? served;
    private int at;
    private bool isReady;
    private TimeSpan? lastByte;
    private TimeSpan? erredAt;
    private TimeSpan countingSince;
    private bool isKnown;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
    [
        FaultKind.Mute, FaultKind.Garble, FaultKind.Cut, FaultKind.Stuck, FaultKind.NoNumber, FaultKind.Error, FaultKind.Fan, FaultKind.Laser,
        FaultKind.Pending, FaultKind.Restart, FaultKind.Rail, FaultKind.OtherChip,
    ];

    /// <inheritdoc/>
    public string Place => "/dev/spidev0.0";

    /// <summary>What it calls itself.</summary>
    public string Information { get; init; } = "OPC-N3 Iss1.1 FirmwareVer=1.17a...........................BS";

    /// <summary>Its serial number, at most 60 characters.</summary>
    public string Serial { get; init; } = UsualSerial;

    /// <summary>Told of what its paper forbids.</summary>
    public Action<string> Broken { get; init; } = static _ => { };

    /// <summary>Told of what was done to it.</summary>
    public Action<string> Did { get; init; } = static _ => { };

    /// <summary>What a wire makes of a byte: by the command, the place of the byte in the answer (-1 is the first), and the byte.</summary>
    public Func<byte, int, byte, byte> Wire { get; set; } = static (_, _, value) => value;

    /// <summary>Whether its fan is switched on.</summary>
    public bool Fan { get; private set; }

    /// <summary>Whether its laser is switched on.</summary>
    public bool Laser { get; private set; }

    private TimeSpan Now => time.GetElapsedTime(begun);

    /// <inheritdoc/>
    public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read)
    {
        if (way is not { Mode: 1, ClockHertz: >= 300_000 and <= 750_000 } || way.ByteGap < GapMin)
        {
            Broken("the way");
        }

        for (var i = 0; i < write.Length; i++)
        {
            read[i] = faults.Kind == FaultKind.Mute ? Undriven : Exchange(write[i]);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // It has nothing to give back.
    }

    private byte Exchange(byte sent)
    {
        var since = Now - lastByte ?? TimeSpan.MaxValue;
        if (since > SilenceMin)
        {
            // It has cleared what it held.
            (command, isReady) = (null, false);
        }

        if (!isReady)
        {
            if (since < PauseMin)
            {
                Broken($"{sent:X2} {since.TotalMilliseconds:0} ms after the byte before");
            }

            if (erredAt is { } erred && Now - erred < SilenceMin)
            {
                Broken($"{sent:X2} {(Now - erred).TotalSeconds:0.#} s after an error");
            }

            erredAt = null;
        }

        lastByte = Now;
        if (command is null || (!isReady && command != sent))
        {
            (command, busyLeft) = (sent, BusyTimes);
        }

        return isReady ? Give(command.Value, sent) : GetReady(sent);
    }

    private byte GetReady(byte sent)
    {
        isReady = faults.Kind != FaultKind.Pending && busyLeft-- <= 0;
        if (isReady)
        {
            (coming, served) = Answer(sent);
            at = 0;
        }

        var right = isReady ? Ready : Busy;
        var given = Wire(sent, -1, right);

        // A byte that does not belong there: the host has to be silent, and what it holds is cleared.
        if (given != right && given is not (Busy or Ready))
        {
            (command, isReady, erredAt, isKnown) = (null, false, Now, false);
        }

        return given;
    }

    private byte Give(byte asked, byte sent)
    {
        var value = Wire(asked, at, at < coming.Length ? coming[at] : Undriven);
        if (asked == PowerCommand)
        {
            Power(sent);
        }

        at++;
        if (at < LengthOf(asked))
        {
            return value;
        }

        (command, isReady) = (null, false);
        if (served is { } values)
        {
            log.Note(id, values);
        }

        if (faults.Kind == FaultKind.Restart)
        {
            (Fan, Laser, isKnown) = (false, false, false);
        }

        return value;
    }

    private void Power(byte option)
    {
        Did(option switch { 0x02 => "fan off", 0x03 => "fan on", 0x06 => "laser off", 0x07 => "laser on", _ => $"{option:X2}" });
        Fan = option switch { 0x02 => false, 0x03 => true, _ => Fan };
        Laser = option switch { 0x06 => false, 0x07 => true, _ => Laser };
        isKnown = isKnown && Fan && Laser;
    }

    private static int LengthOf(byte asked) => asked switch
    {
        InformationCommand or SerialCommand => TextLength,
        PowerStatusCommand => 6,
        HistogramCommand => HistogramLength,
        _ => 1,
    };

    private (byte[] Bytes, ServedValues? Values) Answer(byte asked)
    {
        var (answer, values) = asked switch
        {
            InformationCommand => (Text(faults.Kind == FaultKind.OtherChip ? "OPC-R1 FirmwareVer=02.10" : Information), null),
            SerialCommand => (Text(Serial), null),
            PowerStatusCommand => ([Switch(FanTurns), 1, 255, 128, Switch(LaserShines), 3], null),
            HistogramCommand => Histogram(),
            _ => ((byte[])[asked], (ServedValues?)null),
        };
        var (bytes, isWhole) = LineFaults.Distort(faults.Kind, [asked], answer) ?? (answer, true);
        return (bytes, isWhole ? values : null);
    }

    private bool FanTurns => Fan && faults.Kind != FaultKind.Fan;

    private bool LaserShines => Laser && faults.Kind != FaultKind.Laser;

    private static byte Switch(bool isOn) => isOn ? (byte)1 : (byte)0;

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text.PadRight(TextLength)[..TextLength]);

    private (byte[] Bytes, ServedValues? Values) Histogram()
    {
        Did(isKnown ? "histogram" : "histogram of an unknown time");
        var period = isKnown ? (Now - countingSince).TotalSeconds : UnknownPeriod;
        (countingSince, isKnown) = (Now, FanTurns && LaserShines);

        var there = sense();
        var flow = Hundredths(FanTurns && faults.Kind != FaultKind.Error ? FlowMillilitresPerSecond : 0);
        var celsius = Share((there(Measurand.HousingTemperature) + 45) / 175);
        var humidity = Share(there(Measurand.HousingHumidity) / 100);
        var masses = new[] { Measurand.Pm1, Measurand.Pm25, Measurand.Pm10 }
            .Select(measurand => faults.Kind == FaultKind.NoNumber ? float.NaN : (float)there(measurand)).ToArray();

        var bytes = new byte[HistogramLength - sizeof(ushort)];
        Word(bytes, 0, faults.Kind == FaultKind.Rail ? ushort.MaxValue : (ushort)12);
        Word(bytes, 52, Hundredths(period));
        Word(bytes, 54, flow);
        Word(bytes, 56, celsius);
        Word(bytes, 58, humidity);
        for (var mass = 0; mass < masses.Length; mass++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(60 + (mass * sizeof(float))), masses[mass]);
        }

        Word(bytes, 82, LaserShines ? LaserStatus : (ushort)0);
        var sum = ModbusCrc.Compute(bytes);
        var values = new ServedValues(
            "30",
            bytes[54..72],
            [
                ("pm1", masses[0]), ("pm25", masses[1]), ("pm10", masses[2]), ("flow", flow / HundredthsPerUnit),
                ("temperature", (175.0 * celsius / ushort.MaxValue) - 45), ("humidity", 100.0 * humidity / ushort.MaxValue),
            ]);
        return ([.. bytes, (byte)(sum & 0xFF), (byte)(sum >> 8)], faults.Kind == FaultKind.NoNumber ? null : values);
    }

    private static void Word(byte[] bytes, int place, ushort word) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(place), word);

    private static ushort Hundredths(double number) => (ushort)Math.Clamp(Math.Round(number * HundredthsPerUnit), 0, ushort.MaxValue);

    private static ushort Share(double share) => (ushort)Math.Clamp(Math.Round(share * ushort.MaxValue), 0, ushort.MaxValue);
}
