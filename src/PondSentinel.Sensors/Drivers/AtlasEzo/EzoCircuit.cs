using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Drivers.AtlasEzo;

/// <summary>What one EZO circuit differs in from another. Everything here is from the data sheets named in README.md.
/// </summary>
internal sealed record EzoCircuit
{
    // A board that was exchanged may have another address than its kind comes with.
    private const int AddressMin = I2cAddresses.Lowest;
    private const int AddressMax = I2cAddresses.Highest;

    // The temperature at which a circuit compensates nothing, and which it assumes after every start.
    private const double UncompensatedCelsius = 25;

    // Command, value and *OK of a poll over a UART.
    private const int UartCharacters = 32;

    // Writing a command and reading 41 bytes, at the 10 kHz that a Pi's bus is slowed down to for circuits that stretch the clock.
    private static readonly TimeSpan TransferTime = TimeSpan.FromMilliseconds(60);

    /// <summary>What it calls itself in the answer to <c>i</c>, without dots.</summary>
    public required string Word { get; init; }

    /// <summary>Last part of the model's id.</summary>
    public required string Id { get; init; }

    /// <summary>What it measures, for people.</summary>
    public required string Measures { get; init; }

    /// <summary>I2C address it comes with.</summary>
    public required int Address { get; init; }

    /// <summary>How long a reading takes.</summary>
    public required TimeSpan ReadTime { get; init; }

    /// <summary>What a reading is; of two, the first where nobody knows the water's temperature, the second where somebody
    /// does: then the value is another quantity.</summary>
    public required IReadOnlyList<SensorOutput> Outputs { get; init; }

    /// <summary>Whether it can be told the temperature of the water.</summary>
    public bool TakesTemperature { get; init; }

    /// <summary>At this value and below, it is at the end of its scale; null where there is no such end.</summary>
    public double? LowEnd { get; init; }

    /// <summary>At this value and above, it is at the end of its scale.</summary>
    public double? HighEnd { get; init; }

    /// <summary>At this value and below, its probe is broken or not there.</summary>
    public double? BrokenBelow { get; init; }

    /// <summary>When two of its readings say the same.</summary>
    public required EzoAgreement Agreement { get; init; }

    /// <summary>A setting of the circuit that its readings mean nothing without.</summary>
    public EzoCheck? Setting { get; init; }

    /// <summary>How it is calibrated; null where nobody has written that down yet.</summary>
    public EzoCalibration? Calibration { get; init; }

    /// <summary>Whether it tells how good its electrode was at its calibration.</summary>
    public bool TellsSlope { get; init; }

