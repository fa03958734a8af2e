using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using PondSentinel.Alerting;

namespace PondSentinel.Backend.Alerting;

/// <summary>The state of a rule as it is kept: its id, what its limit knows, and what its statistic does. Little-endian; the form is stored,
/// so what changes gets another number of the first byte.</summary>
internal static class StateBytes
{
    private const byte Form = 1;

    // The same, where the peak is a bound: what earlier versions know no word for, they are given where it is needed alone.
    private const byte BoundForm = 2;

    // Form, length of the id; then phase, since, held, peak, as of, length of the memory.
    private const int Head = 1 + 2;
    private const int Body = 1 + (4 * 8) + 4;

    /// <summary>Appends one.</summary>
    public static void Write(ArrayBufferWriter<byte> buffer, string rule, in RuleState state)
    {
        var length = Encoding.UTF8.GetByteCount(rule);
        var span = buffer.GetSpan(Head + length + Body + state.Memory.Length);
        span[0] = state.Alert.IsPeakBound ? BoundForm : Form;
        BinaryPrimitives.WriteUInt16LittleEndian(span[1..], checked((ushort)length));
        Encoding.UTF8.GetBytes(rule, span[Head..]);
        var body = span[(Head + length)..];
        body[0] = (byte)state.Alert.Phase;
        BinaryPrimitives.WriteInt64LittleEndian(body[1..], state.Alert.Since.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(body[9..], (long)state.Alert.Held.TotalMilliseconds);
        BinaryPrimitives.WriteDoubleLittleEndian(body[17..], state.Alert.Peak);
        BinaryPrimitives.WriteInt64LittleEndian(body[25..], state.Alert.AsOf.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt32LittleEndian(body[33..], state.Memory.Length);
        state.Memory.Span.CopyTo(body[Body..]);
        buffer.Advance(Head + length + Body + state.Memory.Length);
    }

    /// <summary>Takes the next one off.</summary>
    /// <exception cref="InvalidDataException">These bytes are none.</exception>
    public static (string Rule, RuleState State) Read(ref ReadOnlyMemory<byte> rest)
    {
        var span = rest.Span;
        if (span.Length < Head || span[0] is not (Form or BoundForm))
        {
            throw Damaged();
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(span[1..]);
        if (span.Length < Head + length + Body)
        {
            throw Damaged();
        }

        var body = span[(Head + length)..];
        var memory = BinaryPrimitives.ReadInt32LittleEndian(body[33..]);
        if (memory < 0 || body.Length - Body < memory)
        {
            throw Damaged();
        }

        var state = new RuleState(AlertOf(body, span[0] == BoundForm), rest.Slice(Head + length + Body, memory));
        var rule = Encoding.UTF8.GetString(span.Slice(Head, length));
        rest = rest[(Head + length + Body + memory)..];
        return (rule, state);
    }

    private static AlertState AlertOf(ReadOnlySpan<byte> body, bool isPeakBound)
    {
        var phase = (AlertPhase)body[0];
        try
        {
            return !Enum.IsDefined(phase) ? throw Damaged() : new AlertState(
                phase,
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(body[1..])),
                TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(body[9..])),
                BinaryPrimitives.ReadDoubleLittleEndian(body[17..]),
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(body[25..])),
                isPeakBound);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw Damaged();
        }
    }

    private static InvalidDataException Damaged() => new(
        "The state of alert rules in the state database is damaged, or of a later version. Restore the database from a backup, or run the version that wrote it.");
}
