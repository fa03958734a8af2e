namespace PondSentinel.Gateway.Buffering.Viewing;

/// <summary>A card that is looked at and never changed: what is written, made, renamed or deleted is so in memory alone. So a
/// buffer can be opened as after a crash, whether a process uses it or not.</summary>
/// <param name="card">The card.</param>
internal sealed class UntouchedCard(ICard card) : ICard
{
    // Name as seen here, and where its bytes are: a file of the card under its real name, or one made here.
    private readonly Dictionary<string, Place> places =
        card.List().ToDictionary(name => name, name => new Place(name, null), StringComparer.Ordinal);

    /// <inheritdoc/>
    public long FreeBytes => card.FreeBytes;

    /// <inheritdoc/>
    public IDisposable Claim() => throw new NotSupportedException("Who only looks claims nothing.");

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => [.. places.Keys];

    /// <inheritdoc/>
    public ICardFile Create(string name, long length)
    {
        var made = new MadeFile(length);
        places[name] = new Place(null, made);
        return made;
    }

    /// <inheritdoc/>
    public ICardFile Open(string name) => places.GetValueOrDefault(name) switch
    {
        { Made: { } made } => made,
        { RealName: { } real } => new PatchedFile(card.Open(real)),
        _ => throw new FileNotFoundException($"There is no {name}.", name),
    };

    /// <inheritdoc/>
    public void Rename(string name, string newName)
    {
        if (!places.Remove(name, out var place))
        {
            throw new FileNotFoundException($"There is no {name}.", name);
        }

        places[newName] = place;
    }

    /// <inheritdoc/>
    public void Delete(string name) => places.Remove(name);

    /// <inheritdoc/>
    public void SyncFolder()
    {
    }

    private sealed record Place(string? RealName, MadeFile? Made);

    private sealed class MadeFile(long length) : ICardFile
    {
        private readonly byte[] bytes = new byte[length];

        public long Length => bytes.Length;

        public int Read(long offset, Span<byte> into)
        {
            var count = (int)Math.Min(into.Length, bytes.Length - offset);
            bytes.AsSpan((int)offset, count).CopyTo(into);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> written) => written.CopyTo(bytes.AsSpan((int)offset));

        public void Sync()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class PatchedFile(ICardFile file) : ICardFile
    {
        private readonly List<(long Offset, byte[] Bytes)> patches = [];

        public long Length => file.Length;

        public int Read(long offset, Span<byte> into)
        {
            var count = file.Read(offset, into);
            foreach (var (at, bytes) in patches)
            {
                var from = Math.Max(at, offset);
                var to = Math.Min(at + bytes.Length, offset + count);
                if (from < to)
                {
                    bytes.AsSpan((int)(from - at), (int)(to - from)).CopyTo(into[(int)(from - offset)..]);
                }
            }

            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => patches.Add((offset, bytes.ToArray()));

        public void Sync()
        {
        }

        public void Dispose() => file.Dispose();
    }
}
