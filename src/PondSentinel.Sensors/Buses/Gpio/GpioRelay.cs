using System.Device.Gpio;
using System.Globalization;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>A relay on a GPIO line, which is held as an output from the first switching until it is disposed of.</summary>
/// <remarks>At an end that is asked for the released level is written before the line is given back. After a crash the kernel gives it
/// back by itself, and what level it has then is the kernel's choice: a resistor at the relay's input has to release it.</remarks>
public sealed class GpioRelay : IRelay
{
    private readonly GpioSettings chip;
    private readonly int line;
    private readonly bool tripsAtHigh;
    private readonly Func<GpioDriver> open;
    private GpioController? controller;

    /// <summary>Names a relay.</summary>
    /// <param name="chip">The GPIO chip.</param>
    /// <param name="line">Number of the line on it.</param>
    /// <param name="tripsAtHigh">Whether the high level trips it, else the low one.</param>
    public GpioRelay(GpioSettings chip, int line, bool tripsAtHigh)
        : this(chip, line, tripsAtHigh, () => GpioDrivers.Open(chip))
    {
    }

    /// <summary>Names a relay on a chip that is opened otherwise.</summary>
    /// <param name="chip">The GPIO chip.</param>
    /// <param name="line">Number of the line on it.</param>
    /// <param name="tripsAtHigh">Whether the high level trips it, else the low one.</param>
    /// <param name="open">Opens its chip.</param>
    internal GpioRelay(GpioSettings chip, int line, bool tripsAtHigh, Func<GpioDriver> open) =>
        (this.chip, this.line, this.tripsAtHigh, this.open) = (chip, line, tripsAtHigh, open);

    /// <inheritdoc/>
    public string? Switch(bool on)
    {
        var level = on == tripsAtHigh ? PinValue.High : PinValue.Low;
        try
        {
            if (controller is null)
            {
                controller = new GpioController(open());

                // With its level at once: an output that begins at the other one would be a stroke of the siren.
                controller.OpenPin(line, PinMode.Output, level);
            }
            else
            {
                controller.Write(line, level);
            }

            return null;
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            Drop();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"line {line} of {chip.Place} cannot be used: {GpioDrivers.Said(e)}; {GpioDrivers.Advice}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (controller is not null && Switch(on: false) is null)
        {
            Drop();
        }
    }

    private void Drop()
    {
        var held = controller;
        controller = null;
        try
        {
            held?.Dispose();
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            // It is given up in any case.
        }
    }
}
