using System.Globalization;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A GPIO chip with a contact on each line that is used.</summary>
/// <remarks>Contacts move while <see cref="Pass"/> is called, which needs a clock that can be moved: it is for one process alone. Not
/// thread-safe.</remarks>
/// <param name="contacts">The contacts.</param>
/// <param name="time">The clock.</param>
internal sealed class VirtualGpio(IReadOnlyList<GpioTwin> contacts, TimeProvider time) : IGpioLines
{
    private readonly long begun = time.GetTimestamp();
    private readonly HashSet<int> watched = [];

    /// <inheritdoc/>
    public string Place => "/dev/gpiochip0";

    private TimeSpan Now => time.GetElapsedTime(begun);

    /// <summary>Lets a time pass.</summary>
    /// <param name="span">How long.</param>
    /// <param name="advance">Moves the clock.</param>
    public void Pass(TimeSpan span, Action<TimeSpan> advance)
    {
        var end = Now + span;
        while (contacts.MinBy(contact => contact.NextAt) is { } next && next.NextAt <= end)
        {
            advance(TimeSpan.FromTicks(Math.Max(0, (next.NextAt - Now).Ticks)));
            next.Step();
        }

        advance(end - Now);
    }

    /// <inheritdoc/>
    public string? Watch(int line, GpioPull pull, Action<bool> onEdge)
    {
        if (Find(line) is not { IsGone: false } contact)
        {
            return Gone(line);
        }

        contact.Watch(onEdge, Now);
        watched.Add(line);
        return null;
    }

    /// <inheritdoc/>
    public (bool IsHigh, string? Fault) Read(int line)
    {
        if (Find(line) is not { IsGone: false } contact || !watched.Contains(line))
        {
            Leave(line);
            return (false, Gone(line));
        }

        contact.Note(Now);
        return (contact.IsHigh, null);
    }

    /// <inheritdoc/>
    public void Leave(int line)
    {
        watched.Remove(line);
        Find(line)?.Leave();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var line in watched.ToArray())
        {
            Leave(line);
        }
    }

    private GpioTwin? Find(int line) => contacts.FirstOrDefault(contact => contact.Line == line);

    private string Gone(int line) => string.Create(CultureInfo.InvariantCulture, $"line {line} of {Place} cannot be watched: it is gone");
}
