using System.Security.Cryptography;
using System.Text;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>The configuration as people write it: TOML.</summary>
public static class GatewayConfigurationFile
{
    /// <summary>Where it is looked for when nobody says otherwise.</summary>
    public const string DefaultPath = "/etc/pondsentinel/gateway.toml";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    public static LoadedConfiguration Load(string path) => Load(path, TomlFile.ReadConfiguration(path, "gateway.sample.toml"));

    /// <summary>Reads a file that is not the configuration of this gateway, or not yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="whereMissing">What to do where there is no such file.</param>
    internal static LoadedConfiguration Load(string path, string whereMissing) => Load(path, TomlFile.Read(path, whereMissing));

    private static LoadedConfiguration Load(string path, (string? Text, string? Unreadable) file) =>
        file.Text is { } text ? Read(path, text) : LoadedConfiguration.Unread(file.Unreadable!);

    /// <summary>Reads which sensor models a file makes known: those of this program, and those of the profiles in the folder that
    /// it names. Whatever else is wrong in it is none of the models' concern.</summary>
    /// <param name="path">The file.</param>
    public static LoadedModels LoadModels(string path)
    {
        var (text, unreadable) = TomlFile.ReadConfiguration(path, "gateway.sample.toml");
        List<Problem> problems = [];
        var models = text is null
            ? SensorCatalogue.Models
            : OwnProfiles.Read(TomlSection.Parse(path, text, problems).Table("gateway"), SensorCatalogue.Models, problems).Models;
        return new LoadedModels { Models = models, Unreadable = unreadable, Problems = problems };
    }

    /// <summary>Reads a text.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">TOML.</param>
    public static LoadedConfiguration Read(string file, string text) => Read(file, text, SensorCatalogue.Models);

    /// <summary>Reads a text.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="text">TOML.</param>
    /// <param name="models">The sensor models there are.</param>
    /// <param name="profiles">Texts of the own profiles by file, where they are not yet in their folder; null for those that are there.</param>
    internal static LoadedConfiguration Read(
        string file, string text, IReadOnlyDictionary<string, SensorModel> models, IReadOnlyDictionary<string, string>? profiles = null)
    {
        var findings = new Findings([], []);
        var top = TomlSection.Parse(file, text, findings.Problems);
        var gateway = top.Table("gateway", required: true);
        var known = OwnProfiles.Read(gateway, models, findings.Problems, profiles);
        models = known.Models;
        var stations = StationSection.ReadAll(top);
        var (busNames, buses) = BusSection.ReadAll(top, findings.Warnings);
        var devices = new DeviceSection(Ids(stations, station => station.Id), busNames, ById(buses), known).ReadAll(top);
        var derived = DerivedSection.ReadAll(top, Ids(stations, station => station.Id), devices, busNames, models);
        List<Located<DeviceOptions>> all = [.. devices, .. derived];
        models = derived.Count > 0 ? DerivedDevice.AmongModels(models) : models;
        var relays = RelaySection.ReadAll(top, all, buses);
        var alarms = new AlarmSection(all, models, relays, findings.Warnings).ReadAll(top);
        var buffer = BufferSection.Read(top.Table("buffer"), findings.Warnings);
        var id = gateway is null ? "" : Findings.Name(gateway, "id");
        var configuration = new GatewayConfiguration
        {
            Id = id,
            Site = gateway is null ? "" : Findings.Name(gateway, "site"),
            Profiles = known.Folder,
            Stations = [.. stations.Select(station => station.Value)],
            Buses = [.. buses.Select(bus => WithFolder(bus.Value, buffer))],
            Models = models,
            Devices = [.. all.Select(device => device.Value)],
            Relays = [.. relays.Select(relay => relay.Value)],
            Alarms = alarms,
            Clock = ClockSection.Read(top.Table("clock"), findings.Warnings),
            Buffer = buffer,
            Control = ControlSection.Read(top, buffer, id, findings.Warnings),
            StatusPage = StatusPageSection.Read(top.Table("status_page")),
            Uplink = UplinkSection.Read(top.Table("uplink")),
        };
        gateway?.RefuseUnknownKeys();
        top.RefuseUnknownKeys();

        PollLength.Judge(devices, buses, models);
        NeededChannels.Judge(all, models, findings.Warnings);
        CrossSection.Judge(all, models);
        LineFit.Judge(devices, buses, models, findings.Warnings);
        var loads = BusLoad.Of(configuration, models);
        BusLoad.Judge(loads, buses, findings.Warnings);
        return new LoadedConfiguration
        {
            Text = text,
            Settings = SettingsList.Of(top.Settings, known.Digests),
            Configuration = findings.Problems.Count == 0 ? configuration : null,
            Control = id.Length > 0 ? configuration.Control : null,
            Problems = InOrder(file, findings.Problems),
            Warnings = InOrder(file, findings.Warnings),
            Loads = loads,
        };
    }

