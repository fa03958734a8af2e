using System.Globalization;
using System.Text;
using PondSentinel.Gateway.Commands;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Scanning;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Initial;

/// <summary>What a first configuration says.</summary>
internal sealed record InitialSettings
{
    /// <summary>Folder of the buffer, where nobody says otherwise.</summary>
    public const string UsualBuffer = "/var/lib/pondsentinel/buffer";

    private const string Bus = "rs485";
    private const int Baud = 9600;

    /// <summary>Name of the gateway.</summary>
    public string? Id { get; init; }

    /// <summary>Name of the site.</summary>
    public string? Site { get; init; }

    /// <summary>Where the probes measure; <c>pond-a</c> where nobody says.</summary>
    public string? Station { get; init; }

    /// <summary>The serial port.</summary>
    public string? Port { get; init; }

    /// <summary>The probes: <c>MODEL@ADDRESS</c>.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Host of the broker; null where records are only kept.</summary>
    public string? Broker { get; init; }

    /// <summary>File with who may have signed the broker's certificate; null without TLS.</summary>
    public string? Authority { get; init; }

    /// <summary>File with the gateway's own certificate.</summary>
    public string? Certificate { get; init; }

    /// <summary>File with its key.</summary>
    public string? Key { get; init; }

    /// <summary>Folder of the buffer.</summary>
    public required string Buffer { get; init; }

    /// <summary>Options that cannot be left out and were.</summary>
    public IReadOnlyList<string> Missing =>
    [
        .. new (string Option, bool IsMissing)[] { ("--id", Id is null), ("--site", Site is null), ("--port", Port is null), ("--device", Devices.Count == 0) }
            .Where(option => option.IsMissing).Select(option => option.Option),
    ];

    /// <summary>What is wrong with a probe as people write it; null where nothing is.</summary>
    /// <param name="device"><c>MODEL@ADDRESS</c>.</param>
    public static string? FaultIn(string device) => Parse(device) switch
    {
        null => $"{device} is no MODEL@ADDRESS, for example yosemitech-y532@3",
        var (model, _) when !SensorCatalogue.Models.TryGetValue(model, out var known) || known.Profile is null =>
            $"{model} is no Modbus probe known here; {Findings.Meant(model, [.. Models])}",
        _ => null,
    };

    /// <summary>The models that can be named.</summary>
    public static IEnumerable<string> Models => SensorCatalogue.Models.Values.Where(model => model.Profile is not null).Select(model => model.Id).Order(StringComparer.Ordinal);

    /// <summary>The configuration, with comments.</summary>
    public string Text()
    {
        var station = Station ?? "pond-a";
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"""
            # Written by pond-gateway init. All settings with their meanings: /etc/pondsentinel/gateway.sample.toml
            # After a change: pond-gateway check, then pond-gateway reload.

            [gateway]
            id = {Quoted(Id)}      # also the user name and client id at the broker; unique among all gateways, for ever
            site = {Quoted(Site)}

            [[station]]
            id = {Quoted(station)}      # where the probes measure

            # ---- the serial line and what hangs on it; more: pond-gateway scan
            """);
        AppendProbes(text, station);
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"""

            # ---- the buffer on the card

            [buffer]
            folder = {Quoted(Buffer)}
            max = "512MiB"          # beyond it the oldest that the backend has go first
            commit_window = "5s"    # a power cut loses at most this; urgent values are committed at once

            # ---- the way to the broker

            """);
        AppendUplink(text);
        return text.ToString();
    }

    private void AppendProbes(StringBuilder text, string station)
    {
        using var written = new StringWriter(text, CultureInfo.InvariantCulture) { NewLine = "\n" };
        var present = new GatewayConfiguration { Id = Id ?? "", Site = Site ?? "", Stations = [new StationOptions { Id = station }] };
        var found = Devices.Select(Parse).OfType<(string Model, long Address)>().Where(device => SensorCatalogue.Models.ContainsKey(device.Model))
            .Select(device => new FoundDevice(device.Address, [device.Model]));
        new ConfigurationBlock(SensorCatalogue.Models, present).Write(
            written, [new ScannedBus(new BusOptions { Id = Bus, Line = new SerialSettings(Port ?? "", Baud) }, IsConfigured: false, [.. found], null)]);
    }

    private void AppendUplink(StringBuilder text)
    {
        if (Broker is null)
        {
            text.Append("# [uplink]                # without it records are kept and go nowhere\n# host = \"broker.example.org\"\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"[uplink]\nhost = {Quoted(Broker)}\n");
        if (Authority is not null || Certificate is not null)
        {
            text.Append("tls = true\n");
            text.Append(Authority is null ? "" : $"ca = {Quoted(Authority)}\n");
            text.Append(Certificate is null ? "" : $"certificate = {Quoted(Certificate)}\n");
            text.Append(Key is null ? "" : $"key = {Quoted(Key)}\n");
        }

        text.Append("# password = \"…\"          # where the broker wants one; the user name is the gateway's id\n");
    }

    private static (string Model, long Address)? Parse(string device) =>
        device.Split('@') is [var model, var address] && Names.IsName(model)
        && long.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (model, number)
            : null;

    private static string Quoted(string? text) =>
        $"\"{(text ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
