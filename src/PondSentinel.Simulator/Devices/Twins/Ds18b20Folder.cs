using System.Globalization;
using System.Text;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Maxim DS18B20 thermometers as a folder of files, as the kernel's driver w1_therm shows them; each is written anew at
/// <see cref="Refresh"/>.</summary>
/// <remarks>A reader is not seen, so the served log says what has stood there to be read. Not thread-safe.</remarks>
/// <param name="folder">Where they lie, each in a folder of its own.</param>
/// <param name="log">Told of what stands there.</param>
internal sealed class Ds18b20Folder(string folder, ServedLog log)
{
    private const string FileName = "w1_slave";
    private const double StepsPerDegree = 16;
    private const int ScratchpadLength = 9;

    private readonly List<Twin> twins = [];

    /// <summary>What can be wrong with one.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [FaultKind.Stuck, FaultKind.Garble, FaultKind.Cut, FaultKind.Zeros, FaultKind.PowerOn, FaultKind.NoData, FaultKind.Gone];

    /// <summary>Puts one there.</summary>
    /// <param name="id">Name of the device.</param>
    /// <param name="number">Its number, <c>28-0123456789ab</c>.</param>
    /// <param name="faults">What is wrong with it.</param>
    /// <param name="sense">What there is to sense now.</param>
    public void Add(string id, string number, Faults faults, Func<Sense> sense) => twins.Add(new Twin(id, number, faults, sense));

    /// <summary>Lets all measure.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Refresh()
    {
        Directory.CreateDirectory(folder);
        foreach (var twin in twins)
        {
            var place = Path.Combine(folder, twin.Number);
            if (twin.Faults.Kind == FaultKind.Gone)
            {
                if (Directory.Exists(place))
                {
                    Directory.Delete(place, recursive: true);
                }

                continue;
            }

            Directory.CreateDirectory(place);
            var (text, values) = Text(twin.Faults.Kind, twin.Sense()(Measurand.WaterTemperature));

            // Noted before it can be read.
            if (values is not null)
            {
                log.Note(twin.Id, values);
            }

            var fresh = Path.Combine(folder, $".{twin.Number}.new");
            File.WriteAllText(fresh, text);
            File.Move(fresh, Path.Combine(place, FileName), overwrite: true);
        }
    }

    /// <summary>What the kernel's file says. Pure.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="celsius">The water, °C.</param>
    /// <returns>The text, and the value in it where there is one.</returns>
    public static (string Text, ServedValues? Values) Text(FaultKind fault, double celsius)
    {
        var steps = fault == FaultKind.PowerOn ? (short)(85 * StepsPerDegree) : (short)Math.Round(celsius * StepsPerDegree);
        byte[] scratchpad =
        [
            (byte)(steps & 0xFF), (byte)(steps >> 8), 0x4B, 0x46, 0x7F, 0xFF,
            fault == FaultKind.PowerOn ? (byte)0x0C : (byte)(0x10 - (steps & 0x0F)), 0x10, 0,
        ];
        scratchpad[^1] = Crc(scratchpad.AsSpan(..^1));
        if (fault == FaultKind.Zeros)
        {
            scratchpad = new byte[ScratchpadLength];
        }

        var crc = scratchpad[^1];
        if (fault == FaultKind.Garble)
        {
            scratchpad[0] ^= 0x10;
        }

        var hex = string.Join(' ', scratchpad.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
        var text = new StringBuilder()
            .Append(hex).Append(CultureInfo.InvariantCulture, $" : crc={crc:x2} {(fault == FaultKind.Garble ? "NO" : "YES")}\n")
            .Append(hex).Append(CultureInfo.InvariantCulture, $" t={(int)Math.Floor(steps * 1000 / StepsPerDegree)}\n")
            .ToString();
        return fault switch
        {
            FaultKind.NoData => ("", null),
            FaultKind.Cut => (text[..(ScratchpadLength * 2)], null),
            FaultKind.Garble or FaultKind.Zeros or FaultKind.PowerOn => (text, null),
            _ => (text, new ServedValues("w1_slave", scratchpad, [("temperature", steps / StepsPerDegree)])),
        };
    }

    // x^8 + x^5 + x^4 + 1, lowest bit first.
    private static byte Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0;
        foreach (var value in bytes)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var mix = (crc ^ (value >> bit)) & 1;
                crc = (crc >> 1) ^ (mix * 0x8C);
            }
        }

        return (byte)crc;
    }

    private sealed record Twin(string Id, string Number, Faults Faults, Func<Sense> Sense);
}
