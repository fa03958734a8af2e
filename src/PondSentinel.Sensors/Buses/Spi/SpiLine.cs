using System.Device.Spi;

namespace PondSentinel.Sensors.Buses.Spi;

/// <summary>A device on an SPI bus of this machine, by System.Device.Spi. Opened at the first use, and anew after it failed.
/// </summary>
/// <param name="settings">Which one.</param>
/// <param name="time">For the rests between bytes.</param>
public sealed class SpiLine(SpiSettings settings, TimeProvider time) : ISpiLine
{
    private SpiDevice? device;
    private LineClaim? claim;

    /// <inheritdoc/>
    public string Place => settings.Place;

    /// <inheritdoc/>
    public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read)
    {
        try
        {
            string? held = null;
            claim ??= LineClaim.Take(Place, out held);
            if (held is not null)
            {
                return held;
            }

            device ??= SpiDevice.Create(new SpiConnectionSettings(settings.Bus, settings.ChipSelect)
            {
                Mode = (SpiMode)way.Mode,
                ClockFrequency = way.ClockHertz,
            });
            if (way.ByteGap == TimeSpan.Zero)
            {
                device.TransferFullDuplex(write, read);
                return null;
            }

            for (var at = 0; at < write.Length; at++)
            {
                // Too short for a timer; the kernel's call takes some of it.
                for (var since = time.GetTimestamp(); at > 0 && time.GetElapsedTime(since) < way.ByteGap;)
                {
                    Thread.SpinWait(1);
                }

                device.TransferFullDuplex(write.Slice(at, 1), read.Slice(at, 1));
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException
            or ArgumentException or NotSupportedException)
        {
            Dispose();
            return File.Exists(Place)
                ? $"{Place} cannot be used: {e.Message.TrimEnd('.')}; is the gateway's user in the group spi, and the device nobody else's?"
                : $"{Place} is not there: write dtparam=spi=on into config.txt and start the machine anew";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        device?.Dispose();
        device = null;
        claim?.Dispose();
        claim = null;
    }
}
