using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Spi;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Sensors.Drivers.AlphasenseOpcN3;

/// <summary>Reads an Alphasense OPC-N3 over SPI. It counts single particles up to 40 µm, so it sees coarse dust.</summary>
/// <remarks>
/// <para>A poll takes what was counted since the poll before, where that was within <see cref="HistogramEvery"/>. Else what it holds
/// is from an unknown time: that is thrown away, and after <see cref="Sample"/> off the line it is asked again.</para>
/// <para>Where polls are far apart, fan and laser are off between them (<see cref="DutyPlan"/>). Not thread-safe.</para>
/// </remarks>
internal sealed class OpcN3Sensor : IPausingSensor, IDutyDevice
{
    /// <summary>How long it counts where a poll has to wait for it.</summary>
    public static readonly TimeSpan Sample = TimeSpan.FromSeconds(10);

    /// <summary>The longest time between two histograms that is well within what the maker says (0.5 to 20 s).</summary>
    public static readonly TimeSpan HistogramEvery = TimeSpan.FromSeconds(20);

    // 072-0503, section 2: 5 to 10 s for the fan to get up to speed.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    // 072-0503, section 2: above 600 ms, below 2 s, in which it makes several attempts at its fan.
    private static readonly TimeSpan FanStart = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineTimeWhereItRests = TimeSpan.FromMilliseconds(1600);

    private const byte PowerCommand = 0x03;
    private const byte FanOff = 0x02;
    private const byte FanOn = 0x03;
    private const byte LaserOff = 0x06;
    private const byte LaserOn = 0x07;
    private const byte PowerStatusCommand = 0x13;
    private const int PowerStatusLength = 6;
    private const int FanStatusAt = 0;
    private const int LaserSwitchAt = 4;
    private const byte InformationCommand = 0x3F;
    private const byte SerialCommand = 0x10;
    private const int TextLength = 60;
    private const string Name = "OPC-N3";

    private readonly OpcN3Link link;
    private readonly string? serial;
    private readonly TimeProvider time;
    private readonly DutyCycle cycle;
    private long? histogramAt;

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The line; not disposed of.</param>
    /// <param name="plan">When it runs.</param>
    /// <param name="serial">Serial number of the very piece; null where any will do.</param>
    /// <param name="time">For all waiting.</param>
    public OpcN3Sensor(ISpiLine line, DutyPlan plan, string? serial, TimeProvider time)
    {
        (this.serial, this.time) = (serial, time);
        link = new OpcN3Link(line, time);
        cycle = new DutyCycle(this, plan, time);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "alphasense-opc-n3",
        Name = "Alphasense OPC-N3 particle counter",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure =
        [
            "Whether it minds that its select line goes up between bytes, as the kernel does it; others do so and get data.",
            "That its masses A, B and C are those below 1, 2.5 and 10 µm: so it comes, but they can be set, and the setting is not read.",
            "What a laser status means, but that 0 is off; others see 550 to 650.",
            "Whether a flow of 0 may also mean that no particle came.",
            "How much dust it can count at the most: a bin that is full is flagged.",
            "How the text of its serial number is written: a number that its owner noted must be that text, or a word of it.",
        ],
        TellsSerial = true,
        Outputs = OpcN3Histogram.Outputs,
        ReadSettings = DutySettings.Read,
        Attachments =
        [
            Attachment.Spi(
                static order => DutyPlan.Of(order, WarmUp).Rests ? LineTimeWhereItRests : LineTime,
                static (bus, order) => new OpcN3Sensor(bus.Line, DutyPlan.Of(order, WarmUp), order.Serial, bus.Time))
            with
            {
                Waiting = static order => DutyPlan.Of(order, WarmUp).Waiting + (order.Interval <= HistogramEvery ? TimeSpan.Zero : Sample),
                WithoutWaiting = "leave it running: sleep = false",
            },
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync(new LoneTurn(time), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(IBusTurn turn, CancellationToken cancellationToken) =>
        cycle.ReadAsync(turn, cancellationToken);

    /// <inheritdoc/>
    public void Forget() => cycle.Forget();

    /// <inheritdoc/>
    public async ValueTask<Reading.Failed?> StartAsync(CancellationToken cancellationToken)
    {
        histogramAt = null;
        var failed = await IdentifyAsync(cancellationToken) ?? await SetAsync(FanOn, cancellationToken);
        if (failed is null)
        {
            await Task.Delay(FanStart, time, cancellationToken);
        }

        var status = new byte[PowerStatusLength];
        failed ??= await SetAsync(LaserOn, cancellationToken) ?? await AskAsync(PowerStatusCommand, status, cancellationToken);
        return failed ?? (status[FanStatusAt] == 0 ? new Reading.Failed(SensorFault.DeviceFault, "its fan does not start")
            : status[LaserSwitchAt] == 0 ? new Reading.Failed(SensorFault.DeviceFault, "its laser does not start")
            : null);
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if (histogramAt is not { } before || time.GetElapsedTime(before) > HistogramEvery)
        {
            // From an unknown time.
            if (await TakeAsync(new byte[OpcN3Histogram.Length], cancellationToken) is { } refused)
            {
                return refused;
            }

            turn.BeginMeasuring();
            await turn.PauseAsync(Sample, cancellationToken);
        }

        var since = histogramAt!.Value;
        var bytes = new byte[OpcN3Histogram.Length];
        var failed = await TakeAsync(bytes, cancellationToken);
        var reading = failed ?? OpcN3Histogram.Interpret(bytes, time.GetElapsedTime(since));

        // What comes after any kind of error is from an unknown time too.
        histogramAt = reading is Reading.Failed ? null : histogramAt;
        return reading;
    }

    /// <inheritdoc/>
    public async ValueTask RestAsync(CancellationToken cancellationToken)
    {
        await SetAsync(LaserOff, cancellationToken);
        await SetAsync(FanOff, cancellationToken);
    }

    private async ValueTask<Reading.Failed?> IdentifyAsync(CancellationToken cancellationToken)
    {
        var text = new byte[TextLength];
        var failed = await AskAsync(InformationCommand, text, cancellationToken);
        if (failed is null && !Encoding.ASCII.GetString(text).StartsWith(Name, StringComparison.Ordinal))
        {
            failed = new Reading.Failed(SensorFault.WrongDevice, $"it does not call itself {Name}: {Convert.ToHexString(text.AsSpan(..16))}");
        }

        if (failed is not null || serial is null)
        {
            return failed;
        }

        failed = await AskAsync(SerialCommand, text, cancellationToken);
        return failed ?? (OpcN3Serial.Of(text) is var given && given.Is(serial)
            ? null
            : new Reading.Failed(SensorFault.WrongDevice, $"its serial number is {given}, not {serial}"));
    }

    private async ValueTask<Reading.Failed?> TakeAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var failed = await AskAsync(OpcN3Histogram.Command, bytes, cancellationToken);
        histogramAt = failed is null ? time.GetTimestamp() : null;
        return failed;
    }

    private async ValueTask<Reading.Failed?> AskAsync(byte command, byte[] bytes, CancellationToken cancellationToken)
    {
        var write = new byte[bytes.Length];
        write.AsSpan().Fill(command);
        return await link.CommandAsync(command, write, bytes, cancellationToken);
    }

    private async ValueTask<Reading.Failed?> SetAsync(byte option, CancellationToken cancellationToken) =>
        await link.CommandAsync(PowerCommand, new[] { option }, new byte[1], cancellationToken);
}
