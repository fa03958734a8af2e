namespace PondSentinel.Gateway.Buffering;

/// <summary>Who may do what with a file that takes another's place.</summary>
internal static class FileRights
{
    // Of one that is made anew and may hold a password: its owner's to write, its group's to read.
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Gives a new file the owner, group and mode of another.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="like">The other; where it is missing the owner of the folder has it, and nobody else may read it.</param>
    /// <exception cref="IOException">This process may not do that.</exception>
    public static void Copy(string path, string like)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("a gateway runs on Linux");
        }

        try
        {
            var exists = File.Exists(like);
            File.SetUnixFileMode(path, exists ? File.GetUnixFileMode(like) : OwnerAndGroup);
            if (exists)
            {
                FolderOwner.GiveLike(path, like);
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
