using System.Device.I2c;
using PondSentinel.Measurements;
using KernelBus = System.Device.I2c.I2cBus;

namespace PondSentinel.Sensors.Buses.I2c;

/// <summary>An I2C bus of this machine, by System.Device.I2c. Opened at the first use, and anew after it had gone.</summary>
/// <remarks>While open it is this program's alone. A transfer blocks in the kernel: a fraction of a millisecond for a byte, and up to the adapter's own limit of
/// about a second where a wire is held.</remarks>
/// <param name="settings">Which bus.</param>
public sealed class I2cLine(I2cSettings settings) : II2cLine
{
    private readonly Dictionary<int, I2cDevice> devices = [];
    private LineClaim? claim;
    private KernelBus? bus;

    /// <inheritdoc/>
    public string Place => settings.Place;

    /// <inheritdoc/>
    public async ValueTask<I2cFault?> TransferAsync(int address, ReadOnlyMemory<byte> write, Memory<byte> read) =>
        await Blocking.RunAsync(() => Transfer(address, write.Span, read.Span));

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private I2cFault? Transfer(int address, ReadOnlySpan<byte> write, Span<byte> read)
    {
        string? held = null;
        try
        {
            claim ??= LineClaim.Take(Place, out held);
            if (held is not null)
            {
                return new I2cFault(SensorFault.BusDown, held);
            }

            var device = Device(address);
            if (read.IsEmpty)
            {
                device.Write(write);
            }
            else if (write.IsEmpty)
            {
                device.Read(read);
            }
            else
            {
                device.WriteRead(write, read);
            }

            return null;
        }
        catch (IOException e)
        {
            var fault = I2cErrors.Describe(e.Message, Place, address);
            if (fault.Kind == SensorFault.BusDown)
            {
                Drop();
            }

            return fault;
        }
    }

    private I2cDevice Device(int address)
    {
        bus ??= KernelBus.Create(settings.Number);
        if (!devices.TryGetValue(address, out var device))
        {
            device = bus.CreateDevice(address);
            devices.Add(address, device);
        }

        return device;
    }

    private void Drop()
    {
        devices.Clear();
        bus?.Dispose();
        bus = null;
        claim?.Dispose();
        claim = null;
    }
}
