namespace PondSentinel.Backend.Ingest;

/// <summary>Batches and events that were refused whole and settled, as they came: a gateway gives up what is settled, so nobody
/// else has them any more.</summary>
/// <remarks>
/// Files of the archive's form in <c>refused/</c>, synced before anything of them is settled. So many bytes of a gateway and
/// day; what finds no room is not settled and stays with its gateway, which sends it again. Not thread-safe.
/// </remarks>
/// <param name="folder">The backend's folder.</param>
/// <param name="time">The clock.</param>
/// <param name="bytesADay">Most bytes of one gateway and UTC day.</param>
internal sealed class RefusedMessages(string folder, TimeProvider time, long bytesADay)
{
    /// <summary>Name of its folder.</summary>
    public const string Folder = "refused";

    private readonly BatchArchive file = new(Path.Combine(folder, Folder), time);
    private readonly Dictionary<string, long> bytesToday = new(StringComparer.Ordinal);
    private DateOnly today;

    /// <summary>Takes room for a message.</summary>
    /// <param name="gateway">Whose.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Whether there is room; otherwise it must not be settled.</returns>
    public bool TryReserve(string gateway, int bytes)
    {
        var day = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (day != today)
        {
            bytesToday.Clear();
            today = day;
        }

        var taken = bytesToday.GetValueOrDefault(gateway);
        if (taken + bytes > bytesADay)
        {
            return false;
        }

        bytesToday[gateway] = taken + bytes;
        return true;
    }

    /// <summary>Appends messages. When it returns they are on the disk.</summary>
    /// <param name="messages">Topic and bytes of each.</param>
    /// <exception cref="IOException">They are not.</exception>
    public void Append(IEnumerable<(string Topic, ReadOnlyMemory<byte> Payload)> messages) => file.Append(messages);
}
