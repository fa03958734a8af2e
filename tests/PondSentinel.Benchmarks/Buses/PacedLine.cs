using System.Diagnostics;
using System.Globalization;
using PondSentinel.Benchmarks.EndToEnd;

namespace PondSentinel.Benchmarks.Buses;

/// <summary>The rig <c>pacedbus.py</c>: devices in a process of their own behind a pseudo-terminal.</summary>
internal sealed class PacedLine : IDisposable
{
    private readonly Process process;

    private PacedLine(Process process, string port) => (this.process, Port) = (process, port);

    /// <summary>The terminal.</summary>
    public string Port { get; }

    /// <summary>Starts it.</summary>
    /// <param name="baud">Bits per second.</param>
    public static PacedLine Start(int baud)
    {
        var start = new ProcessStartInfo(
            "/usr/bin/python3",
            [Path.Combine(Authority.Checkout, "tests/rigs/pacedbus.py"), baud.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("pacedbus.py does not start");
        return new PacedLine(process, process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("pacedbus.py names no terminal"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
