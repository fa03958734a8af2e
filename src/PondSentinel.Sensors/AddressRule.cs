using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Sensors;

/// <summary>The addresses that devices of a model can have on a line.</summary>
public abstract record AddressRule
{
    /// <summary>Reads an address from a table.</summary>
    /// <param name="section">The table; whatever is wrong is reported there.</param>
    /// <param name="key">The key.</param>
    /// <returns>The address, or null where a problem was reported.</returns>
    public abstract long? Read(TomlSection section, string key);

    /// <summary>An address as people write it.</summary>
    /// <param name="address">The address.</param>
    public abstract string Text(long address);

    /// <summary>The addresses there are, for people.</summary>
    public abstract string Range { get; }
}

/// <summary>The address of a Modbus device, 1 to 247: 0 is broadcast, 248 to 255 are reserved (Modbus over serial line
/// V1.02, 2.2). It must be given: probes come with all kinds.</summary>
public sealed record ModbusAddresses : AddressRule
{
    private const int AddressMin = 1;
    private const int AddressMax = 247;

    /// <summary>The rule.</summary>
    public static ModbusAddresses All { get; } = new();

    /// <inheritdoc/>
    public override string Range => string.Create(CultureInfo.InvariantCulture, $"address {AddressMin} to {AddressMax}");

    /// <inheritdoc/>
    public override long? Read(TomlSection section, string key) =>
        section.Integer(key, AddressMin, AddressMax, required: true);

    /// <inheritdoc/>
    public override string Text(long address) => address.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The 7-bit address of an I2C device, as a range that solder bridges or a command choose from.</summary>
/// <param name="Usual">The address it comes with; holds where none is given.</param>
/// <param name="Min">Lowest.</param>
/// <param name="Max">Highest.</param>
public sealed record I2cAddresses(int Usual, int Min, int Max) : AddressRule
{
    /// <summary>Lowest address that the I2C standard leaves to devices (UM10204, 3.1.12).</summary>
    public const int Lowest = 0x08;

    /// <summary>Highest address that the I2C standard leaves to devices.</summary>
    public const int Highest = 0x77;

    /// <inheritdoc/>
    public override string Range => Min == Max ? $"address {Text(Usual)}" : $"address {Text(Usual)}, or another from {Text(Min)} to {Text(Max)}";

    /// <inheritdoc/>
    public override long? Read(TomlSection section, string key)
    {
        // Bounds checked here, because people know these addresses as hexadecimal numbers.
        var address = section.Integer(key, long.MinValue, long.MaxValue);
        if (address is null)
        {
            return section.Has(key) ? null : Usual;
        }

        if (address >= Min && address <= Max)
        {
            return address;
        }

        section.Report(
            key,
            $"{key} of [{section.Name}] is not one that this model can have: {Text(address.Value)}",
            Min == Max ? $"write {Text(Usual)}, or leave it out" : $"write one from {Text(Min)} to {Text(Max)}; it comes with {Text(Usual)}");
        return null;
    }

    /// <inheritdoc/>
    public override string Text(long address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:X2}");
}

/// <summary>The number of a line on its GPIO chip; it must be given.</summary>
public sealed record GpioLines : AddressRule
{
    /// <summary>The highest number that is taken for one: chips of a Pi have at most 58 lines.</summary>
    public const int Highest = 511;

    /// <summary>The rule.</summary>
    public static GpioLines All { get; } = new();

    /// <inheritdoc/>
    public override string Range => "address: the number of the line on its chip";

    /// <inheritdoc/>
    public override long? Read(TomlSection section, string key) => section.Integer(key, 0, Highest, required: true);

    /// <inheritdoc/>
    public override string Text(long address) => address.ToString(CultureInfo.InvariantCulture);
}
