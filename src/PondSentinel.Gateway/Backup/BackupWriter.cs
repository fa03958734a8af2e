using System.Security.Cryptography;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Backup;

/// <summary>Writes a backup: the manifest, then each member.</summary>
internal static class BackupWriter
{
    /// <summary>Most bytes of all members but the buffer's.</summary>
    public const long SmallBytesMax = 256 << 20;

    /// <summary>Writes one, durably, readable for its owner alone.</summary>
    /// <param name="target">The file; it is not there yet.</param>
    /// <param name="configuration">The gateway's settings.</param>
    /// <param name="members">What goes into it; files of the buffer stay as they are while it is written.</param>
    /// <param name="now">The machine's clock.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="IOException">A file cannot be read, or the target not written. Nothing is left of it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    /// <exception cref="BackupRefusedException">The target is there, or its folder is not, or there is too much.</exception>
    public static BackupManifest Write(string target, GatewayConfiguration configuration, IReadOnlyList<BackupMember> members, DateTimeOffset now)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(target)) ?? "/";
        if (!Directory.Exists(folder))
        {
            throw new BackupRefusedException($"there is no folder {folder}: make it, or name another file");
        }

        if (Path.Exists(target))
        {
            throw new BackupRefusedException($"{target} is there already, and nothing is overwritten: name another file");
        }

        // The small ones are read once, so that what is described is what is written though the gateway goes on.
        Dictionary<string, byte[]> small = new(StringComparer.Ordinal);
        var total = 0L;
        List<ManifestEntry> entries = [];
        foreach (var member in members)
        {
            if (member.Part == BackupPart.Buffer)
            {
                using var file = File.OpenRead(member.Path);
                entries.Add(new ManifestEntry(member.Name, file.Length, Convert.ToHexStringLower(SHA256.HashData(file))));
                continue;
            }

            var bytes = File.ReadAllBytes(member.Path);
            total += bytes.Length;
            if (total > SmallBytesMax)
            {
                throw new BackupRefusedException($"{member.Path}: all together is more than {SmallBytesMax >> 20} MiB, which cannot be settings");
            }

            small.Add(member.Name, bytes);
            entries.Add(new ManifestEntry(member.Name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }

        var manifest = new BackupManifest(configuration.Id, configuration.Site, now, entries);
        var partial = $"{target}.part";
        try
        {
            Write(partial, manifest, members, small, now);
            File.Move(partial, target, overwrite: false);
            LinuxCard.ToRead(folder).SyncFolder();
            return manifest;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static void Write(
        string partial, BackupManifest manifest, IReadOnlyList<BackupMember> members, Dictionary<string, byte[]> small, DateTimeOffset now)
    {
        // Not what somebody put in the way: a link would lead elsewhere.
        File.Delete(partial);
        using var file = Create(partial);
        FileRights.MakePrivate(partial);
        Add(file, BackupManifest.Name, manifest.Encode(), now);
        foreach (var (member, entry) in members.Zip(manifest.Entries))
        {
            if (small.TryGetValue(member.Name, out var bytes))
            {
                Add(file, member.Name, bytes, now);
                continue;
            }

            file.Write(Ustar.Header(member.Name, entry.Bytes, now));
            using (var content = File.OpenRead(member.Path))
            {
                content.CopyTo(file);
            }

            file.Write(new byte[Ustar.Padding(entry.Bytes)]);
        }

        file.Write(new byte[2 * Ustar.Block]);
        file.Flush(flushToDisk: true);
    }

    private static FileStream Create(string partial)
    {
        try
        {
            return new FileStream(partial, FileMode.CreateNew, FileAccess.Write);
        }
        catch (UnauthorizedAccessException e)
        {
            // Nobody has named this very file.
            throw new UnauthorizedAccessException($"this user may not write in {Path.GetDirectoryName(Path.GetFullPath(partial))}", e);
        }
    }

    private static void Add(FileStream file, string name, byte[] bytes, DateTimeOffset now)
    {
        file.Write(Ustar.Header(name, bytes.Length, now));
        file.Write(bytes);
        file.Write(new byte[Ustar.Padding(bytes.Length)]);
    }
}
