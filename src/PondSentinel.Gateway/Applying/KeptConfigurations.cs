using System.Globalization;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Applying;

/// <summary>A configuration and those before it: <c>gateway.toml</c>, and beside it <c>gateway.toml.1</c>, the newest of three, up to
/// <c>.3</c>.</summary>
/// <remarks>A power cut at any moment leaves the old one or the new one in place, whole, and the old one beside it or in place.</remarks>
/// <param name="card">The folder.</param>
/// <param name="name">The configuration's name there.</param>
/// <param name="alike">Gives a file the rights of another, both by name, before anything is written to it; the other may be missing.</param>
internal sealed class KeptConfigurations(ICard card, string name, Action<string, string> alike)
{
    /// <summary>How many are kept.</summary>
    public const int Count = 3;

    // What is read of one at the most; a configuration is not read beyond 1 MiB.
    private const int BytesMax = 2 << 20;

    /// <summary>Which there are, the newest first.</summary>
    public IReadOnlyList<int> Numbers => [.. Enumerable.Range(1, Count).Where(Names().Contains)];

    /// <summary>What stands in one of them.</summary>
    /// <param name="number">Which, from 1 on.</param>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    public byte[] Read(int number) => Read(NameOf(number));

    /// <summary>Puts another in place and keeps the one before; durable when it returns.</summary>
    /// <param name="bytes">What shall stand in it.</param>
    /// <exception cref="IOException">The folder did not take it; the one before is in place.</exception>
    public void Replace(ReadOnlySpan<byte> bytes)
    {
        if (card.List().Contains(name, StringComparer.Ordinal))
        {
            Keep(Read(name));
        }

        Write($"{name}.new", bytes);
        card.Rename($"{name}.new", name);
        card.SyncFolder();
    }

    private void Keep(byte[] present)
    {
        var there = Names();

        // What a power cut kept already is not kept twice: that would push another out.
        if (there.Contains(1) && Read(1).AsSpan().SequenceEqual(present))
        {
            return;
        }

        Write($"{name}.0", present);
        foreach (var number in Enumerable.Range(1, Count - 1).Reverse().Where(there.Contains))
        {
            card.Rename(NameOf(number), NameOf(number + 1));
        }

        card.Rename($"{name}.0", NameOf(1));
        card.SyncFolder();
    }

    private void Write(string file, ReadOnlySpan<byte> bytes)
    {
        using var written = card.Create(file, bytes.Length);
        alike(file, name);
        written.Write(0, bytes);
        written.Sync();
    }

    private byte[] Read(string file)
    {
        using var read = card.OpenToRead(file);
        var bytes = new byte[(int)Math.Min(read.Length, BytesMax)];
        return bytes[..read.Read(0, bytes)];
    }

    private HashSet<int> Names()
    {
        var all = card.List();
        return [.. Enumerable.Range(1, Count).Where(number => all.Contains(NameOf(number), StringComparer.Ordinal))];
    }

    private string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
}
