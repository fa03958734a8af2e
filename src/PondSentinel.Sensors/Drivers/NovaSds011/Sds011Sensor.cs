using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Sensors.Drivers.NovaSds011;

/// <summary>Reads PM2.5 and PM10 from a Nova SDS011 on a UART of its own, 9600 baud 8N1.</summary>
/// <remarks>
/// <para>Unit: micrograms per cubic metre, 0 to 999.9, resolution 0.1. An optical sensor that hardly sees particles above
/// 2 micrometres: its PM10 shows a trend and is held against no limit.</para>
/// <para>Each poll throws away what has come, asks for data and takes the first good frame after that. A sensor in query
/// mode answers at once; one in active mode, as it comes from the factory, sends one each second anyway. That mode is left as
/// it is: it would be kept in the sensor's memory.</para>
/// <para>Its laser lasts 8000 h, so where polls are far apart it sleeps between them (<see cref="DutyPlan"/>). Each start sends
/// "work" until something shows that it was heard, and takes away a working period that another program may have left.</para>
/// <para>Not thread-safe: one instance owns the line's traffic.</para>
/// </remarks>
internal sealed class Sds011Sensor : IPausingSensor, IDutyDevice
{
    // In active mode a frame comes each second; one may be lost.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(2500);

    // It acknowledges within some milliseconds. So short that a start and an answer fit into one turn on the line.
    private static readonly TimeSpan AcknowledgeMax = TimeSpan.FromMilliseconds(700);
    private const int StartTries = 2;

    // Asleep it does not answer to a second "sleep", so silence is no reason to go on.
    private const int RestTries = 2;

    // Control protocol V1.3, set sleep and work: stable after 30 s of work.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    private const ushort TenthsMax = 9999;
    private const double TenthsPerUnit = 10;

    // Work, period, data, sleep.
    private const int ExchangesWhereItRests = 4;

    private readonly FrameListener listener;
    private readonly TimeProvider time;
    private readonly DutyCycle cycle;

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The line; not disposed of.</param>
    /// <param name="plan">When it runs.</param>
    /// <param name="time">For deadlines.</param>
    public Sds011Sensor(ISerialLine line, DutyPlan plan, TimeProvider time)
    {
        this.time = time;
        listener = new FrameListener(line, time, Sds011Frame.ReplyLength);
        cycle = new DutyCycle(this, plan, time);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "nova-sds011",
        Name = "Nova SDS011 dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure =
        [
            "Whether it takes any command for a wake-up, as its protocol says, or only \"work\", as others have seen: it is sent \"work\".",
            "The 8000 h of its laser are from the maker's data sheet, which was not checked again.",
        ],
        ReadSettings = DutySettings.Read,
        Attachments =
        [
            Attachment.Serial(
                addresses: null,
                TimeAt,
                static (bus, order) => new Sds011Sensor(bus.Line, DutyPlan.Of(order, WarmUp), bus.Time))
            with
            {
                Waiting = static order => DutyPlan.Of(order, WarmUp).Waiting,
                WithoutWaiting = "leave it running: sleep = false",
            },
        ],
        Outputs =
        [
            new SensorOutput("pm25", Measurand.Pm25) { Method = "laser light scattering", Range = new Band(0, 999.9) },
            new SensorOutput("pm10", Measurand.Pm10) { Method = "laser light scattering", Range = new Band(0, 999.9) },
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
        if (await TellAsync(Sds011Frame.Work, StartTries, FindWorking, cancellationToken) is { } failed)
        {
            return failed;
        }

        var (period, _) = await listener.AskAsync(Sds011Frame.ReadPeriod, AcknowledgeMax, FindPeriod, "", cancellationToken);
        if (period is { Value: not 0 })
        {
            // Kept over power-off, so written only where it is another. A lost answer shows at the next start.
            await listener.AskAsync(Sds011Frame.RunWithoutPeriod, AcknowledgeMax, FindPeriod, "", cancellationToken);
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        var (reading, failed) = await listener.AskAsync(
            Sds011Frame.QueryData, AnswerMax, Find, "its supply may have failed", cancellationToken);
        return reading ?? failed!;
    }

    /// <inheritdoc/>
    public async ValueTask RestAsync(CancellationToken cancellationToken) =>
        await TellAsync(Sds011Frame.Sleep, RestTries, FindSleeping, cancellationToken);

    /// <summary>What a data frame means.</summary>
    /// <param name="data">The frame.</param>
    internal static Reading Interpret(Sds011Data data)
    {
        // Air without any particle does not exist outdoors; a sensor that has just started says so.
        if (data is { Pm25Tenths: 0, Pm10Tenths: 0 })
        {
            return new Reading.Failed(SensorFault.NotReady, "0.0 and 0.0: it has only just started and has no data yet");
        }

        return new Reading.Measured(
        [
            Output("pm25", Measurand.Pm25, data.Pm25Tenths), Output("pm10", Measurand.Pm10, data.Pm10Tenths),
        ]);
    }

    private async ValueTask<Reading.Failed?> TellAsync(
        ReadOnlyMemory<byte> command, int tries, FrameFinder<Sds011Answer> find, CancellationToken cancellationToken)
    {
        Reading.Failed? failed = null;
        for (var tried = 0; tried < tries && failed?.Fault != SensorFault.BusDown; tried++)
        {
            (var answer, failed) = await listener.AskAsync(
                command, AcknowledgeMax, find, "check its supply, and RX and TX", cancellationToken);
            if (answer is not null)
            {
                return null;
            }
        }

        return failed;
    }

    private static OutputReading Output(string name, Measurand measurand, ushort tenths) =>
        new(
            name,
            new Measurement(measurand, tenths / TenthsPerUnit),
            // At the end of the scale it says 999.9 for everything beyond.
            tenths >= TenthsMax ? SensorFault.OverRange : null);

    private static Reading? Find(ReadOnlySpan<byte> bytes) =>
        Sds011Frame.TryFindData(bytes, out var data) ? Interpret(data) : null;

    // Data shows as well as its answer that it works; that may have been lost.
    private static Sds011Answer? FindWorking(ReadOnlySpan<byte> bytes) =>
        Sds011Frame.FindAnswer(bytes, Sds011Frame.SetSleepCommand, Sds011Frame.Working)
        ?? (Sds011Frame.TryFindData(bytes, out _) ? new Sds011Answer(Sds011Frame.SetSleepCommand, Sds011Frame.Working) : null);

    private static Sds011Answer? FindSleeping(ReadOnlySpan<byte> bytes) =>
        Sds011Frame.FindAnswer(bytes, Sds011Frame.SetSleepCommand, Sds011Frame.Sleeping);

    private static Sds011Answer? FindPeriod(ReadOnlySpan<byte> bytes) =>
        Sds011Frame.FindAnswer(bytes, Sds011Frame.SetPeriodCommand, value: null);

    private static TimeSpan TimeAt(SerialSettings line, SensorOrder order) =>
        (line.TimeOf(Sds011Frame.CommandLength + Sds011Frame.ReplyLength) + line.Delay)
        * (DutyPlan.Of(order, WarmUp).Rests ? ExchangesWhereItRests : 1);
}
