using System.Collections.Frozen;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.I2c;

namespace PondSentinel.Sensors.Scanning;

/// <summary>Looks who is on an I2C bus: one byte is read at each address, nothing is ever written.</summary>
/// <remarks>A read is the mildest that there is, and not mild everywhere: see <see cref="LeftOut"/>. Which device acknowledges the
/// bus does not say; models are guessed by the addresses that they can have.</remarks>
/// <param name="line">The bus; held for as long as it is looked at.</param>
/// <param name="models">The models there are.</param>
public sealed class I2cScan(II2cLine line, IEnumerable<SensorModel> models)
{
    /// <summary>Addresses that are not asked, because asking may do harm: 0x0C takes a waiting alert away (SMBus 3.2, alert
    /// response), 0x30 to 0x37 are the write protection and the pages of memory modules (JEDEC EE1004), and a write-only clock chip
    /// at 0x69 can hold the bus once it is read (i2cdetect(8) warns of it).</summary>
    public static FrozenSet<int> LeftOut { get; } = Enumerable.Range(0x30, 8).Append(0x0C).Append(0x69).ToFrozenSet();

    /// <summary>Looks.</summary>
    /// <param name="known">Addresses that are known to be in use, by configuration or by a driver of the kernel: they are not asked.
    /// </param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Who acknowledged; or why the bus cannot be looked at.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<(IReadOnlyList<FoundDevice> Found, string? Failure)> FindAsync(
        IReadOnlySet<int> known, CancellationToken cancellationToken)
    {
        List<FoundDevice> found = [];
        var answer = new byte[1];
        for (var address = I2cAddresses.Lowest; address <= I2cAddresses.Highest; address++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (LeftOut.Contains(address) || known.Contains(address))
            {
                continue;
            }

            switch (await line.TransferAsync(address, default, answer))
            {
                case null:
                    found.Add(new FoundDevice(address, Likely(address)));
                    break;
                case { Kind: SensorFault.BusDown or SensorFault.TimedOut } fault:
                    return (found, fault.Detail);
            }
        }

        return (found, null);
    }

    private List<string> Likely(int address) =>
    [
        .. models.Select(model => (model.Id, Addresses: model.On(LineKind.I2c)?.Addresses as I2cAddresses))
            .Where(model => model.Addresses is { } can && address >= can.Min && address <= can.Max)
            .OrderBy(model => model.Addresses!.Usual == address ? 0 : 1)
            .ThenBy(model => model.Addresses!.Max - model.Addresses.Min)
            .ThenBy(model => model.Id, StringComparer.Ordinal)
            .Select(model => model.Id),
    ];
}
