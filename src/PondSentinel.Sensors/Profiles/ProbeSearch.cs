using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.ModbusRtu;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Sensors.Profiles;

/// <summary>Looks for a Modbus probe that does not answer where it should: at other addresses, and with the line set otherwise.
/// </summary>
/// <remarks>Asks only what polls of its model ask, and writes nothing. The line is opened for each search; nobody else may use it
/// meanwhile.</remarks>
/// <param name="settings">The line as it is configured.</param>
/// <param name="time">For deadlines.</param>
public sealed class ProbeSearch(SerialSettings settings, TimeProvider time)
{
    /// <summary>How long an address has for its answer, beside the time of the bytes: probes begin theirs within 100 ms, a USB
    /// adapter may keep it for 16 ms more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    // A port that was closed a moment ago is not always there at once.
    private static readonly TimeSpan PortRest = TimeSpan.FromMilliseconds(500);

    // What probes and people set, the usual first.
    private static readonly (int Baud, LineParity Parity)[] Usual =
    [
        (9600, LineParity.None), (4800, LineParity.None), (19200, LineParity.None), (9600, LineParity.Even),
        (19200, LineParity.Even), (115200, LineParity.None), (38400, LineParity.None), (2400, LineParity.None),
    ];

    /// <summary>Asks at addresses.</summary>
    /// <param name="profile">The probe's model.</param>
    /// <param name="addresses">Where.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The first address at which one that answers like this model was found; null where none was.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<byte?> FindAddressAsync(DeviceProfile profile, IEnumerable<byte> addresses, CancellationToken cancellationToken)
    {
        using var bus = new SerialBus(settings, time);
        foreach (var address in addresses)
        {
            if (await IsThereAsync(bus, profile, address, cancellationToken))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>Asks with the line set otherwise.</summary>
    /// <param name="profile">The probe's model.</param>
    /// <param name="address">Its address.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The first setting with which it answers; null where it does with none.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<SerialSettings?> FindSettingsAsync(DeviceProfile profile, byte address, CancellationToken cancellationToken)
    {
        var line = profile.Line;
        IEnumerable<SerialSettings> ways =
        [
            settings with { Baud = line.Baud, Parity = line.Parity, StopBits = line.StopBits },
            .. line.OtherBauds.Select(baud => settings with { Baud = baud, Parity = line.Parity, StopBits = line.StopBits }),
            .. Usual.Select(way => settings with { Baud = way.Baud, Parity = way.Parity, StopBits = 1 }),
        ];
        foreach (var way in ways.Distinct().Where(way => way != settings))
        {
            using var bus = new SerialBus(way, time);
            if (await IsThereAsync(bus, profile, address, cancellationToken))
            {
                return way;
            }
        }

        return null;
    }

    private static async ValueTask<bool> IsThereAsync(
        SerialBus bus, DeviceProfile profile, byte address, CancellationToken cancellationToken)
    {
        var request = profile.Reads[0].Request(address);
        var patience = new ModbusPatience(Patience, TimeSpan.Zero, profile.Line.Gap);
        var answer = await bus.Modbus.AskAsync(request, patience, cancellationToken);
        if (answer.Failure is { Fault: SensorFault.BusDown })
        {
            await Task.Delay(PortRest, bus.Time, cancellationToken);
            answer = await bus.Modbus.AskAsync(request, patience, cancellationToken);
        }

        return answer.Failure is null or { Fault: SensorFault.Refused or SensorFault.DeviceFault };
    }
}
