using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PondSentinel.Simulator.Devices;

/// <summary>What all Yosemitech probes have in common. A model adds its measured values and its settings.</summary>
/// <remarks>Written from the makers' manuals, not from the gateway's profiles, so that an error
/// in one of the two shows. Floating-point numbers go out with the lowest byte first (DCBA), small numbers in the first
/// byte of a register. Anything unknown is met with silence, never with an exception.</remarks>
internal abstract class YosemitechProbe : IModbusSlave
{
    /// <summary>The address of "who are you".</summary>
    public const byte AnyAddress = 0xFF;

    private const byte ReadHolding = 3;
    private const byte WriteMultiple = 16;

    private const ushort Versions = 0x0700;
    private const ushort SerialNumber = 0x0900;
    private const ushort Start = 0x2500;
    private const ushort Stop = 0x2E00;
    private const ushort OwnAddress = 0x3000;
    private const ushort BrushNow = 0x3100;
    private const ushort BrushInterval = 0x3200;

    private readonly string serial;
    private readonly Dictionary<ushort, byte[]> settings = [];

    /// <summary>Makes a probe as it comes from the factory.</summary>
    /// <param name="id">Name of the device.</param>
    /// <param name="address">Its address, 1 to 247.</param>
    /// <param name="serial">Serial number, 12 characters.</param>
    protected YosemitechProbe(string id, byte address, string serial)
    {
        (Id, Address, this.serial) = (id, address, serial);
        settings[BrushInterval] = [30, 0];
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public byte Address { get; private set; }

    /// <summary>A float with its lowest byte first.</summary>
    /// <param name="value">The number.</param>
    public static byte[] Bytes(float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    }

    /// <inheritdoc/>
    public SlaveAnswer? Answer(ReadOnlySpan<byte> request)
    {
        if (request.Length < 6)
        {
            return null;
        }

        var register = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[4..]);
        return request[1] switch
        {
            ReadHolding when request.Length == 6 => Read(request[0], register, count),
            WriteMultiple when request[0] == Address && request.Length == 7 + request[6] =>
                Write(register, count, request[7..]),
            _ => null,
        };
    }

    /// <summary>The measured values that a register gives now.</summary>
    /// <param name="register">The first register.</param>
    /// <returns>Names and numbers, or null where the model has none there.</returns>
    protected abstract IReadOnlyList<(string Name, float Value)>? Measure(ushort register);

    /// <summary>What stands behind the measured values in the same block; nothing, unless a model says otherwise.</summary>
    /// <param name="register">The first register.</param>
    protected virtual byte[] Tail(ushort register) => [];

    /// <summary>Makes a setting known: it can be read and written from now on.</summary>
    /// <param name="register">The first register.</param>
    /// <param name="factory">What it comes with; its length is the only one a write may have.</param>
    protected void AddSetting(ushort register, byte[] factory) => settings[register] = factory;

    /// <summary>Applies a user's slope and offset: K times the value plus B.</summary>
    /// <param name="register">The setting: K and B as two floats.</param>
    /// <param name="value">The value.</param>
    protected float Calibrated(ushort register, float value)
    {
        var setting = settings[register].AsSpan();
        return (BinaryPrimitives.ReadSingleLittleEndian(setting) * value)
            + BinaryPrimitives.ReadSingleLittleEndian(setting[4..]);
    }

    private SlaveAnswer? Read(byte asked, ushort register, ushort count)
    {
        if (asked == AnyAddress)
        {
            return register == OwnAddress && count == 1 ? Plain(AnyAddress, [Address, 0]) : null;
        }

        if (register is Start or Stop)
        {
            // With one register or with none; the answer holds none either way.
            return count <= 1 ? Plain(Address, []) : null;
        }

        if (Measure(register) is { } values)
        {
            byte[] measured = [.. values.SelectMany(value => Bytes(value.Value))];
            byte[] block = [.. measured, .. Tail(register)];
            return block.Length == count * 2
                ? Plain(Address, block) with
                {
                    Values = new ServedValues(
                        register.ToString("X4", CultureInfo.InvariantCulture),
                        measured,
                        [.. values.Select(value => (value.Name, (double)value.Value))]),
                }
                : null;
        }

        return Fixed(register) is { } bytes && bytes.Length == count * 2 ? Plain(Address, bytes) : null;
    }

    private byte[]? Fixed(ushort register) => register switch
    {
        Versions => [1, 0, 1, 6],
        SerialNumber => [0, .. Encoding.ASCII.GetBytes(serial), 0],
        _ => settings.GetValueOrDefault(register),
    };

    private SlaveAnswer? Write(ushort register, ushort count, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != count * 2)
        {
            return null;
        }

        // The answer still comes from the address that was asked.
        var done = new SlaveAnswer(
            [Address, WriteMultiple, (byte)(register >> 8), (byte)(register & 0xFF), (byte)(count >> 8), (byte)(count & 0xFF)],
            null);
        if (register == BrushNow)
        {
            return count == 0 ? done : null;
        }

        if (register == OwnAddress)
        {
            if (count != 1 || bytes[0] is < 1 or > 247)
            {
                return null;
            }

            Address = bytes[0];
            return done;
        }

        if (!settings.TryGetValue(register, out var setting) || setting.Length != bytes.Length)
        {
            return null;
        }

        settings[register] = bytes.ToArray();
        return done;
    }

    private static SlaveAnswer Plain(byte from, byte[] bytes) => new([from, ReadHolding, (byte)bytes.Length, .. bytes], null);
}
