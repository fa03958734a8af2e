using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Duty;

namespace PondSentinel.Sensors.Drivers.Plantower;

/// <summary>Reads a Plantower PMS5003 or PMS7003 on a UART of its own, 9600 baud 8N1.</summary>
/// <remarks>From the factory it sends unasked, each 0.2 to 2.3 s; set to passive it answers. The driver asks, and takes the
/// first good frame after that: right in both. Where polls are far apart it sleeps between them (<see cref="DutyPlan"/>).
/// Not thread-safe.</remarks>
internal sealed class Pms5003Sensor : IPausingSensor, IDutyDevice
{
    // Longer than the longest pause between two frames.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(3000);

    // With the above it fits into one turn on the line.
    private static readonly TimeSpan AcknowledgeMax = TimeSpan.FromMilliseconds(800);
    private const int Tries = 2;

    private readonly FrameListener listener;
    private readonly TimeProvider time;
    private readonly DutyCycle cycle;

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The line; not disposed of.</param>
    /// <param name="plan">When it runs.</param>
    /// <param name="time">For deadlines.</param>
    public Pms5003Sensor(ISerialLine line, DutyPlan plan, TimeProvider time)
    {
        this.time = time;
        listener = new FrameListener(line, time, PmsFrame.Length);
        cycle = new DutyCycle(this, plan, time);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "plantower-pms5003",
        Name = "Plantower PMS5003 or PMS7003 dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure = ["Whether it answers to \"wake\", and how soon after it a question is heard: it is asked until a frame comes."],
        Outputs = PmsFrame.Outputs,
        ReadSettings = DutySettings.Read,
        Attachments =
        [
            Attachment.Serial(
                addresses: null,
                static baud => new SerialSettings("", baud).TimeOf(PmsFrame.Query.Length + PmsFrame.Length),
                static (bus, order) => new Pms5003Sensor(bus.Line, DutyPlan.Of(order, PmsFrame.WarmUp), bus.Time))
            with
            {
                Waiting = static order => DutyPlan.Of(order, PmsFrame.WarmUp).Waiting,
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
        var (sign, failed) = await listener.AskAsync(
            PmsFrame.Wake, AcknowledgeMax, FindSignOfLife, onSilence: "", cancellationToken);
        if (sign is null && failed!.Fault != SensorFault.BusDown)
        {
            // One that is set to passive may say nothing until it is asked.
            (_, failed) = await listener.AskAsync(
                PmsFrame.Query, AnswerMax, FindSignOfLife, "check its supply, RX and TX, and that its SET pin is high", cancellationToken);
        }

        return failed;
    }

    /// <inheritdoc/>
    public async ValueTask<Reading> AskAsync(IBusTurn turn, CancellationToken cancellationToken)
    {
        var (reading, failed) = await listener.AskAsync<Reading>(
            PmsFrame.Query, AnswerMax, PmsFrame.Find, "or it sleeps: is its SET pin high?", cancellationToken);
        return reading ?? failed!;
    }

    /// <inheritdoc/>
    public async ValueTask RestAsync(CancellationToken cancellationToken)
    {
        for (var tried = 0; tried < Tries; tried++)
        {
            var (answer, _) = await listener.AskAsync(
                PmsFrame.Sleep, AcknowledgeMax, FindSleeping, onSilence: "", cancellationToken);
            if (answer is not null)
            {
                return;
            }
        }
    }

    // A frame that reports an error is one too: it is there.
    private static string? FindSignOfLife(ReadOnlySpan<byte> bytes) =>
        PmsFrame.HasAnswer(bytes, awake: true) || PmsFrame.Find(bytes) is not null ? "awake" : null;

    private static string? FindSleeping(ReadOnlySpan<byte> bytes) => PmsFrame.HasAnswer(bytes, awake: false) ? "asleep" : null;
}
