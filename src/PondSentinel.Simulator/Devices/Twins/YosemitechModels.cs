using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>The registers of one model of Yosemitech, beside those that all have.</summary>
internal sealed record YosemitechModel
{
    /// <summary>Id of the model in the sensor catalogue.</summary>
    public required string Id { get; init; }

    /// <summary>Characters 3 and 4 of its serial numbers.</summary>
    public required string SerialType { get; init; }

    /// <summary>What it measures, each block answered only as a whole.</summary>
    public required IReadOnlyList<YosemitechBlock> Blocks { get; init; }

    /// <summary>What can be read and written, and how it comes from the factory.</summary>
    public IReadOnlyDictionary<ushort, byte[]> Settings { get; init; } = new Dictionary<ushort, byte[]>();

    /// <summary>Where the serial number stands.</summary>
    public ushort SerialRegister { get; init; } = 0x0900;

    /// <summary>Whether the serial number stands alone, else with a byte before and one behind it.</summary>
    public bool SerialIsPlain { get; init; }

    /// <summary>Writes of no register that do something: the brush, the start of a conductivity probe.</summary>
    public IReadOnlyList<ushort> Commands { get; init; } = [0x3100];

    /// <summary>Where the minutes between two wipings stand.</summary>
    public ushort BrushInterval { get; init; } = 0x3200;

    /// <summary>How long after its start it has numbers.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>What can be wrong with it.</summary>
    public IReadOnlyList<FaultKind> Knobs =>
        [.. FaultWords.OnModbus, FaultKind.Unstarted, .. Blocks.SelectMany(block => block.Knobs).Distinct()];
}

/// <summary>Registers that are read together.</summary>
/// <param name="Register">The first.</param>
/// <param name="Numbers">The floats in them.</param>
internal sealed record YosemitechBlock(ushort Register, params IReadOnlyList<YosemitechNumber> Numbers)
{
    /// <summary>Bytes before the numbers, of which nothing is known.</summary>
    public int LeadingZeros { get; init; }

    /// <summary>What stands behind the numbers, by what is wrong.</summary>
    public Func<FaultKind, byte[]>? Tail { get; init; }

    /// <summary>What can be wrong that shows in this block alone.</summary>
    public IReadOnlyList<FaultKind> Knobs { get; init; } = [];

    /// <summary>Bytes of all.</summary>
    public int Length => LeadingZeros + (Numbers.Count * sizeof(float)) + (Tail?.Invoke(FaultKind.None).Length ?? 0);
}

/// <summary>A float.</summary>
/// <param name="Name">What the served log calls it.</param>
/// <param name="Measurand">What it is.</param>
internal sealed record YosemitechNumber(string Name, Measurand Measurand)
{
    /// <summary>What one unit of the measurand is in the probe's unit.</summary>
    public double PerUnit { get; init; } = 1;

    /// <summary>Where the user's slope and offset for it stand; null where there are none.</summary>
    public ushort? Calibration { get; init; }

    /// <summary>Whether the part that measures it may not be fitted.</summary>
    public bool IsOption { get; init; }
}

/// <summary>The models. Sources: the makers' Modbus manuals in the git history of EnviroDIY/YosemitechModbus (Y510 v1.7, Y511 v1.7,
/// Y520 v1.8, Y532 v1.7, Y560 2020-05-11, Y4000 v1.6) and, for the Y700, that library itself; serial types from it too.</summary>
internal static class YosemitechModels
{
    // Microsiemens a centimetre are thousandths of what the probes speak in.
    private const double MillisiemensPerMicrosiemens = 0.001;

    private const ushort PhUser = 0x1100;
    private const ushort NitrogenUser = 0x3400;
    private const ushort IonUser = 0x3600;

    private static readonly YosemitechNumber Temperature = new("t", Measurand.WaterTemperature);
    private static readonly YosemitechNumber Conductivity =
        new("conductivity", Measurand.Conductivity) { PerUnit = MillisiemensPerMicrosiemens };

    private static readonly byte[] NoCorrection = [.. YosemitechProbe.Bytes(1), .. YosemitechProbe.Bytes(0)];

    // K1 to K6 of a pH electrode, as the manual gives them.
    private static readonly byte[] Electrode =
        [.. new[] { 6.86f, -6.72f, 0.04f, 6.86f, -6.56f, -1.04f }.SelectMany(YosemitechProbe.Bytes)];

    /// <summary>Y510-B: turbidity.</summary>
    public static YosemitechModel Y510 { get; } = new()
    {
        Id = "yosemitech-y510",
        SerialType = "10",
        Blocks = [new(0x2600, Temperature, new("ntu", Measurand.TurbidityNtu))],
    };

    /// <summary>Y511-A: turbidity, with a wiper. The byte behind the numbers: FF where it stands in the light.</summary>
    public static YosemitechModel Y511 { get; } = new()
    {
        Id = "yosemitech-y511",
        SerialType = "29",
        Blocks = [WithErrorByte(new(0x2600, Temperature, new("ntu", Measurand.TurbidityNtu)), 2)],
        WarmUp = TimeSpan.FromSeconds(8),
    };

