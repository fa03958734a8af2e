namespace PondSentinel.Sensors.Drivers.TiAds1115;

/// <summary>The registers of an ADS1115. Pure, so that every setting of the data sheet can be tested on bytes.</summary>
/// <remarks>Source: ADS111x data sheet SBAS444, 8.6; see README.md beside this file.</remarks>
internal static class Ads1115Registers
{
    /// <summary>Pointer of the conversion register.</summary>
    public const byte Conversion = 0;

    /// <summary>Pointer of the configuration register.</summary>
    public const byte Configuration = 1;

    /// <summary>What a conversion at the upper rail gives: the voltage may be anything beyond.</summary>
    public const short UpperRail = short.MaxValue;

    /// <summary>What a conversion at the lower rail gives.</summary>
    public const short LowerRail = short.MinValue;

    private const int StepsPerFullScale = 32768;

    // Bit 15: written, it starts a conversion; read, it says that none goes on.
    private const ushort StartOrReady = 0x8000;
    private const int PinsShift = 12;
    private const int FullScaleShift = 9;
    private const ushort SingleShot = 0x0100;
    private const int RateShift = 5;
    private const ushort NoComparator = 0x0003;

    /// <summary>The pairs of pins that can be compared, by their code.</summary>
    public static IReadOnlyList<string> Pins { get; } =
        ["a0-a1", "a0-a3", "a1-a3", "a2-a3", "a0", "a1", "a2", "a3"];

    /// <summary>Full scales, V, by their code.</summary>
    public static IReadOnlyList<double> FullScaleVolts { get; } = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256];

    /// <summary>Conversions per second, by their code.</summary>
    public static IReadOnlyList<int> Rates { get; } = [8, 16, 32, 64, 128, 250, 475, 860];

    /// <summary>The configuration that takes one conversion.</summary>
    /// <param name="pins">Code of the pins.</param>
    /// <param name="fullScale">Code of the full scale.</param>
    /// <param name="rate">Code of the rate.</param>
    public static ushort Start(int pins, int fullScale, int rate) => (ushort)(
        StartOrReady | (pins << PinsShift) | (fullScale << FullScaleShift) | SingleShot | (rate << RateShift) | NoComparator);

    /// <summary>Whether a configuration that was read says that the conversion is done.</summary>
    /// <param name="configuration">As read.</param>
    public static bool IsReady(ushort configuration) => (configuration & StartOrReady) != 0;

    /// <summary>Whether a configuration that was read is the one that was written.</summary>
    /// <param name="configuration">As read.</param>
    /// <param name="written">As written.</param>
    public static bool IsSame(ushort configuration, ushort written) => (configuration | StartOrReady) == (written | StartOrReady);

    /// <summary>The voltage of a conversion.</summary>
    /// <param name="conversion">As read.</param>
    /// <param name="fullScale">Code of the full scale.</param>
    public static double Volts(short conversion, int fullScale) => conversion * FullScaleVolts[fullScale] / StepsPerFullScale;

    /// <summary>How long a conversion takes at most: the oscillator may be 10 % slow. Whole milliseconds, as timers are.
    /// </summary>
    /// <param name="rate">Code of the rate.</param>
    public static TimeSpan ConversionTime(int rate) => TimeSpan.FromMilliseconds(Math.Ceiling(1100.0 / Rates[rate]));
}
