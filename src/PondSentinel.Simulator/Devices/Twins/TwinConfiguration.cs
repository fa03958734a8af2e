using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors.Duty;
using PondSentinel.Toml;

namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>A gateway's configuration as twins need it.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Loaded">What the gateway makes of it.</param>
internal sealed record TwinConfiguration(string Text, LoadedConfiguration Loaded)
{
    /// <summary>Reads a file with the gateway's own reader.</summary>
    /// <param name="path">The file.</param>
    public static TwinConfiguration Load(string path) => TomlFile.ReadConfiguration(path, "gateway.sample.toml") switch
    {
        ({ } text, _) => new TwinConfiguration(text, GatewayConfigurationFile.Read(path, text)),
        (null, var why) => new TwinConfiguration("", LoadedConfiguration.Unread(why!)),
    };

    /// <summary>The file for the gateway that reads the twins: only what must be changed is changed.</summary>
    /// <param name="lines">The lines that are served.</param>
    /// <param name="buffer">Folder of the buffer, so that no root is needed.</param>
    /// <param name="every">How often all devices are to be asked, without warm-up and bursts; null to leave that as it is.</param>
    /// <exception cref="IOException">The file is written so that it cannot be changed.</exception>
    public string For(IReadOnlyList<TwinLine> lines, string buffer, TimeSpan? every)
    {
        var edit = new GatewayFileEdit(Text);
        edit.Set("buffer", "folder", GatewayFileEdit.Quoted(buffer));
        foreach (var line in lines)
        {
            foreach (var (key, value) in line.Keys)
            {
                edit.Set("bus", line.Bus, key, value);
            }
        }

        if (every is { } interval)
        {
            foreach (var device in Loaded.Configuration!.Devices)
            {
                edit.Set("device", device.Id, "interval", GatewayFileEdit.Quoted(Units.Text(interval)));
                if (Loaded.Configuration.Models[device.Model].Profile?.Sequence is not null)
                {
                    edit.Set("device", device.Id, "sequence", "false");
                }

                if (device.Settings is DutySettings)
                {
                    edit.Set("device", device.Id, "warm_up", GatewayFileEdit.Quoted("0s"));
                }
            }
        }

        var changed = edit.ToString();
        Check(changed, lines, buffer);
        return changed;
    }

    private static void Check(string changed, IReadOnlyList<TwinLine> lines, string buffer)
    {
        var read = GatewayConfigurationFile.Read("gateway.toml", changed);
        if (read.Configuration is not { } configuration
            || configuration.Buffer.Folder != buffer
            || lines.Any(line => configuration.Buses.First(bus => bus.Id == line.Bus).Line.Place != line.Place))
        {
            throw new IOException(
                $"the configuration cannot be changed: write [buffer] and each [[bus]] and [[device]] as a table of its own. {string.Join("; ", read.Problems)}");
        }
    }
}
