using System.Text;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What a driver must not forget, in a file of its own: one line, replaced whole.</summary>
/// <remarks>Written beside it, made durable, put in its place, and that made durable too: a power cut leaves the one or the other.
/// </remarks>
/// <param name="folder">Its folder.</param>
/// <param name="name">Its name there.</param>
internal sealed class DeviceMemoryFile(string folder, string name) : IDeviceMemory
{
    private const int BytesMax = 1024;

    /// <inheritdoc/>
    public string? Read(out string? failure)
    {
        failure = null;
        try
        {
            using var file = new FileStream(Path.Combine(folder, name), FileMode.Open, FileAccess.Read);
            var bytes = new byte[BytesMax];
            var length = file.ReadAtLeast(bytes, BytesMax, throwOnEndOfStream: false);
            return Encoding.ASCII.GetString(bytes, 0, length).TrimEnd('\n');
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e.Message.TrimEnd('.');
            return null;
        }
    }

    /// <inheritdoc/>
    public string? Write(string text)
    {
        try
        {
            var card = LinuxCard.At(folder);
            var bytes = Encoding.ASCII.GetBytes($"{text}\n");
            using (var file = card.Create($"{name}.new", bytes.Length))
            {
                file.Write(0, bytes);
                file.Sync();
            }

            card.Rename($"{name}.new", name);
            card.SyncFolder();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
