using System.Globalization;

namespace PondSentinel.Simulator.Devices;

/// <summary>The whole virtual site: lines, devices and the world they measure. Thread-safe.</summary>
internal sealed class VirtualSite : IDisposable
{
    private const int LateMsMax = 60_000;

    private readonly Dictionary<string, Faults> faults = new(StringComparer.Ordinal);
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

    /// <summary>Does what a line of text asks for: see the help of <c>probes</c>.</summary>
    /// <param name="text">For example <c>mute downstream-nh4</c>.</param>
    /// <returns>What was done, or what is wrong with the text.</returns>
    public string Command(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["mute" or "garble" or "wiper" or "ok", var device] when faults.TryGetValue(device, out var switched):
                switched.Switch(words[0] switch
                {
                    "mute" => FaultKind.Mute,
                    "garble" => FaultKind.Garble,
                    "wiper" => FaultKind.Wiper,
                    _ => FaultKind.None,
                });
                return $"{words[0]} {device}";
            case ["late", var device, var ms]
                when faults.TryGetValue(device, out var delayed)
                && int.TryParse(ms, NumberStyles.None, CultureInfo.InvariantCulture, out var late)
                && late <= LateMsMax:
                delayed.Switch(FaultKind.Late, TimeSpan.FromMilliseconds(late));
                return string.Create(CultureInfo.InvariantCulture, $"late {device} {late}");
            case ["unplug" or "plug", var id] when lines.Find(line => line.Id == id) is { } line:
                line.Plugged = words[0] == "plug";
                return $"{words[0]} {id}";
            default:
                return "not understood: mute|garble|wiper|ok DEVICE, late DEVICE MILLISECONDS (at most 60000), "
                    + $"unplug|plug LINE; devices {string.Join(", ", faults.Keys)}; lines {string.Join(", ", lines.Select(line => line.Id))}";
        }
    }

    /// <summary>Pulls all cables.</summary>
    public void Dispose() => lines.ForEach(line => line.Dispose());

    private ILineDevice Device(SiteLine line, SiteSenses senses, ServedLog log)
    {
        var character = VirtualLine.CharacterTime(SiteLayout.Baud);
        foreach (var device in line.Devices)
        {
            faults.Add(device.Id, new Faults());
        }

        // Set to speak only when asked, as whoever puts it up does: each answer is then from the moment of the question.
        return line.Devices is [{ Model: DeviceModel.Sds011 } dust]
            ? new Sds011(dust.Id, faults[dust.Id], () => senses.Air(dust.Id), character, log, queryOnly: true)
            : new ModbusLine([.. line.Devices.Select(device => (Slave(device, senses), faults[device.Id]))], character, log);
    }

    private YosemitechProbe Slave(SiteDevice device, SiteSenses senses)
    {
        ProbeWater Water() => senses.Water(device.Id, device.Station);

        // Characters 3 and 4 of a serial number tell the model.
        string Serial(string type) => string.Create(CultureInfo.InvariantCulture, $"YL{type}260700{device.Address:00}");
        return device.Model switch
        {
            DeviceModel.Y532 => new Y532Probe(device.Id, device.Address, Serial("43"), Water),
            DeviceModel.Y560 => new Y560Probe(device.Id, device.Address, Serial("68"), Water),
            DeviceModel.Y511 => new Y511Probe(device.Id, device.Address, Serial("29"), faults[device.Id], Water),
            _ => throw new ArgumentOutOfRangeException(nameof(device), device.Model, "Not a Yosemitech probe."),
        };
    }
}
