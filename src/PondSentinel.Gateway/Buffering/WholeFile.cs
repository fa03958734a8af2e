namespace PondSentinel.Gateway.Buffering;

/// <summary>A small file that is only ever replaced whole.</summary>
/// <remarks>Written beside it, made durable, put in its place, and that made durable too: a power cut at any moment leaves the one or
/// the other.</remarks>
internal sealed class WholeFile
{
    private readonly Func<ICard?> toRead;
    private readonly Func<ICard> toWrite;
    private readonly string name;
    private readonly int bytesMax;

    /// <summary>A file in a folder, which is made by whoever writes first.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="bytesMax">Most bytes that are read of it.</param>
    public WholeFile(string folder, string name, int bytesMax)
        : this(() => Directory.Exists(folder) ? LinuxCard.ToRead(folder) : null, () => LinuxCard.At(folder), name, bytesMax)
    {
    }

    /// <summary>A file on a card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="bytesMax">Most bytes that are read of it.</param>
    internal WholeFile(ICard card, string name, int bytesMax)
        : this(() => card, () => card, name, bytesMax)
    {
    }

    private WholeFile(Func<ICard?> toRead, Func<ICard> toWrite, string name, int bytesMax) =>
        (this.toRead, this.toWrite, this.name, this.bytesMax) = (toRead, toWrite, name, bytesMax);

    /// <summary>Reads it.</summary>
    /// <param name="failure">Why it cannot be read, in one line; null where it can, or where there is none yet.</param>
    /// <returns>Its bytes, as many as are read of it; null where there are none.</returns>
    public byte[]? Read(out string? failure)
    {
        failure = null;
        try
        {
            if (toRead() is not { } card || !card.List().Contains(name, StringComparer.Ordinal))
            {
                return null;
            }

            using var file = card.Open(name);
            var bytes = new byte[(int)Math.Min(file.Length, bytesMax)];
            return bytes[..file.Read(0, bytes)];
        }
        catch (IOException e)
        {
            failure = e.Message.TrimEnd('.');
            return null;
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="bytes">What it shall hold.</param>
    /// <returns>Why it could not be written, in one line; null where it could. Then the one before stands.</returns>
    public string? Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var card = toWrite();
            using (var file = card.Create($"{name}.new", bytes.Length))
            {
                file.Write(0, bytes);
                file.Sync();
            }

            card.Rename($"{name}.new", name);
            card.SyncFolder();
            return null;
        }
        catch (IOException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
