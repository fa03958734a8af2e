using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Sensors.Scanning;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>Looks who is on a line: through the running gateway where the line is its own, else over the line itself.</summary>
/// <param name="models">The models there are.</param>
/// <param name="present">The configuration there is; null where there is none.</param>
/// <param name="time">For deadlines.</param>
internal sealed class LineScan(IReadOnlyDictionary<string, SensorModel> models, GatewayConfiguration? present, TimeProvider time)
{
    /// <summary>Looks.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="ids">Modbus ids that are asked.</param>
    /// <param name="progress">Told beforehand how long it takes.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<ScannedBus> LookAsync(
        BusOptions bus, IReadOnlyList<byte> ids, TextWriter progress, CancellationToken cancellationToken)
    {
        var devices = present?.Devices.Where(device => device.Bus == bus.Id).ToList() ?? [];
        var isConfigured = present?.Buses.Any(known => known.Id == bus.Id) == true;
        var known = devices.Select(device => device.Address).ToHashSet();
        if (bus.Line is OneWireSettings oneWire)
        {
            return new ScannedBus(
                bus, isConfigured, [.. OneWireScan.Find(oneWire.Folder, models.Values).Where(device => !known.Contains(device.Address))], null);
        }

        if (bus.Line is SerialSettings && devices.Exists(device => models[device.Model].Profile is null))
        {
            return new ScannedBus(bus, isConfigured, [], $"{devices[0].Id} has this line for itself");
        }

        byte[] asked = [.. ids.Where(id => !known.Contains(id))];
        if (bus.Line is SerialSettings serial)
        {
            using var unopened = new SerialBus(serial, time);
            var each = new ModbusScan(unopened, Profiles).EachMax;
            progress.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"bus {bus.Id} ({serial.Description}): asking {asked.Length} ids, at most {Units.Text(TimeSpan.FromSeconds(Math.Ceiling(each.TotalSeconds * asked.Length)))}"));
        }

        var (found, failure) =
            (devices.Count > 0 && present?.Control is { } control
                ? await ThroughGatewayAsync(bus, asked, new ControlClient(control.Socket, time), cancellationToken)
                : null)
            ?? await OverLineAsync(bus, asked, known, cancellationToken);
        return new ScannedBus(bus, isConfigured, [.. found.Where(device => !known.Contains(device.Address))], failure);
    }

    private IEnumerable<DeviceProfile> Profiles => models.Values.Select(model => model.Profile).OfType<DeviceProfile>();

    // Null where no gateway runs.
    private static async Task<(IReadOnlyList<FoundDevice> Found, string? Failure)?> ThroughGatewayAsync(
        BusOptions bus, byte[] ids, ControlClient client, CancellationToken cancellationToken)
    {
        List<FoundDevice> found = [];
        foreach (var id in bus.Line is SerialSettings ? ids.Select(id => (byte?)id) : [null])
        {
            var reply = await client.AskAsync(
                ScanVerb.Verb,
                request =>
                {
                    request.WriteString("bus", bus.Id);
                    if (id is { } address)
                    {
                        request.WriteNumber("address", address);
                    }
                },
                LineWork.Max + ControlClient.Patience,
                cancellationToken);
            switch (reply)
            {
                case ControlReply.Done(var body):
                    found.AddRange(ScanVerb.Read(body));
                    break;
                case ControlReply.NotDone { IsNobodyThere: true }:
                    return null;
                case ControlReply.NotDone(var why):
                    return (found, why);
            }
        }

        return (found, null);
    }

    private async Task<(IReadOnlyList<FoundDevice> Found, string? Failure)> OverLineAsync(
        BusOptions bus, byte[] ids, HashSet<long> known, CancellationToken cancellationToken)
    {
        using var opened = SensorBus.Of(bus.Line, time);
        if (opened is I2cBus i2c)
        {
            return await new I2cScan(i2c.Line, models.Values).FindAsync(known.Select(address => (int)address).ToHashSet(), cancellationToken);
        }

        List<FoundDevice> found = [];
        var scan = new ModbusScan((SerialBus)opened, Profiles);
        foreach (var id in ids)
        {
            var (one, failure) = await scan.LookAsync(id, cancellationToken);
            if (failure is not null)
            {
                return (found, failure);
            }

            found.AddRange(one is null ? [] : [one]);
        }

        return (found, null);
    }
}
