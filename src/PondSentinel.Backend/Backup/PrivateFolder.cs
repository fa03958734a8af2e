namespace PondSentinel.Backend.Backup;

/// <summary>A folder that only its owner can look into: passwords of channels and brokers lie in it.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes it where it is missing, and those above it.</summary>
    /// <param name="path">Its path.</param>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OnlyOwner);
        }
    }

    /// <summary>Makes a file that only its owner can read, wherever it is moved to, or empties the one that is there.</summary>
    /// <param name="path">Its path.</param>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
