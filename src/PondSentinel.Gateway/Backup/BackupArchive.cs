using System.Security.Cryptography;
using System.Text;

namespace PondSentinel.Gateway.Backup;

/// <summary>A backup that is read, hostile until all of it has been held against its manifest. Nothing is written anywhere.</summary>
/// <remarks>It is a file of plain contents, so it never holds more than its own length; links, folders, and whatever else tar knows, are
/// refused. The small members are kept as they were checked; the buffer's are read from the same open file again, and checked again.</remarks>
internal sealed class BackupArchive : IDisposable
{
    private readonly FileStream file;
    private readonly Dictionary<string, byte[]> small = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long At, ManifestEntry Entry)> large = new(StringComparer.Ordinal);

    private BackupArchive(FileStream file)
    {
        this.file = file;
        var (name, size) = Next() ?? throw NoBackup();
        if (name != BackupManifest.Name || size > BackupManifest.BytesMax)
        {
            throw NoBackup();
        }

        Manifest = BackupManifest.Decode(Content(size));
        var total = 0L;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var entry in Manifest.Entries)
        {
            if (Next() is not { } next || next.Name != entry.Name || next.Size != entry.Bytes || !seen.Add(entry.Name))
            {
                throw BackupRefusedException.Damaged($"{entry.Name} is not what its manifest says: it was cut off or changed");
            }

            if (IsOfTheBuffer(entry.Name))
            {
                large.Add(entry.Name, (file.Position, entry));
                Check(entry, Hash(entry.Bytes, Stream.Null));
                continue;
            }

            total += entry.Bytes;
            if (total > BackupWriter.SmallBytesMax)
            {
                throw BackupRefusedException.Foreign($"all but its buffer is more than {BackupWriter.SmallBytesMax >> 20} MiB, which cannot be settings");
            }

            var bytes = Content(entry.Bytes);
            Check(entry, Convert.ToHexStringLower(SHA256.HashData(bytes)));
            small.Add(entry.Name, bytes);
        }

        if (Next() is { Name: var more })
        {
            throw BackupRefusedException.Damaged($"{Shown(more)} is not in its manifest");
        }
    }

    /// <summary>What is in it.</summary>
    public BackupManifest Manifest { get; }

    /// <summary>Opens one and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BackupRefusedException">It is not there, or no backup, or was changed or cut off.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static BackupArchive Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new BackupRefusedException($"{(Directory.Exists(path) ? "this is a folder, not a backup" : "no such file")}; name the file that pond-gateway backup has made");
        }

        var file = File.OpenRead(path);
        try
        {
            return new BackupArchive(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a member is one of the buffer's.</summary>
    /// <param name="name">The member.</param>
    public static bool IsOfTheBuffer(string name) => name.StartsWith(BackupPlaces.BufferFolder, StringComparison.Ordinal);

    /// <summary>A member as text; null where it is not there or no UTF-8.</summary>
    /// <param name="name">The member.</param>
    public string? Text(string name)
    {
        try
        {
            return small.TryGetValue(name, out var bytes)
                ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes)
                : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Writes a member to a stream.</summary>
    /// <param name="name">The member.</param>
    /// <param name="to">Where to.</param>
    /// <exception cref="BackupRefusedException">The file was changed while it was read.</exception>
    public void Write(string name, Stream to)
    {
        if (small.TryGetValue(name, out var bytes))
        {
            to.Write(bytes);
            return;
        }

        var (at, entry) = large[name];
        file.Position = at;
        Check(entry, Hash(entry.Bytes, to));
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static BackupRefusedException NoBackup() => new("this is no backup that pond-gateway backup has made; name another file");

    private static string Shown(string name) => name.Length > 60 ? name[..60] + "…" : name;

    private static void Check(ManifestEntry entry, string digest)
    {
        if (!string.Equals(digest, entry.Sha256, StringComparison.Ordinal))
        {
            throw BackupRefusedException.Damaged($"{Shown(entry.Name)} is not what was put into it: the file was changed or is damaged");
        }
    }

    // The next header; null at the end.
    private (string Name, long Size)? Next()
    {
        var header = new byte[Ustar.Block];
        Fill(header);

        if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            return null;
        }

        if (!header.AsSpan(257, 6).SequenceEqual("ustar\0"u8) || Octal(header.AsSpan(148, 8)) != Ustar.Sum(header))
        {
            throw NoBackup();
        }

        var name = Name(header.AsSpan(0, Ustar.LeafMax));
        name = header[345] == 0 ? name : $"{Name(header.AsSpan(345, Ustar.FolderMax))}/{name}";
        if (header[156] != '0')
        {
            throw BackupRefusedException.Foreign($"{Shown(name)} is no plain file, and a backup has no others");
        }

        return Octal(header.AsSpan(124, 12)) is var size and >= 0 && size <= file.Length - file.Position
            ? (name, size)
            : throw BackupRefusedException.Damaged($"{Shown(name)} was cut off");
    }

    // A size was held against the file's length, but a stick that fails, or whoever writes to the file meanwhile, may cut it since.
    private void Fill(Span<byte> bytes)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw BackupRefusedException.Damaged("it was cut off");
        }
    }

    private byte[] Content(long size)
    {
        var bytes = new byte[size];
        Fill(bytes);
        file.Seek(Ustar.Padding(size), SeekOrigin.Current);
        return bytes;
    }

    private string Hash(long size, Stream to)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[256 * 1024];
        for (var left = size; left > 0;)
        {
            var part = piece.AsSpan(0, (int)Math.Min(left, piece.Length));
            Fill(part);
            hash.AppendData(part);
            to.Write(part);
            left -= part.Length;
        }

        file.Seek(Ustar.Padding(size), SeekOrigin.Current);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Name(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    // -1 where it is no number.
    private static long Octal(ReadOnlySpan<byte> field)
    {
        var number = 0L;
        foreach (var digit in field.TrimEnd("\0 "u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return -1;
            }

            number = (number << 3) + (digit - '0');
        }

        return number;
    }
}
