using System.Text;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>An EZO circuit in UART mode, as it comes from the factory: a reading each second unasked, and a word after each command.
/// </summary>
/// <param name="id">Name of the device.</param>
/// <param name="kind">Which circuit.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="character">Time of a character on the line.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class EzoUartTwin(
    string id, EzoKind kind, Faults faults, Func<Sense> sense, TimeSpan character, ServedLog log) : ILineDevice
{
    private const char End = '\r';
    private const int CommandMax = 64;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly EzoTwin circuit = new(kind, faults, sense);
    private readonly StringBuilder heard = new();
    private readonly List<Transmission> waiting = [];
    private bool isContinuous = true;
    private bool saysDone = true;
    private TimeSpan nextUnasked;

    /// <summary>What can be wrong with it.</summary>
    /// <param name="kind">Which circuit.</param>
    public static IReadOnlyList<FaultKind> Knobs(EzoKind kind) =>
        [.. EzoTwin.Knobs(kind), FaultKind.Garble, FaultKind.Cut, FaultKind.Stray, FaultKind.TopBits, FaultKind.Restart];

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        foreach (var value in bytes)
        {
            if (value != End)
            {
                // What is longer than any command is none.
                heard.Append(heard.Length < CommandMax ? (char)value : "");
                continue;
            }

            var command = heard.ToString();
            heard.Clear();
            if (command.Length > 0)
            {
                Take(command, now);
            }
        }
    }

    /// <inheritdoc/>
    public void Silence()
    {
        // It waits for the end of a line however long that takes.
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
        if (isContinuous && now >= nextUnasked)
        {
            nextUnasked = now + Second;
            var reading = circuit.Measure();
            Queue($"{reading.Text}{End}", now, reading.Values);
        }

        var due = waiting.Find(transmission => transmission.Due <= now);
        if (due is not null)
        {
            waiting.Remove(due);
        }

        return due;
    }

    private void Take(string command, TimeSpan now)
    {
        var asked = now + (command.Length * character);
        if (faults.Kind == FaultKind.Restart)
        {
            // What it forgets with its supply; the settings for its line are kept.
            circuit.Restart();
            Queue($"*RS{End}*RE{End}", asked, null);
            return;
        }

        switch (command.ToUpperInvariant())
        {
            case "C,0" or "C,1":
                isContinuous = command[^1] == '1';
                nextUnasked = asked + Second;
                Queue(Done, asked, null);
                break;
            case "*OK,0" or "*OK,1":
                saysDone = command[^1] == '1';
                Queue(Done, asked, null);
                break;
            default:
                if (circuit.Do(command) is { } outcome)
                {
                    var text = outcome.Text.Length > 0 ? $"{outcome.Text}{End}" : "";
                    Queue(text + Done, asked + outcome.Takes, outcome.Values);
                }
                else
                {
                    Queue($"*ER{End}", asked, null);
                }

                break;
        }
    }

    private string Done => saysDone ? $"*OK{End}" : "";

    private void Queue(string text, TimeSpan due, ServedValues? values)
    {
        var answer = Encoding.ASCII.GetBytes(text);
        if (answer.Length == 0)
        {
            return;
        }

        if (faults.Kind == FaultKind.TopBits)
        {
            answer = [.. answer.Select(value => (byte)(value | 0x80))];
            values = null;
        }

        if (LineFaults.Distort(faults.Kind, default, answer) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(
                bytes, due + faults.Late, isWhole && values is not null ? () => log.Note(id, values) : null));
        }
    }
}
