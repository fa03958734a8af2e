using System.Text;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[control]</c>.</summary>
internal static class ControlSection
{
    /// <summary>Reads the section.</summary>
    /// <param name="top">The file.</param>
    /// <param name="buffer">The buffer, beside whose folder the socket is where nobody says otherwise.</param>
    /// <param name="gateway">Name of the gateway.</param>
    public static ControlOptions Read(TomlSection top, BufferOptions buffer, string gateway)
    {
        var section = top.Table("control");
        var named = section?.Text("socket");
        var socket = named ?? ControlOptions.BesideBuffer(buffer.Folder, gateway);
        if (!socket.StartsWith('/') || socket.EndsWith('/') || socket.Any(char.IsControl))
        {
            section?.Report(
                "socket",
                $"socket of [{section.Name}] must be a whole path: \"{socket}\"",
                "begin it with /, for example /run/pond-gateway/control.sock");
        }
        else if (Encoding.UTF8.GetByteCount(socket) > ControlOptions.SocketBytesMax)
        {
            (section ?? top).Report(
                named is null ? null : "socket",
                $"the control socket would be {socket}, and a socket's path has at most {ControlOptions.SocketBytesMax} bytes",
                "name a shorter one, socket = \"/run/pond-gateway/control.sock\" in [control]");
        }

        section?.RefuseUnknownKeys();
        return new ControlOptions { Socket = socket };
    }
}
