using System.Threading.Channels;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Applying;

/// <summary>Where a running gateway reads its settings anew, and who asks it to.</summary>
/// <param name="Path">The file.</param>
/// <param name="Running">What it began with.</param>
internal sealed record ReloadSource(string Path, LoadedConfiguration Running)
{
    private readonly Channel<bool> asked =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Gives what was asked for; asking again before it is done is asking once.</summary>
    public ChannelReader<bool> Asked => asked.Reader;

    /// <summary>Asks for it.</summary>
    public void Ask() => asked.Writer.TryWrite(true);
}
