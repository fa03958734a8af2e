using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>Texas Instruments INA219. Data sheet SBOS448, 8.6: configuration at 0, shunt at 1 (10 µV), bus at 2 (4 mV from bit 3 on;
/// bit 1: measured).</summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">7-bit address.</param>
/// <param name="shuntOhms">The resistor beside it.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class Ina219Twin(string id, int address, double shuntOhms, Faults faults, Func<Sense> sense)
    : WordChip(id, address)
{
    private const ushort FromReset = 0x399F;
    private const ushort Ready = 0x0002;
    private const double BusStep = 0.004;
    private const double ShuntStep = 10e-6;

    // 128 samples of each voltage.
    private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(137);

    private ushort configuration = FromReset;
    private ushort busSteps;
    private short shuntSteps;
    private TimeSpan done;

    /// <summary>What can be wrong with it. Nothing guards its bytes, so a wrong bit cannot be told from a right one.</summary>
    public static IReadOnlyList<FaultKind> Knobs { get; } = [.. FaultWords.OnI2c, FaultKind.NotReady, FaultKind.Restart];

    /// <inheritdoc/>
    protected override void Set(byte register, ushort word, TimeSpan now)
    {
        if (register != 0)
        {
            return;
        }

        configuration = faults.Kind == FaultKind.Restart ? FromReset : word;
        var there = sense();
        busSteps = (ushort)Math.Clamp(Math.Round(there(Measurand.SupplyVoltage) / BusStep), 0, 8191);
        shuntSteps = (short)Math.Clamp(Math.Round(there(Measurand.SupplyCurrent) * shuntOhms / ShuntStep), -32000, 32000);
        done = now + Takes;
    }

    /// <inheritdoc/>
    protected override (ushort Word, ServedValues? Values) Get(byte register, TimeSpan now)
    {
        var isReady = now >= done && faults.Kind != FaultKind.NotReady;
        var bus = (ushort)((busSteps << 3) | (isReady ? Ready : 0));
        var shunt = unchecked((ushort)shuntSteps);
        return register switch
        {
            0 => (configuration, null),
            1 => (shunt, isReady
                ? new ServedValues(
                    "1",
                    [(byte)(shunt >> 8), (byte)(shunt & 0xFF)],
                    [("voltage", busSteps * BusStep), ("current", shuntSteps * ShuntStep / shuntOhms)])
                : null),
            2 => (bus, null),
            _ => (0, null),
        };
    }
}
