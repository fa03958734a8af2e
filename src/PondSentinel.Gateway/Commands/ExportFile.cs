using System.Security.Cryptography;
using System.Text;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Gateway.Commands;

/// <summary>A file that is there whole or not at all, also where the stick is pulled out or full.</summary>
internal static class ExportFile
{
    private const string Partial = ".part";

    // What sha256sum -c takes.
    private const string SumSuffix = ".sha256";

    /// <summary>Writes it beside, makes it durable, and puts it in place.</summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <param name="hasSum">Whether a file with its SHA-256 goes beside it.</param>
    /// <param name="write">Writes what is in it.</param>
    /// <exception cref="IOException">It cannot be written; nothing is left of it. The message says what to do.</exception>
    public static void Write(string path, bool hasSum, Action<TextWriter> write)
    {
        try
        {
            var sum = WriteDurably(path + Partial, write);
            if (hasSum)
            {
                WriteDurably(path + SumSuffix + Partial, writer => writer.Write($"{sum}  {Path.GetFileName(path)}\n"));
            }

            File.Move(path + Partial, path, overwrite: true);
            if (hasSum)
            {
                File.Move(path + SumSuffix + Partial, path + SumSuffix, overwrite: true);
            }

            LinuxCard.ToRead(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", "export").SyncFolder();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(path + Partial);
            TryDelete(path + SumSuffix + Partial);
            throw new IOException($"{path} cannot be written ({e.Message}); name a file in a folder that is there, may be written and has room", e);
        }
    }

    // Whoever pulls the stick out when the command says so has all of it.
    private static string WriteDurably(string path, Action<TextWriter> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        using var sha = SHA256.Create();
        using (var summed = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new StreamWriter(summed, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            write(writer);
        }

        file.Flush(flushToDisk: true);
        return Convert.ToHexStringLower(sha.Hash!);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure before it is the one to tell.
        }
    }
}
