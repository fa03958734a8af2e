using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Sensors.Drivers.SensirionSps30;

/// <summary>Reads PM1, PM2.5 and PM10 from a Sensirion SPS30 on a UART of its own, SHDLC at 115200 baud 8N1.</summary>
/// <remarks>
/// <para>Unit: micrograms per cubic metre, 0 to 1000. PM10 is computed from the distribution of what it sees, which is mostly
/// smaller: it shows a trend and is held against no limit.</para>
/// <para>Where polls are far apart it is stopped between them (<see cref="DutyPlan"/>). It then never comes to clean its fan by itself,
/// so that is done for it: after the first value, and each <see cref="CleaningEvery"/>.</para>
/// <para>One that has lost its power stands still and says so or has no new values: it is started within the same poll.</para>
/// <para>Not thread-safe: one instance owns the line's traffic.</para>
/// </remarks>
internal sealed class Sps30Sensor : IPausingSensor, IDutyDevice
{
    /// <summary>How often the fan of one that rests is cleaned; the sensor's own interval for one that runs on.</summary>
    public static readonly TimeSpan CleaningEvery = TimeSpan.FromDays(7);

    // Section 1.1: 8 s in dusty air to 30 s in clean air.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    // Section 5.3: 20 ms at the most; and what a USB adapter holds back.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(300);

    // Section 1.1: new values each 1 ± 0.04 s.
    private static readonly TimeSpan ValuesEvery = TimeSpan.FromMilliseconds(1100);

    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(20);
    private const int StopTries = 2;

    // Values and status.
    private const int ExchangesWhereItRuns = 2;

    // Type, serial number, start, clear, values, status, clean, stop.
    private const int ExchangesWhereItRests = 8;

    // The longest, values of which each byte is stuffed.
    private const int ExchangeBytes = 7 + 2 + (2 * (5 + 40));

