using System.Text;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What a driver must not forget, in a file of its own: one line, replaced whole.</summary>
/// <param name="folder">Its folder.</param>
/// <param name="name">Its name there.</param>
internal sealed class DeviceMemoryFile(string folder, string name) : IDeviceMemory
{
    private const int BytesMax = 1024;

    private readonly WholeFile file = new(folder, name, BytesMax);

    /// <inheritdoc/>
    public string? Read(out string? failure) =>
        file.Read(out failure) is { } bytes ? Encoding.ASCII.GetString(bytes).TrimEnd('\n') : null;

    /// <inheritdoc/>
    public string? Write(string text) => file.Write(Encoding.ASCII.GetBytes($"{text}\n"));
}
