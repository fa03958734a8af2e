using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Drivers.MaxbotixHrxl;

/// <summary>Reads a water level from a MaxBotix HRXL-MaxSonar that hangs above it, on a UART of its own, 9600 baud 8N1.</summary>
/// <remarks>
/// <para>Unit: millimetres above the zero that <see cref="HrxlSettings.HeightMm"/> is measured from, resolution 1.</para>
/// <para>It sends 5 to 7.5 lines a second, unasked. Each poll throws away what has come and takes the median of the next
/// <see cref="HrxlLines.Wanted"/>. Keeps nothing from one poll to the next; not thread-safe.</para>
/// </remarks>
internal sealed class HrxlSensor : ISensor
{
    // The slowest of them has 5.17 lines a second.
    private static readonly TimeSpan LineMax = TimeSpan.FromMilliseconds(200);

    // One line is lost where listening begins; some may be garbled.
    private static readonly TimeSpan ListenMax = (HrxlLines.Wanted + 6) * LineMax;

    private readonly FrameListener listener;
    private readonly HrxlSettings settings;

    /// <summary>Makes the sensor.</summary>
    /// <param name="line">The line; not disposed of.</param>
    /// <param name="settings">Where it hangs, and what it can see.</param>
    /// <param name="time">For deadlines.</param>
    public HrxlSensor(ISerialLine line, HrxlSettings settings, TimeProvider time)
    {
        this.settings = settings;
        listener = new FrameListener(line, time, HrxlLines.LineLength);
    }

    /// <summary>The model as the catalogue has it.</summary>
    public static SensorModel Model { get; } = new()
    {
        Id = "maxbotix-hrxl",
        Name = "MaxBotix HRXL-MaxSonar ultrasonic level sensor",
        Grade = "indicative",
        VerifiedOnHardware = false,
        Unsure =
        [
            "The nearest range of each part: 300 or 500 mm, so 500 holds where nobody says otherwise.",
            "How often a disturbed line looks like a good one: it has no check sum, and the median of nine is taken.",
        ],
        Outputs = [HrxlSettings.Level],
        ReadSettings = HrxlSettings.Read,
        Attachments =
        [
            Attachment.Serial(
                addresses: null,
                static (line, _) => (HrxlLines.Wanted * LineMax) + line.Delay,
                static (bus, order) => new HrxlSensor(bus.Line, order.Settings as HrxlSettings ?? HrxlSettings.Usual, bus.Time)),
        ],
    };

    /// <inheritdoc/>
    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        var (reading, failed) = await listener.AskAsync<Reading>(
            ReadOnlyMemory<byte>.Empty,
            ListenMax,
            Find,
            "check its supply and its TX; a part for RS-232 (MB736x) needs an adapter for that, one for TTL (MB738x) does not",
            cancellationToken);
        return reading ?? failed!;
    }

    private Reading.Measured? Find(ReadOnlySpan<byte> bytes) => HrxlLines.MedianRange(bytes) is { } range ? Interpret(range) : null;

    private Reading.Measured Interpret(int rangeMm)
    {
        var level = new Measurement(Measurand.WaterLevel, settings.HeightMm - rangeMm);
        var output = HrxlSettings.Level.Name;
        return new Reading.Measured(
        [
            // The number that stands for "nothing seen" is none that it measured.
            rangeMm >= settings.NoTargetMm ? new OutputReading(output, null, SensorFault.OverRange)
            {
                Detail = "it sees nothing: the water is too far, or foam, rain or a web takes its echo",
            }
            : rangeMm == settings.NoTargetMm - 1 ? new OutputReading(output, level, SensorFault.OverRange)
            {
                Detail = "the water is as far as it can see, or farther",
            }
            : rangeMm <= settings.NearestMm ? new OutputReading(output, level, SensorFault.OverRange)
            {
                Detail = string.Create(
                    CultureInfo.InvariantCulture, $"something is {settings.NearestMm} mm or less before it: high water, or a web or ice on it"),
            }
            : new OutputReading(output, level, null),
        ]);
    }
}
