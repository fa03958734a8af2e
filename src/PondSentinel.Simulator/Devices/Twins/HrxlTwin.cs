using System.Globalization;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Drivers.MaxbotixHrxl;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>MaxBotix HRXL-MaxSonar above water: a line each 150 ms, and what it is after power-on.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="settings">Where it hangs, and what it can see.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="log">Told of what went out.</param>
internal sealed class HrxlTwin(string id, HrxlSettings settings, Faults faults, Func<Sense> sense, ServedLog log) : ILineDevice
{
    // From the middle of the line before.
    private const int PartFrom = 3;

    // MB7369 and MB7389: 6.67 a second.
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(150);

    private static readonly byte[] Banner = Encoding.ASCII.GetBytes(
        "HRXL-MaxSonar-WRMT\rPN:MB7389\rCopyright 2011-2013\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\r");

    private readonly List<Transmission> waiting = [];
    private TimeSpan next;
    private bool hasBegun;

    /// <summary>What can be wrong with it.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
    [
        .. FaultWords.OnLines, FaultKind.Stuck, FaultKind.MidFrame, FaultKind.NoData, FaultKind.Rail, FaultKind.Zeros, FaultKind.Starting,
    ];

    /// <inheritdoc/>
    public void Receive(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        // It hears nothing.
    }

    /// <inheritdoc/>
    public void Silence()
    {
        // Nothing is half said to it.
    }

    /// <inheritdoc/>
    public void Reset() => waiting.Clear();

    /// <inheritdoc/>
    public Transmission? Next(TimeSpan now)
    {
        if (now >= next)
        {
            next = now + Every;
            var isBanner = !hasBegun || faults.Kind == FaultKind.Starting;
            hasBegun = true;
            if (isBanner)
            {
                Queue(Banner, now, null);
            }
            else
            {
                Measure(now);
            }
        }

        var due = waiting.Find(transmission => transmission.Due <= now);
        if (due is not null)
        {
            waiting.Remove(due);
        }

        return due;
    }

    private void Measure(TimeSpan now)
    {
        var seen = Math.Clamp(
            (int)Math.Round(settings.HeightMm - sense()(Measurand.WaterLevel)), settings.NearestMm, settings.NoTargetMm - 1);
        var range = faults.Kind switch
        {
            FaultKind.NoData => settings.NoTargetMm,
            FaultKind.Rail => settings.NearestMm,
            FaultKind.Zeros => 0,
            _ => seen,
        };
        var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"R{range:0000}\r"));
        Queue(text, now, new ServedValues("R", text, [("level", settings.HeightMm - range)]));
    }

    private void Queue(byte[] text, TimeSpan now, ServedValues? values)
    {
        byte[] said = faults.Kind == FaultKind.MidFrame ? [.. text[PartFrom..], .. text] : text;
        if (LineFaults.Distort(faults.Kind, default, said) is (var bytes, var isWhole))
        {
            waiting.Add(new Transmission(bytes, now + faults.Late, isWhole && values is not null ? () => log.Note(id, values) : null));
        }
    }
}
