using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Whether the backend unpacks what is packed with this gateway's dictionary: by its newest receipt. Thread-safe.</summary>
/// <param name="own">The gateway's dictionary; null where bytes are not dear.</param>
internal sealed class DictionaryAgreement(PackingDictionary? own)
{
    private string? theirs;

    /// <summary>The dictionary, where the backend has it too.</summary>
    public PackingDictionary? Agreed => own is not null && Volatile.Read(ref theirs) == own.Id ? own : null;

    /// <summary>Notes what a receipt says.</summary>
    /// <param name="id">Id of the dictionary that the backend has; null where it says nothing of one.</param>
    public void Note(string? id) => Volatile.Write(ref theirs, id);

    /// <summary>Packs a message that would else go as it is.</summary>
    /// <param name="payload">The message.</param>
    public ReadOnlyMemory<byte> Packed(ReadOnlyMemory<byte> payload) => Agreed?.Pack(payload.Span) ?? payload;
}
