namespace PondSentinel.Simulator.Devices;

/// <summary>Nova SDS011: PM2.5 and PM10 over a line of its own.</summary>
/// <remarks>Laser Dust Sensor Control Protocol V1.3. Commands have 19 bytes, answers 10. Asleep it hears nothing but the
/// command to wake. From the factory it sends a measurement every second.</remarks>
/// <param name="id">Name of the device.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="air">The air at the sensor: PM2.5 and PM10, µg/m³.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
/// <param name="queryOnly">Whether somebody has set it to speak only when asked; kept when it is switched off.</param>
internal sealed class Sds011(
    string id,
    Faults faults,
    Func<(double Pm25, double Pm10)> air,
    TimeSpan character,
    ServedLog log,
    bool queryOnly = false) : ILineDevice
{
    /// <summary>The sensor's own id, bytes as they go out.</summary>
    public const ushort OwnId = 0xA160;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [.. FaultWords.OnLines, FaultKind.Stuck, FaultKind.Asleep, FaultKind.Zeros];

    private const int CommandLength = 19;
    private const int TenthsMax = 9999;

    private const byte Head = 0xAA;
    private const byte Tail = 0xAB;
    private const byte Command = 0xB4;
    private const byte Data = 0xC0;
    private const byte Answer = 0xC5;

    private const byte SetMode = 2;
    private const byte Query = 4;
    private const byte SetSleep = 6;
    private const byte Firmware = 7;
    private const byte SetPeriod = 8;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan WorkTime = TimeSpan.FromSeconds(30);

    private readonly List<byte> heard = [];
    private readonly List<Transmission> waiting = [];
    private bool queryOnly = queryOnly;
    private bool asleep;
    private byte periodMinutes;
    private TimeSpan nextUnasked;

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        foreach (var value in bytes)
        {
            if (heard.Count == 0 && value != Head)
            {
                continue;
            }

            heard.Add(value);
            if (heard.Count == CommandLength)
            {
                var frame = heard.ToArray();
                heard.Clear();
                Take(frame, now);
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
        if (!queryOnly && !Sleeps && now >= nextUnasked)
        {
            // Period n: works 30 s, then sleeps the rest of n minutes, and reports once.
            nextUnasked = now + (periodMinutes == 0 ? Second : TimeSpan.FromMinutes(periodMinutes));
            QueueMeasurement(now);
        }

        var due = waiting.Find(transmission => transmission.Due <= now);
        if (due is not null)
        {
            waiting.Remove(due);
        }

        return due;
    }

    private bool Sleeps => asleep || faults.Kind == FaultKind.Asleep;

    private static byte[] Frame(byte kind, ReadOnlySpan<byte> data)
    {
        byte[] frame = [Head, kind, .. data, 0, Tail];
        frame[^2] = Sum(data);
        return frame;
    }

    private static byte Sum(ReadOnlySpan<byte> data)
    {
        var sum = 0;
        foreach (var value in data)
        {
            sum += value;
        }

        return (byte)(sum & 0xFF);
    }

    private void Take(ReadOnlySpan<byte> frame, TimeSpan now)
    {
        var data = frame[2..17];
        var forMe = data[13..] is [0xFF, 0xFF] or [OwnId >> 8, OwnId & 0xFF];
        if (frame[1] != Command || frame[18] != Tail || frame[17] != Sum(data) || !forMe)
        {
            return;
        }

        var (command, set, value) = (data[0], data[1] == 1, data[2]);
        if (Sleeps && !(command == SetSleep && set && value == 1))
        {
            return;
        }

        if (faults.Kind == FaultKind.Asleep)
        {
            // Somebody had put it to sleep, and now it is woken.
            faults.Switch(FaultKind.None);
        }

        switch (command)
        {
            case Query when queryOnly:
                QueueMeasurement(now);
                break;
            case SetMode:
                queryOnly = set ? value == 1 : queryOnly;
                nextUnasked = now + Second;
                QueueAnswer([command, data[1], (byte)(queryOnly ? 1 : 0), 0], now);
                break;
            case SetSleep:
                // Answered before the change, as the protocol's examples are.
                asleep = set ? value == 0 : asleep;
                nextUnasked = now + Second;
                QueueAnswer([command, data[1], (byte)(asleep ? 0 : 1), 0], now);
                break;
            case Firmware:
                QueueAnswer([command, 15, 7, 10], now);
                break;
            case SetPeriod when !set || value <= 30:
                periodMinutes = set ? value : periodMinutes;
                nextUnasked = now + (periodMinutes == 0 ? Second : WorkTime);
                QueueAnswer([command, data[1], periodMinutes, 0], now);
                break;
            default:
                // Setting an id is not simulated; everything else does not exist.
                break;
        }
    }

    private void QueueAnswer(ReadOnlySpan<byte> four, TimeSpan now) =>
        QueueFrame(Frame(Answer, [.. four, OwnId >> 8, OwnId & 0xFF]), now, null);

    private void QueueMeasurement(TimeSpan now)
    {
        // Right after its start it has no data, and says 0.0.
        var (pm25, pm10) = faults.Kind == FaultKind.Zeros ? default : air();
        var (fine, coarse) = (Tenths(pm25), Tenths(pm10));
        byte[] measured =
            [(byte)(fine & 0xFF), (byte)(fine >> 8), (byte)(coarse & 0xFF), (byte)(coarse >> 8)];
        QueueFrame(
            Frame(Data, [.. measured, OwnId >> 8, OwnId & 0xFF]),
            now,
            new ServedValues("C0", measured, [("pm25", fine / 10.0), ("pm10", coarse / 10.0)]));
    }

    // The sensor's own range ends at 999.9.
    private static int Tenths(double micrograms) => (int)Math.Clamp(Math.Round(micrograms * 10), 0, TenthsMax);

    private void QueueFrame(byte[] frame, TimeSpan now, ServedValues? values)
    {
        var due = now + (CommandLength * character) + Thinking + faults.Late;
        if (LineFaults.Distort(faults.Kind, default, frame) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(bytes, due, isWhole && values is not null ? () => log.Note(id, values) : null));
        }
    }
}
