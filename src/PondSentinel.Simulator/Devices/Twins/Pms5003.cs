namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Plantower PMS5003 or PMS7003: PM1, PM2.5 and PM10 over a line of its own.</summary>
/// <remarks>Plantower PMS5003 manual. Commands have 7 bytes; after a start it sends unasked. Asleep it hears nothing but the command
/// to wake.</remarks>
/// <param name="id">Name of the device.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class Pms5003(string id, Faults faults, Func<Sense> sense, TimeSpan character, ServedLog log) : ILineDevice
{
    private const int CommandLength = 7;
    private const byte HeadHigh = 0x42;
    private const byte HeadLow = 0x4D;
    private const byte SetMode = 0xE1;
    private const byte Read = 0xE2;
    private const byte SetSleep = 0xE4;

    // From the middle of the frame before.
    private const int PartFrom = 13;

    // 2.3 s while the air stays as it is, 200 to 800 ms while it changes.
    private static readonly TimeSpan Unasked = TimeSpan.FromMilliseconds(2300);
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(20);

    private readonly List<byte> heard = [];
    private readonly List<Transmission> waiting = [];
    private bool isPassive;
    private bool sleeps;
    private TimeSpan nextUnasked;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [.. FaultWords.OnLines, FaultKind.Stuck, FaultKind.Error, FaultKind.Asleep, FaultKind.MidFrame];

    private bool IsAsleep => sleeps || faults.Kind == FaultKind.Asleep;

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        foreach (var value in bytes)
        {
            heard.Add(value);
            if (heard.Count > CommandLength)
            {
                heard.RemoveAt(0);
            }

            if (heard is [HeadHigh, HeadLow, var command, _, var data, var high, var low]
                && PmsSignal.Sum(heard.ToArray().AsSpan(..^2)) == ((high << 8) | low))
            {
                heard.Clear();
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
        if (!isPassive && !IsAsleep && now >= nextUnasked)
        {
            nextUnasked = now + Unasked;
            Measure(now, "stream");
        }

        var due = waiting.Find(transmission => transmission.Due <= now);
        if (due is not null)
        {
            waiting.Remove(due);
        }

        return due;
    }

    private void Take(byte command, byte data, TimeSpan now)
    {
        if (command == SetSleep && data == 1)
        {
            // As after a start: it sends unasked.
            (sleeps, isPassive, nextUnasked) = (false, false, now + Unasked);
            if (faults.Kind == FaultKind.Asleep)
            {
                faults.Switch(FaultKind.None);
            }

            return;
        }

        if (IsAsleep)
        {
            return;
        }

        switch (command)
        {
            case Read when isPassive:
                Measure(now, "E2");
                break;
            case SetMode:
                isPassive = data == 0;
                nextUnasked = now + Unasked;
                Queue(PmsSignal.Frame([0, 4, command, data]), now, null);
                break;
            case SetSleep:
                sleeps = true;
                Queue(PmsSignal.Frame([0, 4, command, data]), now, null);
                break;
            default:
                break;
        }
    }

    private void Measure(TimeSpan now, string what)
    {
        var (frame, values) = PmsSignal.Measure(sense(), faults.Kind, what);
        Queue(faults.Kind == FaultKind.MidFrame ? [.. frame[PartFrom..], .. frame] : frame, now, values);
    }

    private void Queue(byte[] frame, TimeSpan now, ServedValues? values)
    {
        var due = now + (CommandLength * character) + Thinking + faults.Late;
        if (LineFaults.Distort(faults.Kind, default, frame) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(bytes, due, isWhole && values is not null ? () => log.Note(id, values) : null));
        }
    }
}
