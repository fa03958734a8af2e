using System.Device.Gpio;
using System.Globalization;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>A GPIO chip of this machine, by System.Device.Gpio and libgpiod. Opened at the first use, and anew after it failed.
/// </summary>
/// <remarks>The kernel keeps edges while this process is busy, but System.Device.Gpio does not hand on when each was: on a machine
/// that cannot keep up, edges that were far apart may be told of close together.</remarks>
/// <param name="settings">Which chip.</param>
public sealed class GpioChip(GpioSettings settings) : IGpioLines
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, PinChangeEventHandler> watched = [];
    private GpioController? controller;

    /// <inheritdoc/>
    public string Place => settings.Place;

    /// <inheritdoc/>
    public string? Watch(int line, GpioPull pull, Action<bool> onEdge)
    {
        lock (gate)
        {
            return Try(line, () =>
            {
                Forget(line);
                controller ??= new GpioController(GpioDrivers.Open(settings));
                controller.OpenPin(line, pull switch
                {
                    GpioPull.Up => PinMode.InputPullUp,
                    GpioPull.Down => PinMode.InputPullDown,
                    _ => PinMode.Input,
                });
                PinChangeEventHandler handler = (_, change) => onEdge(change.ChangeType == PinEventTypes.Rising);
                watched.Add(line, handler);
                controller.RegisterCallbackForPinValueChangedEvent(line, PinEventTypes.Rising | PinEventTypes.Falling, handler);
            });
        }
    }

    /// <inheritdoc/>
    public (bool IsHigh, string? Fault) Read(int line)
    {
        lock (gate)
        {
            if (controller is not { } open || !watched.ContainsKey(line))
            {
                return (false, $"line {line.ToString(CultureInfo.InvariantCulture)} of {Place} is not watched");
            }

            var isHigh = false;
            var fault = Try(line, () => isHigh = open.Read(line) == PinValue.High);
            return (isHigh, fault);
        }
    }

    /// <inheritdoc/>
    public void Leave(int line)
    {
        lock (gate)
        {
            Try(line, () => Forget(line));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            Drop();
        }
    }

    private string? Try(int line, Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            Drop();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"line {line} of {Place} cannot be watched: {e.Message.TrimEnd('.')}; {GpioDrivers.Advice}");
        }
    }

    private void Forget(int line)
    {
        if (watched.Remove(line, out var handler) && controller is { } open && open.IsPinOpen(line))
        {
            open.UnregisterCallbackForPinValueChangedEvent(line, handler);
            open.ClosePin(line);
        }
    }

    private void Drop()
    {
        watched.Clear();
        var open = controller;
        controller = null;
        try
        {
            open?.Dispose();
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            // It is given up in any case.
        }
    }
}
