using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Simulator.Devices;

/// <summary>The whole virtual site: lines, devices and the world they measure. Thread-safe.</summary>
internal sealed class VirtualSite : IDisposable
{
    private readonly SiteClock clock;
    private readonly List<SwitchedDevice> devices = [];
    private readonly List<VirtualLine> lines = [];
    private readonly TaskCompletionSource<string> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes the site; its devices answer from now on.</summary>
    /// <param name="folder">Where the links to the ports go; it exists.</param>
    /// <param name="seed">The world.</param>
    /// <param name="clock">The simulated clock.</param>
    /// <param name="log">Told of what the devices have said.</param>
    /// <param name="time">The real clock.</param>
    /// <exception cref="IOException">There is no terminal, or the links cannot be made.</exception>
    public VirtualSite(string folder, ulong seed, SiteClock clock, ServedLog log, TimeProvider time)
    {
        this.clock = clock;
        var senses = new SiteSenses(seed, clock);
        try
        {
            foreach (var line in SiteLayout.Lines)
            {
                var device = Device(line, senses, log);
                void Fail(string reason) => failed.TrySetResult($"{line.Id}: {reason}");
                lines.Add(new VirtualLine(line.Id, Path.Combine(folder, line.Id), SiteLayout.Baud, device, Fail, time));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The lines.</summary>
    public IReadOnlyList<VirtualLine> Lines => lines;

    /// <summary>Ends with the reason as soon as a line can work no more; else never.</summary>
    public Task<string> Failed => failed.Task;

    /// <summary>What goes wrong on command: see the help of <c>probes</c>.</summary>
    public FaultCommands Commands => new(devices, lines);

    /// <summary>Pulls all cables.</summary>
    public void Dispose() => lines.ForEach(line => line.Dispose());

    private ILineDevice Device(SiteLine line, SiteSenses senses, ServedLog log)
    {
        var character = VirtualLine.CharacterTime(SiteLayout.Baud);

        // Set to speak only when asked, as whoever puts it up does: each answer is then from the moment of the question.
        return line.Devices is [{ Model: DeviceModel.Sds011 } dust]
            ? Dust(dust.Id, senses, character, log)
            : new ModbusLine([.. line.Devices.Select(device => Slave(device, senses))], character, log);
    }

    private Sds011 Dust(string id, SiteSenses senses, TimeSpan character, ServedLog log)
    {
        var faults = Switched(id, Sds011.Knobs);
        return new Sds011(id, faults, () => senses.Air(id, faults.Frozen(clock.Now)), character, log, queryOnly: true);
    }

    private (IModbusSlave Slave, Faults Faults) Slave(SiteDevice device, SiteSenses senses)
    {
        var model = device.Model switch
        {
            DeviceModel.Y532 => YosemitechModels.Y532,
            DeviceModel.Y560 => YosemitechModels.Y560,
            DeviceModel.Y511 => YosemitechModels.Y511,
            _ => throw new ArgumentOutOfRangeException(nameof(device), device.Model, "Not a Yosemitech probe."),
        };
        var faults = Switched(device.Id, model.Knobs);
        return (new YosemitechProbe(device.Id, device.Address, model, faults, () => senses.Water(device.Id, device.Station, faults.Frozen(clock.Now)).Of), faults);
    }

    private Faults Switched(string id, IReadOnlyList<FaultKind> knobs)
    {
        var faults = new Faults();
        devices.Add(new SwitchedDevice(id, faults, knobs));
        return faults;
    }
}
