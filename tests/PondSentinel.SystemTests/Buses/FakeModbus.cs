using System.Globalization;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Buses;

/// <summary>A Modbus line with a slave that nobody here wrote, and a wire that goes wrong on command:
/// <c>tests/rigs/modbusbus.py</c>.</summary>
internal sealed class FakeModbus : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);

    private readonly RunningProcess rig;
    private readonly string served;
    private int commands;

    private FakeModbus(RunningProcess rig, string served) => (this.rig, this.served) = (rig, served);

    /// <summary>The number in the newest answer that the slave has given; 0 before the first.</summary>
    public double Served => File.ReadLines(served).LastOrDefault() is { } line
        ? double.Parse(line, CultureInfo.InvariantCulture)
        : 0;

    /// <summary>Puts the line there.</summary>
    /// <param name="port">Where it is to be found.</param>
    /// <param name="folder">Folder of the test.</param>
    public static async Task<FakeModbus> StartAsync(string port, string folder)
    {
        var served = Path.Combine(folder, "served");
        var rig = RunningProcess.Start(
            "modbusbus", folder, "/usr/bin/python3", Checkout.Absolute("tests/rigs/modbusbus.py"), port, served);
        var line = new FakeModbus(rig, served);
        try
        {
            await Eventually.HoldsAsync(
                () => rig.HasExited ? throw new IOException(rig.Tail) : rig.Said("ready"),
                ReadyWithin,
                () => $"The line is not ready.\n{rig.Tail}");
            return line;
        }
        catch
        {
            await line.DisposeAsync();
            throw;
        }
    }

    /// <summary>Has a command obeyed.</summary>
    /// <param name="command">As the rig reads it.</param>
    public async Task DoAsync(string command)
    {
        var done = string.Create(CultureInfo.InvariantCulture, $"done {++commands}.");
        await rig.TellAsync(command);
        await Eventually.HoldsAsync(() => rig.Said(done), ReadyWithin, () => $"Not done: {command}.\n{rig.Tail}");
    }

    /// <summary>Takes the line away, as when somebody pulls the adapter.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!rig.HasExited)
        {
            await rig.TerminateAsync();
        }

        await rig.DisposeAsync();
    }
}