    private static BusOptions WithFolder(BusOptions bus, BufferOptions buffer) =>
        bus.Line is HostSettings ? bus with { Line = new HostSettings(buffer.Folder) } : bus;

    private static HashSet<string> Ids<T>(IEnumerable<Located<T>> all, Func<T, string> idOf) =>
        all.Select(located => idOf(located.Value)).Where(id => id.Length > 0).ToHashSet(StringComparer.Ordinal);

    // With one id twice, which is reported, the first stands for both.
    private static Dictionary<string, BusOptions> ById(IEnumerable<Located<BusOptions>> buses) =>
        buses.Select(located => located.Value).Where(bus => bus.Id.Length > 0).DistinctBy(bus => bus.Id, StringComparer.Ordinal)
            .ToDictionary(bus => bus.Id, StringComparer.Ordinal);

    // Own profiles first: what is wrong in one is why a device that names it is.
    private static IReadOnlyList<Problem> InOrder(string file, IEnumerable<Problem> problems) =>
    [
        .. problems.OrderBy(problem => problem.File == file).ThenBy(problem => problem.File, StringComparer.Ordinal)
            .ThenBy(problem => problem.Line).ThenBy(problem => problem.Column),
    ];
}

/// <summary>The sensor models that a configuration makes known.</summary>
public sealed record LoadedModels
{
    /// <summary>All of them by id; those of profiles with a mistake are left out.</summary>
    public required IReadOnlyDictionary<string, SensorModel> Models { get; init; }

    /// <summary>Why the file could not be read at all, in one line; null where it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>All mistakes in the profiles, and in the form of the file.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];
}

/// <summary>What came of reading a configuration.</summary>
public sealed record LoadedConfiguration
{
    /// <summary>The settings; null where there is any problem.</summary>
    public GatewayConfiguration? Configuration { get; init; }

    /// <summary>Where orders are taken, as far as the file says so, also where something in it is wrong: a gateway that runs is found by it
    /// whatever has become of the file since. Null where none are taken, or nobody can tell.</summary>
    public ControlOptions? Control { get; init; }

    /// <summary>What stands in the file; empty where it could not be read.</summary>
    public string Text { get; init; } = "";

    /// <summary>SHA-256 of <see cref="Text"/>, 64 hexadecimal digits.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>Whether it stands in for what is in the file, which was tried and refused.</summary>
    public bool StandsIn { get; init; }

    /// <summary>The settings one by one; of use where there is no problem.</summary>
    public SettingsList Settings { get; init; } = SettingsList.Empty;

    /// <summary>Why the file could not be read at all, in one line; null where it could.</summary>
    public string? Unreadable { get; init; }

    /// <summary>All mistakes, in the file's order.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>What is unwise, in the file's order.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>How busy the buses would be.</summary>
    public IReadOnlyList<BusLoad> Loads { get; init; } = [];

    /// <summary>A file that could not be read.</summary>
    /// <param name="why">Why, in one line with the file's name.</param>
    internal static LoadedConfiguration Unread(string why) => new() { Unreadable = why };
}
