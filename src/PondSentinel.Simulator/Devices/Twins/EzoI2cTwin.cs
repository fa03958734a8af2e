using System.Text;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>An EZO circuit in I2C mode: a command, time to work on it, then a code, a text and a zero.</summary>
/// <param name="id">Name of the device.</param>
/// <param name="address">7-bit address.</param>
/// <param name="kind">Which circuit.</param>
/// <param name="faults">What is wrong with it.</param>
/// <param name="sense">What there is to sense now.</param>
internal sealed class EzoI2cTwin(string id, int address, EzoKind kind, Faults faults, Func<Sense> sense) : II2cTwin
{
    private const byte Done = 1;
    private const byte SyntaxError = 2;
    private const byte Working = 254;
    private const byte Nothing = 255;
    private const byte TopBit = 0x80;

    private readonly EzoTwin circuit = new(kind, faults, sense);
    private byte[]? answer;
    private ServedValues? served;
    private TimeSpan ready;

    /// <summary>What can be wrong with it.</summary>
    /// <param name="kind">Which circuit.</param>
    public static IReadOnlyList<FaultKind> Knobs(EzoKind kind) =>
        [.. FaultWords.OnI2c, .. EzoTwin.Knobs(kind).Except(FaultWords.OnI2c), FaultKind.Cut, FaultKind.Pending, FaultKind.NoData, FaultKind.TopBits];

    /// <inheritdoc/>
    public string Id => id;

    /// <inheritdoc/>
    public int Address => address;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        var outcome = circuit.Do(Encoding.ASCII.GetString(bytes.TrimEnd((byte)0)));
        answer = outcome is null ? [SyntaxError] : [Done, .. Encoding.ASCII.GetBytes(outcome.Text), 0];
        served = outcome?.Values;
        ready = now + (outcome?.Takes ?? TimeSpan.Zero) + faults.Late;
    }

    /// <inheritdoc/>
    public I2cAnswer Read(int count, TimeSpan now)
    {
        if (answer is null || faults.Kind == FaultKind.NoData)
        {
            return Padded([Nothing], null);
        }

        if (now < ready || faults.Kind == FaultKind.Pending)
        {
            return Padded([Working], null);
        }

        // Said once.
        var (said, values) = (answer, served);
        (answer, served) = (null, null);
        if (faults.Kind == FaultKind.Cut)
        {
            return new I2cAnswer(said[..(said.Length / 2)], null);
        }

        var bytes = faults.Kind == FaultKind.TopBits
            ? [said[0], .. said[1..^1].Select(value => (byte)(value | TopBit)), 0]
            : said;
        return Padded(bytes, count >= bytes.Length ? values : null);

        I2cAnswer Padded(byte[] given, ServedValues? whole) => new([.. given, .. new byte[Math.Max(0, count - given.Length)]], whole);
    }
}
