using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Drivers.Plantower;

/// <summary>Reads a Plantower PMS5003 or PMS7003 on a UART of its own, 9600 baud 8N1.</summary>
/// <remarks>From the factory it sends unasked, each 0.2 to 2.3 s; set to passive it answers. The driver asks, and takes the
/// first good frame after that: right in both. Not thread-safe.</remarks>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For deadlines.</param>
internal sealed class Pms5003Sensor(ISerialLine line, TimeProvider time) : ISensor
{
    // Longer than the longest pause between two frames.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(3000);

    private readonly FrameListener listener = new(line, time, PmsFrame.Length);

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "plantower-pms5003",
        Name = "Plantower PMS5003 or PMS7003 dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Outputs = PmsFrame.Outputs,
        Attachments =
        [
            Attachment.Serial(
                addresses: null,
                static baud => new SerialSettings("", baud).TimeOf(PmsFrame.Query.Length + PmsFrame.Length),
                static (bus, _) => new Pms5003Sensor(bus.Line, bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => listener.AskAsync(
        PmsFrame.Query, AnswerMax, PmsFrame.Find, "or it sleeps: is its SET pin high?", cancellationToken);
}