    /// <summary>The circuits that there are.</summary>
    public static IReadOnlyList<EzoCircuit> All { get; } =
    [
        new()
        {
            Word = "pH",
            Agreement = new(0.05),
            Id = "ph",
            Measures = "pH",
            Address = 0x63,
            ReadTime = TimeSpan.FromMilliseconds(900),
            TakesTemperature = true,
            TellsSlope = true,
            Calibration = EzoCalibration.Ph,
            LowEnd = 0.001,
            HighEnd = 14.0,
            Outputs = [new SensorOutput("ph", Measurand.Ph) { Method = "glass electrode", Range = new Band(0.001, 14) }],
        },
        new()
        {
            Word = "EC",
            Agreement = new(1, 0.02),
            Id = "ec",
            Measures = "conductivity",
            Address = 0x64,
            ReadTime = TimeSpan.FromMilliseconds(600),
            TakesTemperature = true,
            Calibration = EzoCalibration.Conductivity,
            HighEnd = 500_000,
            Outputs =
            [
                new SensorOutput("conductivity", Measurand.Conductivity) { Method = "two electrodes", Range = new Band(0.07, 500_000) },
                new SensorOutput("specific_conductance", Measurand.SpecificConductance) { Method = "two electrodes, referred to 25 °C", Range = new Band(0.07, 500_000) },
            ],
            // With several outputs on it gives a list, and with EC off the one number is something else.
            Setting = new("O,?", ["?O,EC", "?,O,EC"], "send O,EC,1 and O,TDS,0 and O,S,0 and O,SG,0"),
        },
        new()
        {
            Word = "RTD",
            Agreement = new(0.2),
            Id = "rtd",
            Measures = "temperature",
            Address = 0x66,
            ReadTime = TimeSpan.FromMilliseconds(600),
            LowEnd = -126,
            HighEnd = 1254,
            BrokenBelow = -1020,
            Outputs = [new SensorOutput("temperature", Measurand.WaterTemperature) { Method = "platinum resistance", Range = new Band(-126, 1254) }],
            Setting = new("S,?", ["?S,c"], "send S,c, so that it speaks in degrees Celsius"),
        },
        new()
        {
            Word = "ORP",
            Agreement = new(5),
            Id = "orp",
            Measures = "redox potential",
            Address = 0x62,
            ReadTime = TimeSpan.FromMilliseconds(900),
            LowEnd = -1019.9,
            HighEnd = 1019.9,
            Outputs = [new SensorOutput("orp", Measurand.OxidationReduction) { Method = "platinum electrode", Range = new Band(-1019.9, 1019.9) }],
        },
        new()
        {
            Word = "DO",
            Agreement = new(0.2),
            Id = "do",
            Measures = "dissolved oxygen",
            Address = 0x61,
            ReadTime = TimeSpan.FromMilliseconds(600),
            TakesTemperature = true,
            Outputs = [new SensorOutput("dissolved_oxygen", Measurand.DissolvedOxygen) { Method = "galvanic cell", Range = new Band(0, 100) }],
            Setting = new("O,?", ["?O,mg", "?,O,mg"], "send O,mg,1 and O,%,0"),
        },
    ];

    /// <summary>The model as the catalogue has it.</summary>
    public SensorModel Model => new()
    {
        Id = $"atlas-ezo-{Id}",
        Name = $"Atlas Scientific EZO-{Word} circuit for {Measures}",
        Grade = "reference",
        VerifiedOnHardware = false,
        Outputs = Outputs,
        Unsure = [Unprotected],
        ReadSettings = TakesTemperature ? section => EzoSettings.Read(this, section) : null,
        Attachments =
        [
            Attachment.I2c(
                new I2cAddresses(Address, AddressMin, AddressMax),
                TransferTime,
                (bus, order) => Sensor(new EzoI2c(bus.Line, (int)order.Address, bus.Time), order, bus.Time)) with
            {
                Waiting = _ => ReadTime,
            },
            Attachment.Serial(
                addresses: null,
                baud => ReadTime + new SerialSettings("", baud).TimeOf(UartCharacters),
                (bus, order) => Sensor(new EzoUart(bus.Line, bus.Time), order, bus.Time)),
        ],
    };

    private string Unprotected => string.Create(
        CultureInfo.InvariantCulture,
        $"no check sum protects its answers: over a UART a reading that is far from the last one is asked for again, so that a wrong digit changes a value by no more than {Agreement.Absolute} {Outputs[0].Measurand.Unit}{(Agreement.Share > 0 ? string.Create(CultureInfo.InvariantCulture, $" or {Agreement.Share * 100} %") : "")}; over I2C a wrong digit is believed");

    /// <summary>The outputs that it has.</summary>
    /// <param name="isCompensated">Whether it is told the water's temperature.</param>
    public IReadOnlyList<SensorOutput> GivenOutputs(bool isCompensated) =>
        Outputs is [var plain, var compensated] ? [isCompensated ? compensated : plain] : Outputs;

    /// <summary>The command that takes a reading.</summary>
    /// <param name="temperatureCelsius">Temperature of the water, or null where nobody knows it.</param>
    public string ReadCommand(double? temperatureCelsius) =>
        // Told each time, because it forgets it when its supply goes, and somebody may have told it another one.
        TakesTemperature
            ? string.Create(CultureInfo.InvariantCulture, $"RT,{temperatureCelsius ?? UncompensatedCelsius:0.0##}")
            : "R";

