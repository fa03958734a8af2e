using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Gateway.Uplink;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Health;

/// <summary>Puts together how the gateway is: buffer, clock, devices, machine, uplink.</summary>
/// <param name="buffer">The buffer.</param>
/// <param name="folder">Its folder, for the free space beside it.</param>
/// <param name="devices">What became of the devices' polls.</param>
/// <param name="buses">What happened on the buses.</param>
/// <param name="clock">The clock.</param>
/// <param name="machine">The computer.</param>
/// <param name="uplink">What the uplink did.</param>
/// <param name="link">What crossed the link.</param>
internal sealed class HealthReport(
    IRecordLog buffer,
    string folder,
    IEnumerable<DeviceTally> devices,
    IEnumerable<BusTally> buses,
    GatewayClock clock,
    Machine machine,
    UplinkTally uplink,
    Func<LinkHealth?> link)
{
    private readonly TimeSpan startedAtBoot = clock.BootTime;

    /// <summary>How it is now.</summary>
    public HealthMessage Now()
    {
        var now = clock.Now();
        var status = buffer.Status;
        return new HealthMessage
        {
            TimeMs = now.WallMs,
            Clock = now.Trust,
            UptimeSeconds = (long)(now.BootTime - startedAtBoot).TotalSeconds,
            Unsettled = status.Unsettled,
            UnsettledBytes = status.UnsettledBytes,
            OldestUnsettledMs = status.OldestUnsettledMs,
            BufferBytes = status.Bytes,
            BufferBytesMax = status.BytesMax,
            BufferFault = status.Fault,
            Lost = status.Lost,
            BytesSent = uplink.BytesSent,
            Connects = uplink.Connects,
            Devices =
            [
                .. devices.Select(device => new DeviceHealth(
                    device.Device, device.Bus, device.Polls, device.Failed, device.Spared, device.Missed)),
            ],
            Buses =
            [
                .. buses.Take(HealthCodec.BusesMax).Select(bus => new BusHealth(bus.Bus, bus.Resets, bus.PowerCycles)
                {
                    Modbus = bus.Modbus is { } modbus ? new ModbusHealth(modbus.Requests, modbus.Echoes, modbus.Resyncs) : null,
                }),
            ],
            DiskFreeBytes = Machine.FreeBytes(folder),
            ResidentBytes = Machine.ResidentBytes,
            ProcessorCelsius = machine.ProcessorCelsius,
            Undervoltage = machine.Undervoltage,
            CertificateDays = uplink.CertificateDays,
            AgainstBackend = clock.AgainstBackend(now),
            Inventory = buffer.Inventory,
            Link = link(),
        };
    }
}
