using System.Globalization;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Texas Instruments ADS1115. ADS111x data sheet SBAS444, 8.6: conversion at 0, configuration at 1, thresholds at 2 and 3.
/// </summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">7-bit address.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="volts">Volts at some pins, by their code.</param>
internal sealed class Ads1115Twin(string id, int address, Faults faults, Func<int, double> volts) : WordChip(id, address)
{
    private const ushort FromReset = 0x8583;
    private const ushort StartOrIdle = 0x8000;
    private const int Steps = 32768;

    private static readonly double[] FullScales = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
    private static readonly int[] Rates = [8, 16, 32, 64, 128, 250, 475, 860];

    private ushort configuration = FromReset & ~StartOrIdle & 0xFFFF;
    private short conversion;
    private ServedValues? served;
    private TimeSpan done;

    /// <summary>What can be wrong with it. Nothing guards its bytes, so a wrong bit cannot be told from a right one.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } =
        [.. FaultWords.OnI2c, FaultKind.Rail, FaultKind.NotReady, FaultKind.Restart];

    /// <inheritdoc/>
    protected override void Set(byte register, ushort word, TimeSpan now)
    {
        if (register != 1)
        {
            return;
        }

        configuration = (ushort)(word & ~StartOrIdle);
        if ((word & StartOrIdle) != 0)
        {
            Convert();
            done = now + TimeSpan.FromSeconds(1.0 / Rates[(word >> 5) & 7]);
        }

        if (faults.Kind == FaultKind.Restart)
        {
            configuration = FromReset & ~StartOrIdle & 0xFFFF;
        }
    }

    /// <inheritdoc/>
    protected override (ushort Word, ServedValues? Values) Get(byte register, TimeSpan now)
    {
        var isIdle = now >= done && faults.Kind != FaultKind.NotReady;
        return register switch
        {
            0 => (unchecked((ushort)conversion), served),
            1 => ((ushort)(configuration | (isIdle ? StartOrIdle : 0)), null),
            2 => (0x8000, null),
            _ => (0x7FFF, null),
        };
    }

    private void Convert()
    {
        var pins = (configuration >> 12) & 7;
        var fullScale = FullScales[(configuration >> 9) & 7];
        conversion = faults.Kind == FaultKind.Rail
            ? short.MaxValue
            : (short)Math.Clamp(Math.Round(volts(pins) / fullScale * Steps), short.MinValue, short.MaxValue);
        served = conversion is short.MaxValue or short.MinValue
            ? null
            : new ServedValues(
                pins.ToString(CultureInfo.InvariantCulture),
                [(byte)(unchecked((ushort)conversion) >> 8), (byte)(conversion & 0xFF)],
                [("volts", conversion * fullScale / Steps)]);
    }
}
