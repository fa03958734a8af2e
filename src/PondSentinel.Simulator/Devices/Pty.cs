using System.Runtime.InteropServices;

namespace PondSentinel.Simulator.Devices;

/// <summary>One end of a virtual cable: the other is a terminal that a gateway opens like a serial port.</summary>
/// <remarks>
/// <para>The link at a stable path leads to whatever number the system gave. The terminal is left closed at this end, so
/// that "nobody listens" can be told from "somebody does", and so that the flag of exclusive use, which the kernel keeps
/// with an open terminal, does not outlive its owner: see <see cref="VirtualLine"/>.</para>
/// <para>Not thread-safe.</para>
/// </remarks>
internal sealed class Pty : ILineEnd
{
    private readonly string link;
    private int master;

    /// <summary>Makes the cable and its link.</summary>
    /// <param name="link">The stable path; whatever link was there is replaced.</param>
    /// <exception cref="IOException">There is no terminal, or the link cannot be made.</exception>
    public Pty(string link)
    {
        this.link = link;
        (master, SlavePath) = Posix.OpenPty();
        try
        {
            Posix.MakeRaw(SlavePath);
            var fresh = link + ".new";
            File.Delete(fresh);
            File.CreateSymbolicLink(fresh, SlavePath);
            File.Move(fresh, link, overwrite: true);
        }
        catch
        {
            Posix.Close(master);
            throw;
        }
    }

    /// <summary>The terminal's own path, <c>/dev/pts/N</c>.</summary>
    public string SlavePath { get; }

    /// <inheritdoc/>
    public bool IsReusable => false;

    /// <inheritdoc/>
    public int? Baud => Posix.BaudOf(master);

    /// <inheritdoc/>
    public LineEvent Wait(int milliseconds)
    {
        var events = Posix.Wait(master, milliseconds);
        return (events & Posix.PollIn) != 0 ? LineEvent.Bytes
            : (events & Posix.PollHangUp) != 0 ? LineEvent.NobodyListens
            : LineEvent.Nothing;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> bytes) => Math.Max(0, Posix.Read(master, bytes));

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = Posix.Write(master, bytes);
            if (written < 0 && Marshal.GetLastPInvokeError() != Posix.Interrupted)
            {
                return false;
            }

            bytes = bytes[Math.Max(0, written)..];
        }

        return true;
    }

    /// <summary>Pulls the cable: whoever has the terminal open sees a hang-up.</summary>
    public void Dispose()
    {
        if (master < 0)
        {
            return;
        }

        try
        {
            // The link goes first: once the terminal is closed its number may be somebody else's. And only if it still is
            // ours: another may have put its own in the place.
            if (string.Equals(new FileInfo(link).LinkTarget, SlavePath, StringComparison.Ordinal))
            {
                File.Delete(link);
            }
        }
        finally
        {
            Posix.Close(master);
            master = -1;
        }
    }
}
