namespace PondSentinel.Simulator.Devices;

/// <summary>What the water is like at a probe, noise included.</summary>
/// <param name="Ph">pH.</param>
/// <param name="Celsius">Temperature, °C.</param>
/// <param name="NitrogenMilligramsPerLitre">Ammonium, mg/L as N.</param>
/// <param name="PotassiumMilligramsPerLitre">Potassium, mg/L.</param>
/// <param name="TurbidityNtu">Turbidity, NTU.</param>
internal readonly record struct ProbeWater(
    float Ph, float Celsius, float NitrogenMilligramsPerLitre, float PotassiumMilligramsPerLitre, float TurbidityNtu)
{
    // Slope of an electrode at 25 °C, mV per decade; it goes with the absolute temperature.
    private const double NernstMillivolts = 59.16;
    private const double NernstKelvin = 298.15;

    /// <summary>Potential of the pH electrode, mV: zero at pH 7.</summary>
    public float PhMillivolts => (float)(Slope * (7 - Ph));

    /// <summary>Potential of an electrode for a positive ion, mV: zero at 1 mg/L.</summary>
    /// <param name="milligramsPerLitre">Its concentration, mg/L.</param>
    public float IonMillivolts(float milligramsPerLitre) =>
        (float)(Slope * Math.Log10(Math.Max(0.001, milligramsPerLitre)));

    private double Slope => NernstMillivolts * (Celsius + 273.15) / NernstKelvin;
}

/// <summary>Yosemitech Y532: pH.</summary>
internal sealed class Y532Probe : YosemitechProbe
{
    private const ushort UserCalibration = 0x1100;
    private readonly Func<ProbeWater> water;

    public Y532Probe(string id, byte address, string serial, Func<ProbeWater> water)
        : base(id, address, serial)
    {
        this.water = water;
        AddSetting(UserCalibration, [.. Bytes(1), .. Bytes(0)]);
        AddSetting(0x2300, Bytes(0)); // Calibration in a buffer: takes the buffer's pH.
        AddSetting(0x0E00, [0, 0]); // Status of that calibration: done.
        AddSetting(0x2900, Electrode.Factory);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Name, float Value)>? Measure(ushort register)
    {
        var now = water();
        return register switch
        {
            0x1200 => [("mv", now.PhMillivolts)],
            0x2400 => [("t", now.Celsius)],
            0x2600 => [("mv", now.PhMillivolts), ("ph", Calibrated(UserCalibration, now.Ph))],
            0x2800 => [("ph", Calibrated(UserCalibration, now.Ph))],
            _ => null,
        };
    }
}

/// <summary>Yosemitech Y560-A: ammonium, potassium, pH, temperature.</summary>
internal sealed class Y560Probe : YosemitechProbe
{
    // NH4 is 14.007 + 4 x 1.008 g/mol, of which N is 14.007.
    private const double IonPerNitrogen = 18.039 / 14.007;

    private const ushort PhCalibration = 0x1100;
    private const ushort NitrogenCalibration = 0x3400;
    private const ushort IonCalibration = 0x3600;
    private readonly Func<ProbeWater> water;

    public Y560Probe(string id, byte address, string serial, Func<ProbeWater> water)
        : base(id, address, serial)
    {
        this.water = water;
        byte[] none = [.. Bytes(1), .. Bytes(0)];
        AddSetting(PhCalibration, none);
        AddSetting(NitrogenCalibration, none);
        AddSetting(IonCalibration, none);
        AddSetting(0x2900, Electrode.Factory);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Name, float Value)>? Measure(ushort register)
    {
        var now = water();
        var nitrogen = now.NitrogenMilligramsPerLitre;
        var ion = (float)(nitrogen * IonPerNitrogen);
        return register switch
        {
            0x2400 => [("t", now.Celsius)],
            0x2600 => [("mv", now.PhMillivolts), ("ph", Calibrated(PhCalibration, now.Ph))],
            0x2800 =>
            [
                ("nh4n", Calibrated(NitrogenCalibration, nitrogen)),
                ("k", now.PotassiumMilligramsPerLitre),
                ("nh4", Calibrated(IonCalibration, ion)),
            ],
            0x3700 => [("nh4mv", now.IonMillivolts(ion)), ("kmv", now.IonMillivolts(now.PotassiumMilligramsPerLitre))],
            _ => null,
        };
    }
}

/// <summary>Yosemitech Y511-A: turbidity, with a wiper.</summary>
internal sealed class Y511Probe : YosemitechProbe
{
    private const ushort Values = 0x2600;
    private readonly Func<ProbeWater> water;

    private readonly Faults faults;

    public Y511Probe(string id, byte address, string serial, Faults faults, Func<ProbeWater> water)
        : base(id, address, serial) => (this.faults, this.water) = (faults, water);

    /// <inheritdoc/>
    protected override IReadOnlyList<(string Name, float Value)>? Measure(ushort register)
    {
        if (register != Values)
        {
            return null;
        }

        var now = water();
        return [("t", now.Celsius), ("ntu", now.TurbidityNtu)];
    }

    // The error byte: a wiper in the wrong place.
    /// <inheritdoc/>
    protected override byte[] Tail(ushort register) => [faults.Kind == FaultKind.Wiper ? (byte)0xFF : (byte)0, 0];
}

/// <summary>Coefficients of a pH electrode.</summary>
internal static class Electrode
{
    /// <summary>K1 to K6 as the manual gives them.</summary>
    public static byte[] Factory { get; } =
        [.. new[] { 6.86f, -6.72f, 0.04f, 6.86f, -6.56f, -1.04f }.SelectMany(YosemitechProbe.Bytes)];
}
