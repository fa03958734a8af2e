namespace PondSentinel.Gateway.Buffering;

/// <summary>The folder on the card that the buffer lives in. Everything the buffer asks of a file system, so that a test can
/// be the card that loses, tears and fails.</summary>
/// <remarks>Every member may throw <see cref="IOException"/>; one without room is known by <see cref="CardErrors.IsFull"/>.
/// Names are plain file names. Not thread-safe.</remarks>
internal interface ICard
{
    /// <summary>Keeps other processes out until disposed.</summary>
    /// <exception cref="IOException">Another process has the folder, or it cannot be used.</exception>
    IDisposable Claim();

    /// <summary>Names of all files, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Makes a file of zeros whose room is really taken. Durable only after <see cref="ICardFile.Sync"/> and
    /// <see cref="SyncFolder"/>.</summary>
    /// <param name="name">Its name; a file of that name is replaced.</param>
    /// <param name="length">Its length, bytes.</param>
    ICardFile Create(string name, long length);

    /// <summary>Opens a file to read and write.</summary>
    /// <param name="name">Its name.</param>
    ICardFile Open(string name);

    /// <summary>Opens a file only to read it: it may be somebody else's.</summary>
    /// <param name="name">Its name.</param>
    ICardFile OpenToRead(string name) => Open(name);

    /// <summary>Renames a file, replacing what has the new name. Durable only after <see cref="SyncFolder"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="newName">Its new name.</param>
    void Rename(string name, string newName);

    /// <summary>Deletes a file. Durable only after <see cref="SyncFolder"/>.</summary>
    /// <param name="name">Its name.</param>
    void Delete(string name);

    /// <summary>Makes names durable.</summary>
    void SyncFolder();

    /// <summary>Bytes of the file system that are free to us.</summary>
    long FreeBytes { get; }
}

/// <summary>An open file of an <see cref="ICard"/>.</summary>
internal interface ICardFile : IDisposable
{
    /// <summary>Its length, bytes.</summary>
    long Length { get; }

    /// <summary>Reads; fewer bytes than asked for only at the end of the file.</summary>
    /// <param name="offset">From where.</param>
    /// <param name="bytes">Where to.</param>
    /// <returns>How many bytes were read.</returns>
    int Read(long offset, Span<byte> bytes);

    /// <summary>Writes in place. Durable only after <see cref="Sync"/>.</summary>
    /// <param name="offset">Where to, within the length.</param>
    /// <param name="bytes">What.</param>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes what was written durable (fdatasync).</summary>
    void Sync();
}

/// <summary>What failures of a card mean.</summary>
internal static class CardErrors
{
    // errno.h; .NET hands the number on as the HResult of an IOException.
    private const int NoSpace = 28;
    private const int OverQuota = 122;

    private const int NotPermitted = 1;
    private const int InputOutput = 5;
    private const int AccessDenied = 13;
    private const int NoSuchDevice = 19;
    private const int ReadOnlyFileSystem = 30;
    private const int StructureNeedsCleaning = 117;

    private const int ReadsMax = 3;

    /// <summary>Whether there was no room, rather than something being broken.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsFull(IOException error) => error.HResult is NoSpace or OverQuota;

    /// <summary>Whether it gives and no longer takes.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsReadOnly(IOException error) => error.HResult == ReadOnlyFileSystem;

    /// <summary>Whether this process has no right to it.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsDenied(IOException error) => error.HResult is NotPermitted or AccessDenied;

    /// <summary>Whether the medium is full, broken or read-only, rather than the settings being wrong.</summary>
    /// <param name="error">The failure.</param>
    public static bool IsOfTheMedium(IOException error) => IsFull(error)
        || error.HResult is InputOutput or NoSuchDevice or ReadOnlyFileSystem or StructureNeedsCleaning;

    /// <summary>Reads what may fail by chance, three times at most: setting a good file aside costs all that is in it.
    /// </summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="read">The reading.</param>
    /// <exception cref="IOException">It failed each time.</exception>
    public static T Insist<T>(Func<T> read)
    {
        for (var reads = 1; ; reads++)
        {
            try
            {
                return read();
            }
            catch (IOException) when (reads < ReadsMax)
            {
                // Once more.
            }
        }
    }
}
