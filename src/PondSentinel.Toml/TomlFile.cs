namespace PondSentinel.Toml;

/// <summary>Reads the text of a configuration, or says in one line why that cannot be done.</summary>
public static class TomlFile
{
    private const int LengthMax = 1 << 20;

    /// <summary>Reads a program's configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sample">Name of the sample to start from, for who has none.</param>
    /// <returns>The text, or why there is none with the file's name; the other is null.</returns>
    public static (string? Text, string? Unreadable) ReadConfiguration(string path, string sample) =>
        Read(path, $"copy {sample} there, or name another with --config FILE");

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="whereMissing">What to do where there is no such file.</param>
    /// <returns>The text, or why there is none with the file's name; the other is null.</returns>
    public static (string? Text, string? Unreadable) Read(string path, string whereMissing)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > LengthMax }
                ? (null, $"{path}: larger than 1 MiB, so it is not read")
                : (File.ReadAllText(path), null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"{path}: no such file; {whereMissing}");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            return (null, $"{path}: this is a folder; name a file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"{path}: {e.Message}");
        }
    }
}
