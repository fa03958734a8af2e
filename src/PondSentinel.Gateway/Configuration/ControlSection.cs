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
    /// <param name="warnings">Takes what is unwise.</param>
    /// <returns>Where the socket is; null where nobody has said so and the place beside the buffer cannot be one: no orders are taken
    /// then, and measuring goes on.</returns>
    public static ControlOptions? Read(TomlSection top, BufferOptions buffer, string gateway, List<Problem> warnings)
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
            const string Mend = "name a shorter one, socket = \"/run/pond-gateway/control.sock\" in [control]";
            var what = $"the control socket would be {socket}, and a socket's path has at most {ControlOptions.SocketBytesMax} bytes";
            if (named is null)
            {
                warnings.Add(top.At(null, $"{what}: there is none, so no orders are taken from people at the site", Mend));
                section?.RefuseUnknownKeys();
                return null;
            }

            section!.Report("socket", what, Mend);
        }

        section?.RefuseUnknownKeys();
        return new ControlOptions { Socket = socket };
    }
}
