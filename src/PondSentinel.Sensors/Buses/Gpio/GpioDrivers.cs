using System.Device.Gpio;
using System.Device.Gpio.Drivers;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>Opens GPIO chips by libgpiod.</summary>
internal static class GpioDrivers
{
    /// <summary>Opens a chip: by the newer library first, because the older one cannot open a chip of a kernel without the first
    /// version of its interface.</summary>
    /// <param name="settings">Which chip.</param>
    /// <exception cref="Exception">One that <see cref="IsOfTheMachine"/> knows.</exception>
    public static GpioDriver Open(GpioSettings settings)
    {
        try
        {
            return new LibGpiodV2Driver(settings.Chip);
        }
        catch (Exception e) when (IsOfTheMachine(e))
        {
            return new LibGpiodDriver(settings.Chip);
        }
    }

    /// <summary>Whether an exception tells of the machine: no such chip, no right to it, a line that another program has, no library.
    /// </summary>
    /// <param name="e">The exception.</param>
    public static bool IsOfTheMachine(Exception e) => e is IOException or UnauthorizedAccessException or InvalidOperationException
        or ArgumentException or NotSupportedException or DllNotFoundException or EntryPointNotFoundException
        or TypeInitializationException or TimeoutException or GpiodException;

    /// <summary>What an exception of the machine says, its first sentence: the addresses that follow are of no use at a pond.</summary>
    /// <param name="e">The exception.</param>
    public static string Said(Exception e) => e.Message.Split(". ")[0].TrimEnd('.');

    /// <summary>What to look at where a line cannot be used, for people.</summary>
    public const string Advice =
        "is the chip one that gpiodetect lists, the line in nobody else's use, libgpiod installed, and this program's user in the group gpio?";
}
