using System.Buffers.Binary;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Keeps the ledger in two slots of one file, written in turn: whatever a power cut does to one, the other stands.
/// </summary>
/// <remarks>Not thread-safe. README.md of this folder gives the layout.</remarks>
internal sealed class LedgerFile : IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string Name = "ledger";

    private const int HeaderBytes = 24;
    private const ulong Magic = 0x3147_4445_4C44_4E50; // "PNDLEDG1"

    private readonly ICardFile file;
    private readonly int slotBytes;
    private ulong counter;

    private LedgerFile(ICardFile file)
    {
        this.file = file;
        slotBytes = (int)Math.Min(file.Length / 2, int.MaxValue);
    }

    /// <summary>Bytes it takes on the card.</summary>
    public long Bytes => file.Length;

    /// <summary>Most bytes of a ledger.</summary>
    public int BodyBytesMax => slotBytes - HeaderBytes;

    /// <summary>Makes an empty file, in place of any other. Its name is durable once the folder is synced.</summary>
    /// <param name="card">The card.</param>
    /// <param name="slotBytes">Bytes of a slot.</param>
    public static LedgerFile Create(ICard card, int slotBytes)
    {
        var file = card.Create(Name, 2L * slotBytes);
        try
        {
            file.Sync();
            return new LedgerFile(file);
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file and reads the newer of the slots that are whole.</summary>
    /// <param name="card">The card.</param>
    /// <param name="slotBytes">Bytes that a slot has at least.</param>
    /// <param name="body">The ledger; null where no slot is whole.</param>
    /// <returns>The file; null where it cannot be used as it is.</returns>
    public static LedgerFile? TryOpen(ICard card, int slotBytes, out byte[]? body)
    {
        body = null;
        ICardFile? opened = null;
        try
        {
            opened = CardErrors.Insist(() => card.Open(Name));
            var ledger = new LedgerFile(opened);
            body = ledger.Load();
            return ledger.slotBytes >= slotBytes && body is not null ? ledger : Close(opened);
        }
        catch (IOException)
        {
            return Close(opened);
        }
    }

    /// <summary>Writes a ledger durably over the older slot. Where it fails the newer slot still stands.</summary>
    /// <param name="body">The ledger, at most <see cref="BodyBytesMax"/> bytes.</param>
    public void Save(ReadOnlySpan<byte> body)
    {
        var next = counter + 1;
        var slot = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), next);
        BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(16), body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(20), Crc32C.Of(next, body));
        body.CopyTo(slot.AsSpan(HeaderBytes));
        file.Write((long)(next % 2) * slotBytes, slot);
        file.Sync();
        counter = next;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static LedgerFile? Close(ICardFile? opened)
    {
        opened?.Dispose();
        return null;
    }

    private byte[]? Load()
    {
        byte[]? newest = null;
        for (var slot = 0; slot < 2; slot++)
        {
            if (TryLoad(slot, out var found, out var body) && found > counter)
            {
                (counter, newest) = (found, body);
            }
        }

        return newest;
    }

    private bool TryLoad(int slot, out ulong found, out byte[] body)
    {
        (found, body) = (0, []);
        if (slotBytes < HeaderBytes)
        {
            return false;
        }

        var bytes = new byte[slotBytes];
        try
        {
            if (CardErrors.Insist(() => file.Read((long)slot * slotBytes, bytes)) < bytes.Length)
            {
                return false;
            }
        }
        catch (IOException)
        {
            return false;
        }

        found = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8));
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16));
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic || length < 0 || length > slotBytes - HeaderBytes)
        {
            return false;
        }

        body = bytes[HeaderBytes..(HeaderBytes + length)];
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20)) == Crc32C.Of(found, body);
    }
}
