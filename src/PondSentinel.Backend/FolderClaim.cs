using PondSentinel.Terminal;

namespace PondSentinel.Backend;

/// <summary>The backend's folder, held by one process: two would give receipts with the same numbers.</summary>
internal sealed class FolderClaim : IDisposable
{
    /// <summary>Name of the file that is held.</summary>
    public const string FileName = "pond-backend.lock";

    // What .NET says where another holds the file: EWOULDBLOCK of Linux and of macOS, the sharing violation of Windows.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream file;

    private FolderClaim(FileStream file) => this.file = file;

    /// <summary>Makes the folder where it is missing, and takes it.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">It cannot be used; the message says what to do.</exception>
    public static FolderClaim Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(folder, e);
        }

        try
        {
            return Give(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unusable(folder, e);
        }
        catch (IOException e) when (IsInUse(e))
        {
            throw new IOException(
                $"Another pond-backend uses the folder {folder}. Stop it, or give this one a folder of its own with --folder.", e);
        }
        catch (IOException e)
        {
            throw Unusable(folder, e);
        }
    }

    /// <summary>Whether a file could not be taken because another process holds it.</summary>
    /// <param name="e">The failure.</param>
    public static bool IsInUse(IOException e) => InUse.Contains(e.HResult);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // The backend runs as another user than root, who may have made the file.
    private static FolderClaim Give(FileStream file)
    {
        try
        {
            FolderOwner.Give(file.Name);
            return new FolderClaim(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static IOException Unusable(string folder, Exception e) => new(
        $"The folder {folder} cannot be used ({e.Message.TrimEnd('.')}). Make it writable for this user, or name another with --folder.", e);
}
