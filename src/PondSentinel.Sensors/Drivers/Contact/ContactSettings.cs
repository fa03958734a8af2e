using PondSentinel.Sensors.Buses.Gpio;
using PondSentinel.Toml;

namespace PondSentinel.Sensors.Drivers.Contact;

/// <summary>Settings of a contact whose state is watched.</summary>
/// <param name="Quantity">What it tells of.</param>
/// <param name="ActiveHigh">Whether the line is high while the door is open, the pump runs, the valve is open.</param>
/// <param name="Pull">What holds the line while the contact is open.</param>
/// <param name="Debounce">A change counts where the line is still for so long after it.</param>
internal sealed record ContactSettings(ContactQuantity Quantity, bool ActiveHigh, GpioPull Pull, TimeSpan Debounce) : SensorSettings
{
    private static readonly TimeSpan DebounceUsual = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan DebounceMax = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override IReadOnlyList<SensorOutput> Outputs { get; } = [Quantity.Output];

    /// <summary>What holds where the owner says no more than what it tells of.</summary>
    /// <param name="quantity">What it tells of.</param>
    public static ContactSettings Usual(ContactQuantity quantity) => new(quantity, quantity.ActiveHigh, GpioPull.Up, DebounceUsual);

    /// <summary>Reads them.</summary>
    /// <param name="section">The device's table.</param>
    /// <returns>Null where it does not say what the contact tells of.</returns>
    public static SensorSettings? Read(TomlSection section)
    {
        var quantity = section.Word("quantity", ContactQuantity.ByWord, required: true);
        var active = section.Word("active", GpioWords.Levels);
        var pull = section.Word("pull", GpioWords.Pulls);
        var debounce = section.Duration("debounce", TimeSpan.Zero, DebounceMax);
        if (quantity is not { } known)
        {
            return null;
        }

        var usual = Usual(known);
        return usual with { ActiveHigh = active ?? usual.ActiveHigh, Pull = pull ?? usual.Pull, Debounce = debounce ?? usual.Debounce };
    }
}
