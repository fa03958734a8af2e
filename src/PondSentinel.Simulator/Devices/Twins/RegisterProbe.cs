using System.Buffers.Binary;
using System.Globalization;
using PondSentinel.Measurements;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A Modbus slave as the standard has it: registers of 16 bits, any of which may be read together; what it does not have is
/// met with an exception.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">Its address, 1 to 247.</param>
/// <param name="model">Its registers.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
/// <param name="serial">The serial number that it shall have, where its model says one; null for the one that its model says here.</param>
internal sealed class RegisterProbe(
    string id, byte address, RegisterModel model, Faults faults, Func<Sense> sense, uint? serial = null) : IModbusSlave
{
    private const byte WriteSingle = 6;
    private const int RegistersMax = 125;

    private readonly Dictionary<ushort, ushort> written = [];

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public byte Address { get; private set; } = address;

    /// <inheritdoc/>
    public TimeSpan Thinking => model.Thinking;

    /// <inheritdoc/>
    public bool Hears(byte address, bool isAlone) => address == Address || (isAlone && address == model.AnyAddress);

    /// <inheritdoc/>
    public SlaveAnswer? Answer(ReadOnlySpan<byte> request, TimeSpan now)
    {
        if (request.Length != 6)
        {
            return null;
        }

        var first = BinaryPrimitives.ReadUInt16BigEndian(request[2..]);
        var second = BinaryPrimitives.ReadUInt16BigEndian(request[4..]);
        return request[1] == model.Function ? Read(request[1], first, second)
            : request[1] == WriteSingle && model.Writable.Count > 0 ? Write(request, first, second)
            : SlaveAnswer.Exception(Address, request[1], SlaveAnswer.NoSuchFunction);
    }

    private SlaveAnswer Read(byte function, ushort first, ushort count)
    {
        if (count is < 1 or > RegistersMax)
        {
            return SlaveAnswer.Exception(Address, function, SlaveAnswer.NoSuchValue);
        }

        var there = sense();
        var registers = new Dictionary<int, ushort>();
        foreach (var (register, words) in model.Fixed)
        {
            Put(registers, register, words);
        }

        if (serial is { } own && model.SerialRegister is { } place)
        {
            Put(registers, place, [(ushort)(own >> 16), (ushort)(own & ushort.MaxValue)]);
        }

        foreach (var (register, word) in written)
        {
            registers[register] = word;
        }

        foreach (var (register, word) in model.States)
        {
            registers[register] = word(faults.Kind);
        }

        List<(string Name, double Value)> values = [];
        foreach (var cell in model.Cells)
        {
            var (words, value) = cell.Coding.Encode(there(cell.Measurand) * cell.PerUnit, faults.Kind == FaultKind.NoNumber);
            Put(registers, cell.Register, words);
            if (cell.Register >= first && cell.Register + words.Length <= first + count)
            {
                values.Add((cell.Name, value));
            }
        }

        var bytes = new byte[count * sizeof(ushort)];
        for (var i = 0; i < count; i++)
        {
            if (!registers.TryGetValue(first + i, out var word))
            {
                return SlaveAnswer.Exception(Address, function, SlaveAnswer.NoSuchRegister);
            }

            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(i * sizeof(ushort)), word);
        }

        return new SlaveAnswer(
            [Address, function, (byte)bytes.Length, .. bytes],
            values.Count > 0 && faults.Kind != FaultKind.NoNumber
                ? new ServedValues(first.ToString("X4", CultureInfo.InvariantCulture), bytes, values)
                : null);
    }

    private SlaveAnswer Write(ReadOnlySpan<byte> request, ushort register, ushort value)
    {
        if (!model.Writable.Contains(register))
        {
            return SlaveAnswer.Exception(Address, WriteSingle, SlaveAnswer.NoSuchRegister);
        }

        // The answer still comes from the address that was asked.
        var done = new SlaveAnswer(request.ToArray(), null);
        if (register != model.AddressRegister)
        {
            written[register] = value;
            return done;
        }

        if (value is < 1 or > 247)
        {
            return SlaveAnswer.Exception(Address, WriteSingle, SlaveAnswer.NoSuchValue);
        }

        Address = (byte)value;
        return done;
    }

    private static void Put(Dictionary<int, ushort> registers, int register, IReadOnlyList<ushort> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            registers[register + i] = words[i];
        }
    }
}

/// <summary>The registers of a model.</summary>
internal sealed record RegisterModel
{
    /// <summary>Id of the model in the sensor catalogue.</summary>
    public required string Id { get; init; }

    /// <summary>The function that reads them: 3 or 4.</summary>
    public byte Function { get; init; } = 3;

    /// <summary>The measured numbers.</summary>
    public required IReadOnlyList<RegisterCell> Cells { get; init; }

