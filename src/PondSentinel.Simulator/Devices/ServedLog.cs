using System.Globalization;
using System.Text;

namespace PondSentinel.Simulator.Devices;

/// <summary>What the virtual devices have said: one line for each answer with measured values that went out whole. The
/// witness of the system tests, so it knows nothing of profiles, gateway or store.</summary>
/// <remarks>
/// <para>Line: <c>utc-ms simulated-seconds device register hex name=value …</c>. <c>hex</c> are the bytes of the values as
/// they stood in the answer; values are written as the shortest text that reads back the same 64-bit number.</para>
/// <para>Thread-safe. A line is flushed before the next is begun.</para>
/// </remarks>
/// <param name="writer">Where to; not disposed.</param>
/// <param name="time">The wall clock.</param>
/// <param name="clock">The simulated clock.</param>
internal sealed class ServedLog(TextWriter writer, TimeProvider time, SiteClock clock)
{
    private readonly Lock gate = new();

    /// <summary>Answers with measured values so far.</summary>
    public long Count { get; private set; }

    /// <summary>Notes an answer.</summary>
    /// <param name="device">Who gave it.</param>
    /// <param name="answer">What it said.</param>
    public void Note(string device, ServedValues answer)
    {
        var line = new StringBuilder();
        lock (gate)
        {
            line.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow().ToUnixTimeMilliseconds()} ");
            line.Append(CultureInfo.InvariantCulture, $"{clock.Now.TotalSeconds:0.###} ");
            line.Append(device).Append(' ').Append(answer.Register).Append(' ').Append(Convert.ToHexString(answer.Raw));
            foreach (var (name, value) in answer.Values)
            {
                line.Append(' ').Append(name).Append('=').Append(value.ToString("R", CultureInfo.InvariantCulture));
            }

            writer.WriteLine(line);
            writer.Flush();
            Count++;
        }
    }
}

/// <summary>The measured values of one answer.</summary>
/// <param name="Register">What was asked for, for example <c>2800</c>.</param>
/// <param name="Raw">The bytes that carried the values.</param>
/// <param name="Values">The values by name.</param>
internal sealed record ServedValues(string Register, byte[] Raw, IReadOnlyList<(string Name, double Value)> Values);
