using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses;
using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Sensors.Drivers.PulseCounter;

/// <summary>Counts the pulses of a contact on a GPIO line all the time, and says at each poll how many, and how fast since the last.
/// </summary>
/// <remarks>
/// <para>The count goes on over restarts. Pulses while this program does not run, or cannot watch the line, are not seen; those
/// since the count was last kept are lost where it is killed. The first reading after that has the count with the fault
/// <see cref="SensorFault.Incomplete"/>: from the reading before it to this one, a total is a lower bound. There is no rate in it,
/// for there is no time that it would be of.</para>
/// <para>Dispose it before its lines, at a stop: that keeps the count. Not thread-safe.</para>
/// </remarks>
/// <param name="lines">The chip; not disposed of.</param>
/// <param name="line">Number of the line on it.</param>
/// <param name="settings">Its settings.</param>
/// <param name="memory">Where the count is kept; null where nobody keeps it.</param>
/// <param name="time">For the times of edges and polls.</param>
internal sealed class PulseSensor(
    IGpioLines lines, int line, PulseSettings settings, IDeviceMemory? memory, TimeProvider time) : ISensor, IDisposable
{
    // A contact that bounces gives some edges a pulse; interference gives any number.
    private const double EdgesPerPulseMax = 20;

    private readonly PulseTally tally = new(settings.Limits.Debounce, settings.ClosesHigh, time);
    private readonly CountKeeper keeper = new(memory, time);
    private long? before;
    private bool isWatching;
    private string? incomplete;
    private (long At, PulseStand Stand)? last;

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "pulse-counter",
        Name = "Pulse counter on a GPIO line, for tipping buckets, cup anemometers and flow meters",
        Grade = "reference",
        VerifiedOnHardware = false,
        Unsure =
        [
            "How many pulses a second a Pi counts without loss: edges are told of without their times, by a thread of this program.",
            "The usual debounce and highest rate of wind and flow are choices; those of a make stand on its sheet.",
        ],
        Outputs = [],
        ReadSettings = PulseSettings.Read,
        Attachments =
        [
            Attachment.Gpio(static (bus, order) => new PulseSensor(
                bus.Lines, (int)order.Address, order.Settings as PulseSettings ?? PulseSettings.Usual, order.Memory, bus.Time)) with { CountsFirst = true },
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        before ??= await Blocking.RunAsync(() => keeper.Begin(out incomplete));
        if (!isWatching && lines.Watch(line, settings.Pull, OnEdge) is { } refused)
        {
            return Lost(refused);
        }

        var (isHigh, fault) = lines.Read(line);
        if (fault is not null)
        {
            return Lost(fault);
        }

        if (!isWatching)
        {
            isWatching = true;
            tally.Begin(isHigh);
        }

        var now = time.GetTimestamp();
        var stand = tally.Now();
        var reading = Interpret(stand, now);
        (last, incomplete) = ((now, stand), null);
        await keeper.KeepWhereDueAsync(Count);
        return reading;
    }

    /// <summary>Counts no more, and keeps the count.</summary>
    public void Dispose()
    {
        lines.Leave(line);
        if (before is not null)
        {
            keeper.End(Count);
        }
    }

    private long Count => (before ?? 0) + tally.Now().Pulses;

    private void OnEdge(bool isHigh) => keeper.Note((before ?? 0) + tally.Edge(isHigh), () => Count);

    private Reading.Failed Lost(string fault)
    {
        if (isWatching)
        {
            incomplete = "pulses while the line could not be watched were not seen";
        }

        (isWatching, last) = (false, null);
        return new Reading.Failed(SensorFault.BusDown, fault);
    }

    private Reading.Measured Interpret(PulseStand stand, long now)
    {
        var count = (before ?? 0) + stand.Pulses;
        var elapsed = last is { } earlier ? time.GetElapsedTime(earlier.At, now).TotalSeconds : 0;
        var pulses = stand.Pulses - (last?.Stand.Pulses ?? 0);
        var trouble = Trouble(stand, pulses, stand.Edges - (last?.Stand.Edges ?? 0), elapsed);
        SensorFault? fault = trouble is not null ? SensorFault.DeviceFault : incomplete is not null ? SensorFault.Incomplete : null;
        var detail = trouble ?? incomplete;

        OutputReading Output(SensorOutput output, double value) =>
            new(output.Name, new Measurement(output.Measurand, value), fault) { Detail = detail };

        List<OutputReading> outputs = [Output(PulseQuantity.Count, count)];
        if (settings.Quantity.Total is { } total)
        {
            outputs.Add(Output(total, count * settings.PerPulse));
        }

        if (settings.Quantity.Rate is { } rate)
        {
            outputs.Add(elapsed > 0
                ? Output(rate, Rate(pulses / elapsed))
                : new OutputReading(rate.Name, null, SensorFault.NotReady) { Detail = "counting has only just begun" });
        }

        return new Reading.Measured(outputs);
    }

    private double Rate(double perSecond) =>
        (perSecond * settings.PerPulse * settings.Quantity.RatePerPulseASecond) + (perSecond > 0 ? settings.Offset : 0);

    private string? Trouble(PulseStand stand, long pulses, long edges, double elapsed)
    {
        if (settings.Limits.ClosedMax is { } closedMax && stand.ClosedFor >= closedMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"the contact has been closed for {stand.ClosedFor.Value.TotalMinutes:0} min: stuck, or a short circuit");
        }

        if (elapsed <= 0)
        {
            return null;
        }

        // One pulse more than the rate allows is what a short time between two polls may hold.
        var most = (settings.Limits.PerSecondMax * elapsed) + 1;
        return pulses > most
            ? string.Create(
                CultureInfo.InvariantCulture, $"{pulses} pulses in {elapsed:0.#} s, more than {settings.Limits.PerSecondMax:0.##} a second: interference, or a contact that bounces for longer than the debounce")
            : edges > EdgesPerPulseMax * Math.Max(pulses, most)
                ? string.Create(
                    CultureInfo.InvariantCulture, $"{edges} edges in {elapsed:0.#} s for {pulses} pulses: the line is never still, so pulses are missed")
                : null;
    }
}
