using System.Buffers.Binary;
using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Sensirion SPS30 over SHDLC, byte for byte as its data sheet (version 1.0, March 2020) describes it.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class Sps30Twin(string id, Faults faults, Func<Sense> sense, TimeSpan character, ServedLog log) : ILineDevice
{
    /// <summary>Serial number of one that is told no other.</summary>
    public const string UsualSerial = "8CCABCFAE3201F49";

    private const byte Flag = 0x7E;
    private const byte Escape = 0x7D;
    private const byte StartCommand = 0x00;
    private const byte StopCommand = 0x01;
    private const byte ReadCommand = 0x03;
    private const byte SleepCommand = 0x10;
    private const byte WakeUpCommand = 0x11;
    private const byte CleanCommand = 0x56;
    private const byte InformationCommand = 0xD0;
    private const byte StatusCommand = 0xD2;
    private const byte ResetCommand = 0xD3;
    private const byte ProductType = 0;
    private const byte SerialNumber = 3;
    private const byte FloatFormat = 3;
    private const byte WrongLength = 0x01;
    private const byte UnknownCommand = 0x02;
    private const byte IllegalParameter = 0x04;
    private const byte WrongState = 0x43;
    private const byte ErrorFlag = 0x80;
    private const uint LaserBit = 1 << 5;
    private const uint FanBit = 1 << 4;
    private const int HeardMax = 600;

    // From the middle of the reply before.
    private const int PartFrom = 4;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Cleaning = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(5);

    // Particles per cm³ for each µg/m³ below 2.5 µm: a choice.
    private static readonly double[] CountsPerMass = [5.5, 6.6, 6.8, 6.85, 6.9];

    private readonly List<byte> heard = [];
    private readonly List<Transmission> waiting = [];
    private bool sleeps;
    private bool wasBlocked;
    private TimeSpan? runsSince;
    private TimeSpan cleansUntil;
    private long given;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
    [
        .. FaultWords.OnLines, FaultKind.Stuck, FaultKind.NoNumber, FaultKind.Fan, FaultKind.Laser, FaultKind.Asleep, FaultKind.Zeros,
        FaultKind.Restart, FaultKind.OtherChip, FaultKind.NotReady, FaultKind.MidFrame,
    ];

    /// <summary>Its serial number, at most 31 characters.</summary>
    public string Serial { get; init; } = UsualSerial;

    /// <summary>Told of each command that it hears.</summary>
    public Action<byte> Heard { get; init; } = static _ => { };

    /// <summary>Whether fan and laser are on.</summary>
    public bool Runs => runsSince is not null;

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        foreach (var value in bytes)
        {
            if (value != Flag)
            {
                heard.Add(value);
                if (heard.Count > HeardMax)
                {
                    heard.Clear();
                }

                continue;
            }

            var content = Unstuff(heard);
            heard.Clear();
            if (content is [0, var command, var length, .. var data, var sum] && data.Length == length && sum == Sum(content.AsSpan(..^1)))
            {
                Take(command, data, now);
            }
        }
    }

    /// <inheritdoc/>
    public void Silence() => heard.Clear();

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

    private void Take(byte command, byte[] data, TimeSpan now)
    {
        Heard(command);
        if (sleeps || faults.Kind == FaultKind.Asleep)
        {
            if (command != WakeUpCommand)
            {
                return;
            }

            sleeps = false;
            runsSince = null;
            if (faults.Kind == FaultKind.Asleep)
            {
                faults.Switch(FaultKind.None);
            }
        }

        if (faults.Kind == FaultKind.Restart)
        {
            runsSince = null;
        }

        wasBlocked |= Runs && faults.Kind == FaultKind.Fan;
        var (code, answer, values) = Do(command, data, now);
        if (faults.Kind == FaultKind.Restart)
        {
            runsSince = null;
        }

        Queue(Frame(command, (byte)(code | (Status != 0 ? ErrorFlag : 0)), answer), now, values);
    }

    private uint Status => (wasBlocked ? FanBit : 0) | (Runs && faults.Kind == FaultKind.Laser ? LaserBit : 0);

    private (byte Code, byte[] Answer, ServedValues? Values) Do(byte command, byte[] data, TimeSpan now)
    {
        switch (command)
        {
            case StartCommand when data.Length != 2:
                return Code(WrongLength);
            case StartCommand when data is not [1, FloatFormat]:
                return Code(IllegalParameter);
            case StartCommand when Runs:
                return Code(WrongState);
            case StartCommand:
                (runsSince, cleansUntil, given) = (now, now, 0);
                return Code(0);
            case StopCommand or CleanCommand or ReadCommand when !Runs:
                return Code(WrongState);
            case StopCommand:
                runsSince = null;
                return Code(0);
            case CleanCommand:
                cleansUntil = now + Cleaning;
                return Code(0);
            case ReadCommand:
                return Measure(now);
            case SleepCommand when Runs:
                return Code(WrongState);
            case SleepCommand:
                sleeps = true;
                return Code(0);
            case WakeUpCommand:
                return Runs ? Code(WrongState) : Code(0);
            case InformationCommand when data is [ProductType]:
                return (0, Text(faults.Kind == FaultKind.OtherChip ? "00080001" : "00080000"), null);
            case InformationCommand when data is [SerialNumber]:
                return (0, Text(Serial), null);
            case StatusCommand when data is [0 or 1]:
                var status = new byte[5];
                BinaryPrimitives.WriteUInt32BigEndian(status, Status);
                wasBlocked &= data is [0] || faults.Kind == FaultKind.Fan;
                return (0, status, null);
            case ResetCommand:
                (runsSince, wasBlocked) = (null, false);
                return Code(0);
            default:
                // Its cleaning interval and its version are not simulated.
                return Code(UnknownCommand);
        }
    }

    private (byte Code, byte[] Answer, ServedValues? Values) Measure(TimeSpan now)
    {
        var newest = (long)((now - runsSince!.Value) / Second);
        if (newest <= given || now < cleansUntil || faults.Kind == FaultKind.NotReady)
        {
            return Code(0);
        }

        given = newest;
        var there = sense();
        var (pm1, pm25, pm10) = (there(Measurand.Pm1), there(Measurand.Pm25), there(Measurand.Pm10));

        // PM4 is no output of the gateway: between its neighbours.
        double[] numbers = [pm1, pm25, (pm25 + pm10) / 2, pm10, .. CountsPerMass.Select(each => each * pm25), 0.6];
        float[] values = faults.Kind switch
        {
            FaultKind.Zeros => new float[numbers.Length],
            FaultKind.NoNumber => [.. numbers.Select(_ => float.NaN)],
            _ => [.. numbers.Select(number => (float)Math.Max(0, number))],
        };
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return (0, bytes, faults.Kind == FaultKind.NoNumber
            ? null
            : new ServedValues("03", bytes[..16], [("pm1", values[0]), ("pm25", values[1]), ("pm10", values[3])]));
    }

    private static (byte Code, byte[] Answer, ServedValues? Values) Code(byte code) => (code, [], null);

    private static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];

    private static byte[] Frame(byte command, byte state, byte[] data)
    {
        byte[] content = [0, command, state, (byte)data.Length, .. data];
        return [Flag, .. content.Append(Sum(content)).SelectMany(Stuff), Flag];
    }

    private static byte[] Stuff(byte value) => value switch
    {
        0x7E => [Escape, 0x5E],
        0x7D => [Escape, 0x5D],
        0x11 => [Escape, 0x31],
        0x13 => [Escape, 0x33],
        _ => [value],
    };

    // Also a wake-up as its data sheet prints it, which is not stuffed.
    private static byte[] Unstuff(List<byte> stuffed)
    {
        List<byte> content = [];
        for (var at = 0; at < stuffed.Count; at++)
        {
            content.Add(stuffed[at] == Escape && at + 1 < stuffed.Count ? (byte)(stuffed[++at] ^ 0x20) : stuffed[at]);
        }

        return [.. content];
    }

    private static byte Sum(ReadOnlySpan<byte> content)
    {
        var sum = 0;
        foreach (var value in content)
        {
            sum += value;
        }

        return (byte)(0xFF - (sum & 0xFF));
    }

    private void Queue(byte[] frame, TimeSpan now, ServedValues? values)
    {
        var due = now + (frame.Length * character) + Thinking + faults.Late;
        byte[] said = faults.Kind == FaultKind.MidFrame ? [.. frame[PartFrom..], .. frame] : frame;
        if (LineFaults.Distort(faults.Kind, default, said) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(bytes, due, isWhole && values is not null ? () => log.Note(id, values) : null));
        }
    }
}
