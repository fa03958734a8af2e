using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Buses;

/// <summary>An I2C bus as a device file, with an EZO-pH circuit on it: <c>tests/rigs/vi2c.py</c>.</summary>
internal sealed class FakeI2c : IAsyncDisposable
{
    /// <summary>A number that no machine's own bus has.</summary>
    private const int Number = 177;

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(30);

    private readonly RunningProcess rig;
    private readonly string faults;

    private FakeI2c(RunningProcess rig, string faults) => (this.rig, this.faults) = (rig, faults);

    /// <summary>How the bus is found.</summary>
    public static I2cSettings Settings { get; } = new(Number);

    /// <summary>Puts the bus there.</summary>
    /// <param name="folder">Folder of the test.</param>
    public static async Task<FakeI2c> StartAsync(string folder)
    {
        var faults = Path.Combine(folder, "faults");
        var rig = RunningProcess.Start(
            "vi2c", folder, "/usr/bin/python3", Checkout.Absolute("tests/rigs/vi2c.py"), Settings.Place, faults);
        var bus = new FakeI2c(rig, faults);
        try
        {
            await Eventually.HoldsAsync(
                () => rig.HasExited ? throw new IOException(rig.Tail) : rig.Said("ready"),
                ReadyWithin,
                () => $"The bus is not ready.\n{rig.Tail}");
            return bus;
        }
        catch
        {
            await bus.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says what goes wrong from now on.</summary>
    /// <param name="lines">As the rig reads them; none for nothing.</param>
    public void Break(params IEnumerable<string> lines) => File.WriteAllLines(faults, lines);

    /// <summary>Takes the bus away.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!rig.HasExited)
        {
            await rig.TerminateAsync();
        }

        await rig.DisposeAsync();
    }
}
