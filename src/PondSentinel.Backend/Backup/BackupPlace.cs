using PondSentinel.Terminal;

namespace PondSentinel.Backend.Backup;

/// <summary>Where a backup is made. It grows beside its place and takes it when it is whole; until then whatever was there stays.</summary>
/// <remarks>What a run before has left that broke off is taken away, whatever ended it: else that place would get no backup any more.
/// One run at a time has the place.</remarks>
internal sealed class BackupPlace : IDisposable
{
    private readonly string target;
    private readonly string old;
    private readonly FileStream claim;

    private BackupPlace(string target, FileStream claim)
    {
        (this.target, this.claim) = (target, claim);
        (Partial, old) = (target + ".partial", target + ".old");
    }

    /// <summary>The folder in which it grows.</summary>
    public string Partial { get; }

    /// <summary>Takes a place.</summary>
    /// <param name="target">The folder that is to be the backup.</param>
    /// <param name="replace">Whether a backup that is there may be replaced.</param>
    /// <exception cref="IOException">It cannot be had; the message says why and what to do.</exception>
    public static BackupPlace Take(string target, bool replace)
    {
        var place = new BackupPlace(target, Claim(target));
        try
        {
            if (replace && Directory.Exists(target))
            {
                RefuseForeign(target);
            }
            else if (Directory.Exists(target) || File.Exists(target))
            {
                throw new IOException(File.Exists(target)
                    ? $"{target} is a file. Name another, or remove it."
                    : $"{target} is there already. Name another, remove it, or say --replace.");
            }

            Remove(place.Partial);
            PrivateFolder.Make(place.Partial);
            FolderOwner.Give(place.Partial);
            BackupSums.Begin(place.Partial);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Gives the backup its place. It is whole, and on the disk.</summary>
    /// <exception cref="IOException">It cannot be; the backup before is there, as it was or under the name ending in <c>.old</c>.</exception>
    public void Finish()
    {
        var around = Path.GetDirectoryName(target)!;
        if (Directory.Exists(target))
        {
            Remove(old);
            Directory.Move(target, old);
            DiskFolder.Sync(around);
        }

        Directory.Move(Partial, target);
        DiskFolder.Sync(around);
        Remove(old);
    }

    /// <summary>Takes away what was made, because it will not be whole.</summary>
    public void Abandon()
    {
        try
        {
            Remove(Partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why it is not whole is what people need to know; the next run takes this away.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => claim.Dispose();

    // Where root is broken off, its lock and its folders stay: who has the nightly backups must be able to take them away.
    private static FileStream Claim(string target)
    {
        var path = target + ".lock";
        FileStream? claim = null;
        try
        {
            PrivateFolder.Make(Path.GetDirectoryName(target)!);
            claim = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            FolderOwner.Give(path);
            return claim;
        }
        catch (IOException e) when (FolderClaim.IsInUse(e))
        {
            throw new IOException($"Another pond-backend makes a backup at {target}. Wait for it, or name another target.", e);
        }
        catch (IOException e)
        {
            claim?.Dispose();
            throw new IOException($"The folder {target} cannot be made ({e.Message.TrimEnd('.')}). Name another target.", e);
        }
    }

    // A name is soon mistyped: only what is a backup is ever deleted.
    private static void RefuseForeign(string path)
    {
        if (!BackupSums.IsBackup(path))
        {
            throw new IOException($"{path} is there already and is no backup. Name another, or remove it.");
        }
    }

    // What it is known by goes last, wherever this is broken off.
    private static void Remove(string path)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        RefuseForeign(path);
        var last = BackupSums.Undo(path);
        foreach (var entry in Directory.EnumerateFileSystemEntries(path).Where(entry => entry != last).ToList())
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }

        Directory.Delete(path, recursive: true);
    }
}
