using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Sensors.Drivers.Contact;

/// <summary>Watches a contact on a GPIO line all the time, and says at each poll for which share of the time since the last a door was open,
/// a pump ran, a valve was open.</summary>
/// <remarks>
/// <para>So a door that was opened and shut between two polls is not missed, and the mean of several values is the share of their time.
/// The first value, and the first after the line could not be watched, is how it stands.</para>
/// <para>Dispose it before its lines. Not thread-safe.</para>
/// </remarks>
/// <param name="lines">The chip; not disposed of.</param>
/// <param name="line">Number of the line on it.</param>
/// <param name="settings">Its settings.</param>
/// <param name="time">For the times of edges and polls.</param>
internal sealed class ContactSensor(IGpioLines lines, int line, ContactSettings settings, TimeProvider time) : ISensor, IDisposable
{
    // A contactor that chatters, and a door in the wind, give some; interference gives any number.
    private const double EdgesMin = 20;
    private const double EdgesPerSecondMax = 10;

    private readonly ContactTally tally = new(settings.Debounce, time);
    private bool isWatching;

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "contact",
        Name = "Contact on a GPIO line, for doors, pumps and valves",
        Grade = "reference",
        VerifiedOnHardware = false,
        Unsure = ["The usual debounce is a choice; a contactor may chatter for longer."],
        Outputs = [],
        ReadSettings = ContactSettings.Read,
        Attachments =
        [
            Attachment.Gpio(static (bus, order) => new ContactSensor(
                bus.Lines, (int)order.Address, (ContactSettings)order.Settings!, bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read());
    }

    /// <summary>Watches it no more.</summary>
    public void Dispose() => lines.Leave(line);

    private Reading Read()
    {
        if (!isWatching && lines.Watch(line, settings.Pull, isHigh => tally.Edge(isHigh == settings.ActiveHigh)) is { } refused)
        {
            return new Reading.Failed(SensorFault.BusDown, refused);
        }

        var (isHigh, fault) = lines.Read(line);
        if (fault is not null)
        {
            isWatching = false;
            return new Reading.Failed(SensorFault.BusDown, fault);
        }

        if (isWatching)
        {
            tally.See(isHigh == settings.ActiveHigh);
        }
        else
        {
            tally.Begin(isHigh == settings.ActiveHigh);
            isWatching = true;
        }

        return Interpret(tally.Next());
    }

    private Reading.Measured Interpret(ContactSpan span)
    {
        var output = settings.Quantity.Output;
        var reading = new OutputReading(output.Name, new Measurement(output.Measurand, span.Share), null);
        return new Reading.Measured([span.Edges > EdgesMin + (EdgesPerSecondMax * span.Elapsed.TotalSeconds)
            ? reading with
            {
                Fault = SensorFault.DeviceFault,
                Detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{span.Edges} edges in {span.Elapsed.TotalSeconds:0.#} s: the line is never still; look at its wire and its shield, or give it a longer debounce"),
            }
            : reading]);
    }
}