    /// <summary>Y520-A: conductivity. The byte behind the numbers: FF while it looks for its range.</summary>
    public static YosemitechModel Y520 { get; } = new()
    {
        Id = "yosemitech-y520",
        SerialType = "09",
        Blocks = [WithErrorByte(new(0x2600, Temperature, Conductivity), 2)],
        Commands = [0x1C00, 0x3100],
        WarmUp = TimeSpan.FromSeconds(10),
    };

    /// <summary>Y521-A: conductivity, the registers of the Y520.</summary>
    public static YosemitechModel Y521 { get; } = Y520 with { Id = "yosemitech-y521" };

    /// <summary>Y532: pH.</summary>
    public static YosemitechModel Y532 { get; } = new()
    {
        Id = "yosemitech-y532",
        SerialType = "43",
        Blocks =
        [
            new(0x1200, new YosemitechNumber("mv", Measurand.PhElectrode)),
            new(0x2400, Temperature),
            new(0x2600, new("mv", Measurand.PhElectrode), new("ph", Measurand.Ph) { Calibration = PhUser }),
            new(0x2800, new YosemitechNumber("ph", Measurand.Ph) { Calibration = PhUser }),
        ],
        Settings = new Dictionary<ushort, byte[]>
        {
            [PhUser] = NoCorrection,
            [0x2300] = YosemitechProbe.Bytes(0), // Calibration in a buffer: takes the buffer's pH.
            [0x0E00] = [0, 0], // Status of that calibration: done.
            [0x2900] = Electrode,
        },
    };

    /// <summary>Y560-A: ammonium, potassium, pH, temperature.</summary>
    public static YosemitechModel Y560 { get; } = new()
    {
        Id = "yosemitech-y560",
        SerialType = "68",
        Blocks =
        [
            new(0x2400, Temperature),
            new(0x2600, new("mv", Measurand.PhElectrode), new("ph", Measurand.Ph) { Calibration = PhUser }),
            new(
                0x2800,
                new("nh4n", Measurand.AmmoniumNitrogen) { Calibration = NitrogenUser },
                new("k", Measurand.Potassium),
                new("nh4", Measurand.AmmoniumIon) { Calibration = IonUser }),
            new(0x3700, new("nh4mv", Measurand.AmmoniumElectrode), new("kmv", Measurand.PotassiumElectrode)),
        ],
        Settings = new Dictionary<ushort, byte[]>
        {
            [PhUser] = NoCorrection,
            [NitrogenUser] = NoCorrection,
            [IonUser] = NoCorrection,
            [0x2900] = Electrode,
        },
        WarmUp = TimeSpan.FromSeconds(7),
    };

    /// <summary>Y700: level, mm of water; four bytes before it and three behind the error byte are not known.</summary>
    public static YosemitechModel Y700 { get; } = new()
    {
        Id = "yosemitech-y700",
        SerialType = "24",
        Blocks =
        [
            WithErrorByte(new(0x2600, new YosemitechNumber("level", Measurand.WaterLevel)) { LeadingZeros = 4 }, 4),
            new(0x2400, Temperature),
        ],
    };

    /// <summary>Y4000 sonde. What is not fitted reads 0; register 0x0800 says 01 wiper, 04 supply, 10 in the water.</summary>
    public static YosemitechModel Y4000 { get; } = new()
    {
        Id = "yosemitech-y4000",
        SerialType = "38",
        Blocks =
        [
            new(
                0x2601,
                new("oxygen", Measurand.DissolvedOxygen),
                new("ntu", Measurand.TurbidityNtu),
                Conductivity,
                new("ph", Measurand.Ph),
                Temperature,
                new("orp", Measurand.OxidationReduction) { IsOption = true },
                new("chlorophyll", Measurand.Chlorophyll) { IsOption = true },
                new("algae", Measurand.BlueGreenAlgae) { IsOption = true })
            {
                Knobs = [FaultKind.Absent],
            },
            new(0x0800)
            {
                Tail = kind => [(byte)(0x10 | (kind == FaultKind.Error ? 0x01 : kind == FaultKind.Supply ? 0x04 : 0)), 0],
                Knobs = [FaultKind.Error, FaultKind.Supply],
            },
        ],
        SerialRegister = 0x1400,
        SerialIsPlain = true,
        Commands = [0x2F00],
        BrushInterval = 0x0E00,
        WarmUp = TimeSpan.FromSeconds(60),
    };

    /// <summary>All.</summary>
    public static IReadOnlyList<YosemitechModel> All { get; } = [Y510, Y511, Y520, Y521, Y532, Y560, Y700, Y4000];

    private static YosemitechBlock WithErrorByte(YosemitechBlock block, int length) => block with
    {
        Tail = kind => [kind == FaultKind.Error ? (byte)0xFF : (byte)0, .. new byte[length - 1]],
        Knobs = [FaultKind.Error],
    };
}
