using System.Device.Gpio;
using System.Globalization;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>A relay in the supply of a bus.</summary>
/// <param name="Chip">The GPIO chip.</param>
/// <param name="Line">Number of the line on it.</param>
/// <param name="CutsAtHigh">Whether the high level cuts the supply, else the low one.</param>
/// <param name="Off">How long the supply stays off.</param>
public sealed record SupplyRelay(GpioSettings Chip, int Line, bool CutsAtHigh, TimeSpan Off);

/// <summary>Cuts the supply of a bus by a relay on a GPIO line, and gives it back.</summary>
/// <remarks>The line is used only while the supply is off. So the relay must be one that closes at rest: a gateway that is off, or
/// has crashed, leaves its probes with power.</remarks>
public sealed class GpioSupplySwitch : ISupplySwitch
{
    private readonly SupplyRelay relay;
    private readonly Func<GpioDriver> open;
    private readonly TimeProvider time;

    /// <summary>Names a relay.</summary>
    /// <param name="relay">The relay.</param>
    /// <param name="time">For the time in which the supply is off.</param>
    public GpioSupplySwitch(SupplyRelay relay, TimeProvider time)
        : this(relay, () => GpioDrivers.Open(relay.Chip), time)
    {
    }

    /// <summary>Names a relay on a chip that is opened otherwise.</summary>
    /// <param name="relay">The relay.</param>
    /// <param name="open">Opens its chip.</param>
    /// <param name="time">For the time in which the supply is off.</param>
    internal GpioSupplySwitch(SupplyRelay relay, Func<GpioDriver> open, TimeProvider time)
    {
        this.relay = relay;
        this.open = open;
        this.time = time;
    }

    /// <inheritdoc/>
    public async ValueTask<string?> CycleAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var controller = new GpioController(open());
            controller.OpenPin(relay.Line, PinMode.Output, relay.CutsAtHigh ? PinValue.High : PinValue.Low);
            try
            {
                await Task.Delay(relay.Off, time, cancellationToken);
            }
            finally
            {
                controller.Write(relay.Line, relay.CutsAtHigh ? PinValue.Low : PinValue.High);
                controller.ClosePin(relay.Line);
            }

            return null;
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"line {relay.Line} of {relay.Chip.Place} cannot be used: {GpioDrivers.Said(e)}; {GpioDrivers.Advice}");
        }
    }
}
