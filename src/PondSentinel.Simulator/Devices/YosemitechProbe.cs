using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Simulator.Devices;

/// <summary>A Yosemitech probe: what all have in common, and the registers of one model.</summary>
/// <remarks>Written from the makers' manuals, not from the gateway's profiles, so that an error
/// in one of the two shows. Floating-point numbers go out with the lowest byte first (DCBA), small numbers in the first
/// byte of a register. Anything unknown is met with silence, never with an exception.</remarks>
internal sealed class YosemitechProbe : IModbusSlave
{
    /// <summary>The address of "who are you".</summary>
    public const byte AnyAddress = 0xFF;

    private const byte ReadHolding = 3;
    private const byte WriteMultiple = 16;

    private const ushort Versions = 0x0700;
    private const ushort PhBuffer = 0x2300;
    private const ushort PhStatus = 0x0E00;
    private const byte WrongBuffer = 1;
    private const byte TooFewBuffers = 2;
    private const double PhFromBufferMax = 1;
    private const ushort Start = 0x2500;
    private const ushort Stop = 0x2E00;
    private const ushort OwnAddress = 0x3000;

    private static readonly float[] PhBuffers = [4.00f, 6.86f, 9.18f];

    private readonly YosemitechModel model;
    private readonly string serial;
    private readonly Faults faults;
    private readonly Func<Sense> sense;
    private readonly Dictionary<ushort, byte[]> settings;
    private TimeSpan? started;
    private int buffers;

    /// <summary>Makes a probe as it comes from the factory.</summary>
    /// <param name="id">Name of the device.</param>
    /// <param name="address">Its address, 1 to 247.</param>
    /// <param name="model">What it is.</param>
    /// <param name="faults">What is wrong with it.</param>
    /// <param name="sense">What there is to sense now.</param>
    /// <param name="serial">Serial number, 12 characters; null for one made of model and address.</param>
    public YosemitechProbe(
        string id, byte address, YosemitechModel model, Faults faults, Func<Sense> sense, string? serial = null)
    {
        (Id, Address, this.model, this.faults, this.sense) = (id, address, model, faults, sense);
        this.serial = serial ?? SerialOf(model, address);
        settings = model.Settings.ToDictionary();
        settings[model.BrushInterval] = [30, 0];
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

    /// <summary>The serial number of the twin at an address. Characters 3 and 4 tell the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="address">The address.</param>
    public static string SerialOf(YosemitechModel model, byte address) =>
        string.Create(CultureInfo.InvariantCulture, $"YL{model.SerialType}26070{address:000}");

    /// <inheritdoc/>
    public bool Hears(byte address, bool isAlone) => address == Address || (address == AnyAddress && isAlone);

    /// <inheritdoc/>
    public SlaveAnswer? Answer(ReadOnlySpan<byte> request, TimeSpan now)
    {
        if (request.Length < 6)
        {
            return null;
        }

        var register = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[4..]);
        return request[1] switch
        {
            ReadHolding when request.Length == 6 => Read(request[0], register, count, now),
            WriteMultiple when request[0] == Address && request.Length == 7 + request[6] =>
                Write(register, count, request[7..]),
            _ => null,
        };
    }

    private SlaveAnswer? Read(byte asked, ushort register, ushort count, TimeSpan now)
    {
        if (asked == AnyAddress)
        {
            return register == OwnAddress && count == 1 ? Plain(AnyAddress, [Address, 0]) : null;
        }

        if (register is Start or Stop)
        {
            // With one register or with none; the answer holds none either way.
            started = register == Stop || count > 1 ? null : now;
            return count <= 1 ? Plain(Address, []) : null;
        }

        if (model.Blocks.FirstOrDefault(block => block.Register == register) is { } measured)
        {
            return measured.Length == count * 2 ? Measure(measured, now) : null;
        }

        return Fixed(register) is { } bytes && bytes.Length == count * 2 ? Plain(Address, bytes) : null;
    }

    private SlaveAnswer Measure(YosemitechBlock block, TimeSpan now)
    {
        var there = sense();

        // An old piece measures only from when it was started and has warmed up. That it says NaN until then is a choice.
        var measures = faults.Kind != FaultKind.NoNumber
            && (faults.Kind != FaultKind.Unstarted || now - started >= model.WarmUp);
        var values = block.Numbers
            .Select(number => (number, Value: measures ? Value(number, there) : float.NaN))
            .ToList();
        byte[] bytes = [.. values.SelectMany(value => Bytes(value.Value))];
        byte[] all = [.. new byte[block.LeadingZeros], .. bytes, .. block.Tail?.Invoke(faults.Kind) ?? []];
        return Plain(Address, all) with
        {
            Values = measures && values.Count > 0
                ? new ServedValues(
                    block.Register.ToString("X4", CultureInfo.InvariantCulture),
                    bytes,
                    [.. values.Select(value => (value.number.Name, (double)value.Value))])
                : null,
        };
    }

    private float Value(YosemitechNumber number, Sense there)
    {
        if (number.IsOption && faults.Kind == FaultKind.Absent)
        {
            return 0;
        }

        var value = (float)(there(number.Measurand) * number.PerUnit);
        if (number.Calibration is not { } register)
        {
            return value;
        }

        // The user's slope and offset: K times the value plus B.
        var setting = settings[register].AsSpan();
        return (BinaryPrimitives.ReadSingleLittleEndian(setting) * value)
            + BinaryPrimitives.ReadSingleLittleEndian(setting[4..]);
    }

    private byte[]? Fixed(ushort register) =>
        register == model.SerialRegister
            ? model.SerialIsPlain ? Encoding.ASCII.GetBytes(serial) : [0, .. Encoding.ASCII.GetBytes(serial), 0]
        : register == Versions ? [1, 0, 1, 6]
        : settings.GetValueOrDefault(register);

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
        if (model.Commands.Contains(register))
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
        if (register == PhBuffer)
        {
            TakeBuffer(BinaryPrimitives.ReadSingleLittleEndian(bytes));
        }

        return done;
    }

    // The three in their order, each not far from what it senses; only then is there a calibration. Nothing of what it shows changes
    // here: the twin's electrode is ideal.
    private void TakeBuffer(float ph)
    {
        buffers = ph == PhBuffers[0] ? 0 : buffers;
        var isNext = buffers < PhBuffers.Length && ph == PhBuffers[buffers];
        var isThere = Math.Abs(sense()(Measurand.Ph) - ph) < PhFromBufferMax;
        buffers = isNext && isThere ? buffers + 1 : 0;
        settings[PhStatus] = [!isThere ? WrongBuffer : buffers < PhBuffers.Length ? TooFewBuffers : (byte)0, 0];
    }

    private static SlaveAnswer Plain(byte from, byte[] bytes) => new([from, ReadHolding, (byte)bytes.Length, .. bytes], null);
}
