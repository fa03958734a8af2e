using System.Device.Gpio;
using System.Globalization;

namespace PondSentinel.Sensors.Buses.Gpio;

/// <summary>A GPIO chip of this machine, by System.Device.Gpio and libgpiod. Opened at the first use, and anew when none of its lines
/// could be used any more.</summary>
/// <remarks>
/// <para>A line that cannot be used costs the other lines of the chip no edge: it alone is given up.</para>
/// <para>The kernel keeps edges while this process is busy, but System.Device.Gpio does not hand on when each was: on a machine that
/// cannot keep up, edges that were far apart may be told of close together.</para>
/// </remarks>
public sealed class GpioChip : IGpioLines
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, PinChangeEventHandler> watched = [];
    private readonly GpioSettings settings;
    private readonly Func<GpioDriver> open;
    private GpioController? controller;

    /// <summary>Names a chip.</summary>
    /// <param name="settings">Which.</param>
    public GpioChip(GpioSettings settings)
        : this(settings, () => GpioDrivers.Open(settings))
    {
    }

    /// <summary>Names a chip that is opened otherwise.</summary>
    /// <param name="settings">Which.</param>
    /// <param name="open">Opens it.</param>
    internal GpioChip(GpioSettings settings, Func<GpioDriver> open)
    {
        this.settings = settings;
        this.open = open;
    }

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
                controller ??= new GpioController(open());
                controller.OpenPin(line, pull switch
                {
                    GpioPull.Up => PinMode.InputPullUp,
                    GpioPull.Down => PinMode.InputPullDown,
                    _ => PinMode.Input,
                });
                PinChangeEventHandler handler = (_, change) => onEdge(change.ChangeType == PinEventTypes.Rising);
                controller.RegisterCallbackForPinValueChangedEvent(line, PinEventTypes.Rising | PinEventTypes.Falling, handler);
                watched.Add(line, handler);
            });
        }
    }

    /// <inheritdoc/>
    public (bool IsHigh, string? Fault) Read(int line)
    {
        lock (gate)
        {
            if (controller is not { } chip || !watched.ContainsKey(line))
            {
                return (false, $"line {line.ToString(CultureInfo.InvariantCulture)} of {Place} is not watched");
            }

            var isHigh = false;
            var fault = Try(line, () => isHigh = chip.Read(line) == PinValue.High);
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
            GiveUp(line);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"line {line} of {Place} cannot be watched: {GpioDrivers.Said(e)}; {GpioDrivers.Advice}");
        }
    }

    private void Forget(int line)
    {
        if (watched.Remove(line, out var handler) && controller is { } chip && chip.IsPinOpen(line))
        {
            chip.UnregisterCallbackForPinValueChangedEvent(line, handler);
            chip.ClosePin(line);
        }
    }

    // A chip none of whose lines can be used may itself have gone.
    private void GiveUp(int line)
    {
        watched.Remove(line, out var handler);
        if (watched.Count == 0)
        {
            Drop();
            return;
        }

        TryClose(() =>
        {
            if (handler is not null)
            {
                controller?.UnregisterCallbackForPinValueChangedEvent(line, handler);
            }
        });
        TryClose(() =>
        {
            if (controller is { } chip && chip.IsPinOpen(line))
            {
                chip.ClosePin(line);
            }
        });
    }

    private void Drop()
    {
        watched.Clear();
        var chip = controller;
        controller = null;
        TryClose(() => chip?.Dispose());
    }

    private static void TryClose(Action close)
    {
        try
        {
            close();
        }
        catch (Exception e) when (GpioDrivers.IsOfTheMachine(e))
        {
            // It is given up in any case.
        }
    }
}
