using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Drivers.NovaSds011;

/// <summary>Reads PM2.5 and PM10 from a Nova SDS011 on a UART of its own, 9600 baud 8N1.</summary>
/// <remarks>
/// <para>Unit: micrograms per cubic metre, 0 to 999.9, resolution 0.1. An optical sensor that hardly sees particles above
/// 2 micrometres: its PM10 shows a trend and is held against no limit.</para>
/// <para>Each poll throws away what has come, asks for data and takes the first good frame after that. A sensor in query
/// mode answers at once; one in active mode, as it comes from the factory, sends one each second anyway. The mode is left as
/// it is: it would be kept in the sensor's memory.</para>
/// <para>Not thread-safe: one instance owns the line's traffic.</para>
/// </remarks>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For deadlines.</param>
internal sealed class Sds011Sensor(ISerialLine line, TimeProvider time) : ISensor
{
    // In active mode a frame comes each second; one may be lost.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(2500);

    private const ushort TenthsMax = 9999;
    private const double TenthsPerUnit = 10;

    private readonly FrameListener listener = new(line, time, Sds011Frame.ReplyLength);

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "nova-sds011",
        Name = "Nova SDS011 dust sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Attachments = [Attachment.Serial(addresses: null, TimeAt, static (bus, _) => new Sds011Sensor(bus.Line, bus.Time))],
        Outputs =
        [
            new SensorOutput("pm25", Measurand.Pm25) { Method = "laser light scattering", Range = new Band(0, 999.9) },
            new SensorOutput("pm10", Measurand.Pm10) { Method = "laser light scattering", Range = new Band(0, 999.9) },
        ],
    };

    /// <inheritdoc/>
    public ValueTask<Reading> ReadAsync(CancellationToken cancellationToken) => listener.AskAsync(
        Sds011Frame.QueryData, AnswerMax, Find, "or it sleeps: has another program set a working period?", cancellationToken);

    /// <summary>What a data frame means.</summary>
    /// <param name="data">The frame.</param>
    internal static Reading Interpret(Sds011Data data)
    {
        // Air without any particle does not exist outdoors; a sensor that has just started says so.
        if (data is { Pm25Tenths: 0, Pm10Tenths: 0 })
        {
            return new Reading.Failed(SensorFault.Refused, "0.0 and 0.0: it has only just started and has no data yet");
        }

        return new Reading.Measured(
        [
            Output("pm25", Measurand.Pm25, data.Pm25Tenths), Output("pm10", Measurand.Pm10, data.Pm10Tenths),
        ]);
    }

    private static OutputReading Output(string name, Measurand measurand, ushort tenths) =>
        new(
            name,
            new Measurement(measurand, tenths / TenthsPerUnit),
            // At the end of the scale it says 999.9 for everything beyond.
            tenths >= TenthsMax ? SensorFault.OverRange : null);

    private static Reading? Find(ReadOnlySpan<byte> bytes) =>
        Sds011Frame.TryFindData(bytes, out var data) ? Interpret(data) : null;

    private static TimeSpan TimeAt(int baud) =>
        new SerialSettings("", baud).TimeOf(Sds011Frame.CommandLength + Sds011Frame.ReplyLength);
}
