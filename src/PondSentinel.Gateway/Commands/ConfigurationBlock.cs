using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.I2c;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Scanning;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>What was found, as a piece of configuration that <c>check</c> takes: a whole file where there is none yet.</summary>
/// <param name="models">The models there are.</param>
/// <param name="present">The configuration there is; null where there is none.</param>
internal sealed class ConfigurationBlock(IReadOnlyDictionary<string, SensorModel> models, GatewayConfiguration? present)
{
    private readonly HashSet<string> names = present?.Devices.Select(device => device.Id).ToHashSet(StringComparer.Ordinal) ?? [];

    private string Station => present?.Stations is [var first, ..] ? first.Id : "station-1";

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="buses">The buses that were looked at.</param>
    public void Write(TextWriter output, IReadOnlyList<ScannedBus> buses)
    {
        if (present is null)
        {
            output.WritePlain("[gateway]");
            output.WritePlain("id = \"gateway-1\"      # its name, also at the broker");
            output.WritePlain("site = \"site-1\"");
            output.WriteLine();
            output.WritePlain("[[station]]");
            output.WritePlain($"id = \"{Station}\"      # where the devices measure");
        }

        foreach (var bus in buses)
        {
            if (!bus.IsConfigured && bus.Found.Any(device => ModelOf(device, bus.Bus.Line.Kind) is not null))
            {
                output.WriteLine();
                Write(output, bus.Bus);
            }

            foreach (var device in bus.Found)
            {
                output.WriteLine();
                Write(output, bus.Bus, device);
            }
        }
    }

    private static void Write(TextWriter output, BusOptions bus)
    {
        output.WritePlain("[[bus]]");
        output.WritePlain($"id = \"{bus.Id}\"");
        output.WritePlain($"kind = \"{BusSection.Word(bus.Line.Kind)}\"");
        switch (bus.Line)
        {
            case SerialSettings serial:
                output.WritePlain($"port = \"{serial.Port}\"");
                output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"baud = {serial.Baud}"));
                output.WritePlain($"parity = \"{serial.Parity.ToString().ToLowerInvariant()}\"");
                output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"stop_bits = {serial.StopBits}"));
                break;
            case I2cSettings i2c:
                output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"bus = {i2c.Number}"));
                break;
            case OneWireSettings oneWire when oneWire.Folder != OneWireSettings.KernelFolder:
                output.WritePlain($"folder = \"{oneWire.Folder}\"");
                break;
        }
    }

    private SensorModel? ModelOf(FoundDevice device, LineKind kind) => device.Models.Select(model => models[model])
        .FirstOrDefault(model => model.On(kind) is not null && OutputsOf(model).Count > 0);

    // What it has without settings of its own; none where it cannot be without.
    private static IReadOnlyList<SensorOutput> OutputsOf(SensorModel model)
    {
        List<Problem> problems = [];
        var settings = model.ReadSettings?.Invoke(TomlSection.Parse("", "", problems));
        return problems.Count == 0 ? model.OutputsWith(settings) : [];
    }

    private void Write(TextWriter output, BusOptions bus, FoundDevice device)
    {
        var kind = bus.Line.Kind;
        if (ModelOf(device, kind) is not { } model)
        {
            output.WritePlain($"# somebody answers at {TextOf(device.Address, kind)} on bus {bus.Id}: "
                + (device.Models.Count == 0 ? "no model that is known here" : $"{string.Join(" or ", device.Models)}, whose settings nobody can guess: see hardware/sensors"));
            return;
        }

        output.WritePlain("[[device]]");
        output.WritePlain($"id = \"{NameOf(model, device)}\"");
        output.WritePlain($"station = \"{Station}\"");
        output.WritePlain($"bus = \"{bus.Id}\"");
        output.WritePlain($"model = \"{model.Id}\"{(device.Models.Count > 1 ? $"      # or {string.Join(" or ", device.Models.Where(other => other != model.Id))}" : "")}");
        output.WritePlain($"address = {(kind == LineKind.OneWire ? $"\"{TextOf(device.Address, kind)}\"" : TextOf(device.Address, kind))}");
        if (device.Serial is { Length: > 0 } serial && model.TellsSerial)
        {
            output.WritePlain($"serial = \"{serial}\"");
        }

        output.WritePlain("interval = \"1m\"");
        foreach (var channel in OutputsOf(model))
        {
            output.WritePlain("  [[device.channel]]");
            output.WritePlain($"  id = \"{channel.Name.Replace('_', '-')}\"");
            output.WritePlain($"  output = \"{channel.Name}\"");
        }
    }

    private string TextOf(long address, LineKind kind) =>
        models.Values.Select(model => model.On(kind)?.Addresses).OfType<AddressRule>()
            .First(rule => rule is not OneWireAddresses chips || chips.Family == (byte)(address >> 48)).Text(address);

    private string NameOf(SensorModel model, FoundDevice device)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{device.Address & 0xFFFF}");
        var name = $"{model.Id}-{number}";
        for (var twin = 2; !names.Add(name); twin++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{model.Id}-{number}-{twin}");
        }

        return name;
    }
}
