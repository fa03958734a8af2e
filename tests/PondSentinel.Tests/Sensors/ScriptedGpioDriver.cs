using System.Device.Gpio;

namespace PondSentinel.Tests.Sensors;

/// <summary>A GPIO chip below System.Device.Gpio, in the hand of a test.</summary>
internal sealed class ScriptedGpioDriver : GpioDriver
{
    private readonly Dictionary<int, PinMode> opened = [];
    private readonly Dictionary<int, PinChangeEventHandler> handlers = [];

    /// <summary>Lines that cannot be opened: another program has them.</summary>
    public HashSet<int> Taken { get; } = [];

    /// <summary>Lines that can be opened and not be read.</summary>
    public HashSet<int> Broken { get; } = [];

    /// <summary>What was done, in words.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Modes of the lines that are open.</summary>
    public IReadOnlyDictionary<int, PinMode> Opened => opened;

    public bool IsDisposed { get; private set; }

    protected override int PinCount => 64;

    /// <summary>Changes the level of a line.</summary>
    public void Turn(int line, bool high)
    {
        if (handlers.GetValueOrDefault(line) is { } handler)
        {
            handler(this, new PinValueChangedEventArgs(high ? PinEventTypes.Rising : PinEventTypes.Falling, line));
        }
    }

    protected override void OpenPin(int pinNumber)
    {
        if (Taken.Contains(pinNumber))
        {
            throw new IOException("Device or resource busy");
        }

        opened.Add(pinNumber, PinMode.Input);
    }

    protected override void ClosePin(int pinNumber)
    {
        Done.Add($"close {pinNumber}");
        opened.Remove(pinNumber);
    }

    protected override void SetPinMode(int pinNumber, PinMode mode) => opened[pinNumber] = mode;

    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        opened[pinNumber] = mode;
        Done.Add($"{mode} {pinNumber} {initialValue}");
    }

    protected override PinMode GetPinMode(int pinNumber) => opened[pinNumber];

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

    protected override PinValue Read(int pinNumber) =>
        Broken.Contains(pinNumber) ? throw new IOException("Input/output error") : PinValue.High;

    protected override void Write(int pinNumber, PinValue value) => Done.Add($"{pinNumber} {value}");

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) =>
        handlers.Add(pinNumber, callback);

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
        handlers.Remove(pinNumber);

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        handlers.Clear();
        opened.Clear();
        base.Dispose(disposing);
    }
}