    /// <summary>What the answer to <c>i</c>, for example <c>?i,pH,2.14</c>, has against this being the right circuit.</summary>
    /// <param name="text">The answer.</param>
    /// <returns>Null where it is the right one.</returns>
    public Reading.Failed? Mistaken(string text)
    {
        // Data sheets and firmware write ?i and ?I, D.O. and DO.
        if (text.Split(',') is not [var lead, var word, _] || !lead.Equals("?i", StringComparison.OrdinalIgnoreCase))
        {
            return new Reading.Failed(SensorFault.Garbled, $"not the answer to \"i\": {text}");
        }

        // Two circuits at one address speak at once, and what either holds low is low: a pH and an EC circuit together are @@.
        var name = word.Replace(".", "", StringComparison.Ordinal);
        return name.Equals(Word, StringComparison.OrdinalIgnoreCase) ? null
            : !name.All(char.IsAsciiLetterOrDigit) ? new Reading.Failed(SensorFault.Garbled, $"not the name of a circuit: {word}")
            : new Reading.Failed(SensorFault.WrongDevice, $"an EZO-{word} answers where an EZO-{Word} is configured");
    }

    /// <summary>What a reading means.</summary>
    /// <param name="text">The circuit's text, for example <c>7.021</c>.</param>
    /// <param name="water">What it was told of the water.</param>
    public Reading Interpret(string text, EzoWater water)
    {
        if (EzoText.Number(text) is not { } value)
        {
            return new Reading.Failed(SensorFault.Garbled, $"not a reading: {text}");
        }

        if (value <= BrokenBelow)
        {
            return new Reading.Failed(
                SensorFault.DeviceFault, string.Create(CultureInfo.InvariantCulture, $"{text}: the probe is broken or not plugged in"));
        }

        var output = GivenOutputs(water.IsLost || water.Celsius is not null)[0];
        var isBeyond = value <= LowEnd || value >= HighEnd || (output.Range is { } range && !range.Contains(value));
        SensorFault? fault = isBeyond ? SensorFault.OverRange
            : water.IsLost ? SensorFault.Uncompensated
            : null;

        // Told 25 °C for want of a temperature, it gives what was not asked for: where that is another quantity, none is kept.
        return new Reading.Measured(
        [
            water.IsLost && Outputs.Count > 1
                ? new OutputReading(output.Name, null, SensorFault.Uncompensated)
                : new OutputReading(output.Name, new Measurement(output.Measurand, value), fault),
        ]);
    }

    private EzoSensor Sensor(IEzoLink link, SensorOrder order, TimeProvider time) =>
        new(this, () => WaterBy(order), link, time);

    private static EzoWater WaterBy(SensorOrder order) => order.Settings switch
    {
        EzoSettings { TemperatureFrom: { } channel } => order.Elsewhere(channel) is { } measured ? EzoWater.At(measured) : new EzoWater(null, IsLost: true),
        EzoSettings { TemperatureCelsius: { } celsius } => EzoWater.At(celsius),
        _ => EzoWater.Unknown,
    };
}

/// <summary>A question about a setting of the circuit, and the answer that there must be.</summary>
/// <param name="Command">The question.</param>
/// <param name="Wanted">Answers that are right; data sheets and firmware differ by a comma.</param>
/// <param name="Mend">What to do about any other.</param>
internal sealed record EzoCheck(string Command, IReadOnlyList<string> Wanted, string Mend)
{
    /// <summary>What is wrong with an answer; null where nothing is.</summary>
    /// <param name="text">The answer.</param>
    public Reading.Failed? Objection(string text) => Wanted.Contains(text, StringComparer.OrdinalIgnoreCase)
        ? null
        : new Reading.Failed(SensorFault.Refused, $"it is set otherwise ({text}): {Mend}");
}