    private readonly FrameListener listener;
    private readonly DutyPlan plan;
    private readonly string? serial;
    private readonly TimeProvider time;
    private readonly DutyCycle cycle;
    private long? cleanedAt;

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The line; not disposed of.</param>
    /// <param name="plan">When it runs.</param>
    /// <param name="serial">Serial number of the very piece; null where any will do.</param>
    /// <param name="time">For deadlines.</param>
    public Sps30Sensor(ISerialLine line, DutyPlan plan, string? serial, TimeProvider time)
    {
        (this.plan, this.serial, this.time) = (plan, serial, time);
        listener = new FrameListener(line, time, ShdlcFrame.ReplyLengthMin);
        cycle = new DutyCycle(this, plan, time);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "sensirion-sps30",
        Name = "Sensirion SPS30 dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure =
        [
            "What it answers where values are asked for and it does not measure: an error or nothing new; both are taken for a lost supply.",
            "Whether its own week of fan cleaning runs on while it is stopped: it is cleaned as if it did not.",
            "That the wake-up command is stuffed as all others: the example of its data sheet is not, its rule and its maker's code are.",
        ],
        TellsSerial = true,
        Outputs = Sps30Data.Outputs,
        ReadSettings = DutySettings.Read,
        Attachments =
        [
            Attachment.Serial(
                addresses: null,
                TimeAt,
                static (bus, order) => new Sps30Sensor(bus.Line, DutyPlan.Of(order, WarmUp), order.Serial, bus.Time))
            with
            {
                // One that runs on waits only where it is asked twice within its second.
                Waiting = static order => DutyPlan.Of(order, WarmUp) is { Rests: true } plan
                    ? plan.Waiting + Sps30Command.CleaningTime
                    : TimeSpan.Zero,
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
        var failed = await IdentifyAsync(cancellationToken);
        if (failed is null)
        {
            (var reply, failed) = await ExchangeAsync(Sps30Command.Start, cancellationToken);
            if (reply is { Code: Sps30Command.NotAllowedNow })
            {
                // It runs, perhaps with values in another form.
                await ExchangeAsync(Sps30Command.Stop, cancellationToken);
                (reply, failed) = await ExchangeAsync(Sps30Command.Start, cancellationToken);
            }

            failed ??= Refusal(Sps30Command.Start, reply!);
        }

        if (failed is null)
        {
            // Where it is lost or not known, what is there of old shows at the first value, and it is started once more.
            await ExchangeAsync(Sps30Command.ClearStatus, cancellationToken);
        }

        return failed;
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        var (reply, failed) = await ExchangeAsync(Sps30Command.ReadValues, cancellationToken);
        if (reply is { Code: 0, Data.Length: 0 })
        {
            // Asked twice within its second.
            await turn.PauseAsync(ValuesEvery, cancellationToken);
            (reply, failed) = await ExchangeAsync(Sps30Command.ReadValues, cancellationToken);
        }

        if (reply is null)
        {
            return failed!;
        }

        if (reply is { Code: 0, Data.Length: 0 } or { Code: Sps30Command.NotAllowedNow })
        {
            return await RunAsync(cancellationToken);
        }

        var reading = Refusal(Sps30Command.ReadValues, reply) ?? Sps30Data.Measured(reply.Data.Span);
        reading = reading is Reading.Measured || reply.HasDeviceError
            ? await JudgeAsync(reading, reply.HasDeviceError, cancellationToken)
            : reading;
        if (reading is Reading.Measured && plan.Rests && (cleanedAt is not { } before || time.GetElapsedTime(before) >= CleaningEvery))
        {
            await CleanAsync(turn, cancellationToken);
        }

        return reading;
    }

    /// <inheritdoc/>
    public async ValueTask RestAsync(CancellationToken cancellationToken)
    {
        for (var tried = 0; tried < StopTries; tried++)
        {
            if ((await ExchangeAsync(Sps30Command.Stop, cancellationToken)).Reply is not null)
            {
                return;
            }
        }
    }

    private async ValueTask<Reading.Failed?> IdentifyAsync(CancellationToken cancellationToken)
    {
        var (type, failed) = await ReadTextAsync(Sps30Command.ReadProductType, cancellationToken);
        if (failed is { Fault: SensorFault.NoAnswer })
        {
            // Another program may have sent it to sleep.
            await ExchangeAsync(Sps30Command.WakeUp, cancellationToken);
            (type, failed) = await ReadTextAsync(Sps30Command.ReadProductType, cancellationToken);
        }

        if (failed is null && type != Sps30Data.ProductType)
        {
            failed = new Reading.Failed(SensorFault.WrongDevice, $"its product type is {type}, not {Sps30Data.ProductType}");
        }

        if (failed is not null || serial is null)
        {
            return failed;
        }

        (var given, failed) = await ReadTextAsync(Sps30Command.ReadSerialNumber, cancellationToken);
        return failed ?? (string.Equals(given, serial, StringComparison.OrdinalIgnoreCase)
            ? null
            : new Reading.Failed(SensorFault.WrongDevice, $"its serial number is {given}, not {serial}"));
    }

    // Nothing new: it stands still, or its fan is being cleaned.
    private async ValueTask<Reading> RunAsync(CancellationToken cancellationToken)
    {
        var (reply, failed) = await ExchangeAsync(Sps30Command.Start, cancellationToken);
        return reply switch
        {
            null => failed!,
            { Code: 0 } => new Reading.Failed(SensorFault.NotReady, "it did not measure, so it had lost its power: it is started anew"),
            { Code: Sps30Command.NotAllowedNow } => new Reading.Failed(
                SensorFault.NotReady, $"no new values within {ValuesEvery.TotalSeconds:0.0} s: it cleans its fan"),
            _ => Refusal(Sps30Command.Start, reply)!,
        };
    }

    private async ValueTask<Reading> JudgeAsync(Reading values, bool hasError, CancellationToken cancellationToken)
    {
        var (reply, failed) = await ExchangeAsync(Sps30Command.ReadStatus, cancellationToken);
        return reply switch
        {
            null => failed!,
            { Code: Sps30Command.Unknown } when hasError => new Reading.Failed(
                SensorFault.DeviceFault, "it says that its fan or its laser has failed; its firmware is too old to say which"),
            { Code: Sps30Command.Unknown } => values,
            _ => Refusal(Sps30Command.ReadStatus, reply) ?? Sps30Data.Judged(values, reply.Data.Span),
        };
    }

    // Where it does not work, it is tried after the next value.
    private async ValueTask CleanAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        if ((await ExchangeAsync(Sps30Command.CleanFan, cancellationToken)).Reply is { Code: 0 })
        {
            cleanedAt = time.GetTimestamp();
            await turn.PauseAsync(Sps30Command.CleaningTime, cancellationToken);
        }
    }

    private async ValueTask<(string? Text, Reading.Failed? Failure)> ReadTextAsync(Sps30Command command, CancellationToken cancellationToken)
    {
        var (reply, failed) = await ExchangeAsync(command, cancellationToken);
        failed ??= Refusal(command, reply!);
        return failed is not null ? (null, failed)
            : Sps30Data.Text(reply!.Data.Span) is { } text ? (text, null)
            : (null, Sps30Data.Garbled(command.Name, reply.Data.Span));
    }

    private async ValueTask<(ShdlcReply? Reply, Reading.Failed? Failure)> ExchangeAsync(Sps30Command command, CancellationToken cancellationToken) =>
        await listener.AskAsync(
            command.Frame,
            AnswerMax,
            bytes => ShdlcFrame.Find(bytes, command.Code),
            "check its supply, RX and TX, that SEL is open, and that the bus has 115200 baud",
            cancellationToken);

    private static Reading.Failed? Refusal(Sps30Command command, ShdlcReply reply) => reply.Code == 0
        ? null
        : new Reading.Failed(
            SensorFault.Refused, $"it does not do \"{command.Name}\": code {reply.Code:X2}, {Sps30Command.Meaning(reply.Code)}");

    private static TimeSpan TimeAt(SerialSettings line, SensorOrder order) =>
        (line.TimeOf(ExchangeBytes) + Thinking + line.Delay)
        * (DutyPlan.Of(order, WarmUp).Rests ? ExchangesWhereItRests : ExchangesWhereItRuns);
}