    /// <summary>Registers that always hold the same.</summary>
    public IReadOnlyList<(ushort Register, IReadOnlyList<ushort> Words)> Fixed { get; init; } = [];

    /// <summary>Registers that say what is wrong.</summary>
    public IReadOnlyList<(ushort Register, Func<FaultKind, ushort> Word)> States { get; init; } = [];

    /// <summary>Registers that function 06 writes.</summary>
    public IReadOnlyList<ushort> Writable { get; init; } = [];

    /// <summary>That of its own address, where one can be written.</summary>
    public ushort? AddressRegister { get; init; }

    /// <summary>Where two registers hold its serial number, the high one first; null where it has none.</summary>
    public ushort? SerialRegister { get; init; }

    /// <summary>An address to which it answers too where it is alone; null where there is none.</summary>
    public byte? AnyAddress { get; init; }

    /// <summary>How long it thinks.</summary>
    public TimeSpan Thinking { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What can be wrong with it beside what can be with all.</summary>
    public IReadOnlyList<FaultKind> OwnKnobs { get; init; } = [];

    /// <summary>What can be wrong with it.</summary>
    public IReadOnlyList<FaultKind> Knobs => [.. FaultWords.OnModbus, .. OwnKnobs];
}

/// <summary>A measured number.</summary>
/// <param name="Register">Its first register, counted from 0.</param>
/// <param name="Coding">How it lies.</param>
/// <param name="Name">What the served log calls it.</param>
/// <param name="Measurand">What it is.</param>
internal sealed record RegisterCell(ushort Register, WordCoding Coding, string Name, Measurand Measurand)
{
    /// <summary>What one unit of the measurand is in the probe's unit.</summary>
    public double PerUnit { get; init; } = 1;
}

/// <summary>How a number lies in registers.</summary>
/// <param name="Form">Its form.</param>
/// <param name="Step">What one step of it is worth; means nothing for a float.</param>
internal sealed record WordCoding(WordForm Form, decimal Step = 1)
{
    private const int WordBits = 16;

    /// <summary>32 bits, all bytes from low to high.</summary>
    public static WordCoding FloatDcba { get; } = new(WordForm.FloatDcba);

    /// <summary>32 bits, all bytes from high to low.</summary>
    public static WordCoding FloatAbcd { get; } = new(WordForm.FloatAbcd);

    /// <summary>32 bits, the low register first.</summary>
    public static WordCoding FloatCdab { get; } = new(WordForm.FloatCdab);

    /// <summary>The words of a number.</summary>
    /// <param name="number">The number, in the probe's unit.</param>
    /// <param name="isNone">Whether there is none: NaN, or all ones.</param>
    /// <returns>The words, and the number that they say.</returns>
    public (ushort[] Words, double Value) Encode(double number, bool isNone)
    {
        if (Form is WordForm.FloatDcba or WordForm.FloatAbcd or WordForm.FloatCdab)
        {
            var value = isNone ? float.NaN : (float)number;
            var bits = BitConverter.SingleToUInt32Bits(value);
            bits = Form == WordForm.FloatDcba ? BinaryPrimitives.ReverseEndianness(bits) : bits;
            var (first, second) = ((ushort)(bits >> WordBits), (ushort)(bits & ushort.MaxValue));
            return (Form == WordForm.FloatCdab ? [second, first] : [first, second], value);
        }

        var steps = decimal.Round((decimal)number / Step);
        var bounded = Form switch
        {
            WordForm.Unsigned16 => decimal.Clamp(steps, 0, ushort.MaxValue - 1),
            WordForm.Signed16 => decimal.Clamp(steps, short.MinValue, short.MaxValue),
            WordForm.Signed32HighFirst => decimal.Clamp(steps, int.MinValue, int.MaxValue),
            _ => decimal.Clamp(steps, 0, uint.MaxValue - 1),
        };
        var raw = isNone ? uint.MaxValue : unchecked((uint)(long)bounded);
        var (high, low) = ((ushort)(raw >> WordBits), (ushort)(raw & ushort.MaxValue));
        return (
            Form switch { WordForm.Unsigned32LowFirst => [low, high], WordForm.Signed32HighFirst => [high, low], _ => [low] },
            (double)(bounded * Step));
    }
}

/// <summary>Forms of numbers.</summary>
internal enum WordForm
{
    /// <summary>A word, from 0 on.</summary>
    Unsigned16,

    /// <summary>A word, two's complement.</summary>
    Signed16,

    /// <summary>Two words, the low one first.</summary>
    Unsigned32LowFirst,

    /// <summary>A float, lowest byte first.</summary>
    FloatDcba,

    /// <summary>A float, highest byte first.</summary>
    FloatAbcd,

    /// <summary>A float, the low register first.</summary>
    FloatCdab,

    /// <summary>Two words, the high one first, two's complement.</summary>
    Signed32HighFirst,
}
