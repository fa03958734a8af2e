using PondSentinel.Sensors.Buses.Serial;
using PondSentinel.Sensors.Drivers.AlphasenseOpcN3;
using PondSentinel.Sensors.Drivers.AtlasEzo;
using PondSentinel.Sensors.Drivers.BoschBme280;
using PondSentinel.Sensors.Drivers.Contact;
using PondSentinel.Sensors.Drivers.HostMachine;
using PondSentinel.Sensors.Drivers.MaxbotixHrxl;
using PondSentinel.Sensors.Drivers.MaximDs18b20;
using PondSentinel.Sensors.Drivers.NovaSds011;
using PondSentinel.Sensors.Drivers.Plantower;
using PondSentinel.Sensors.Drivers.PulseCounter;
using PondSentinel.Sensors.Drivers.SensirionSps30;
using PondSentinel.Sensors.Drivers.TiAds1115;
using PondSentinel.Sensors.Drivers.TiIna219;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Sensors;

/// <summary>The sensor models there are: those that a profile describes, and those that have a driver.</summary>
public static class SensorCatalogue
{
    private const string ProfilePrefix = "Profiles/";

    /// <summary>The profiles of the Modbus probes, in the order of their ids.</summary>
    public static IReadOnlyList<DeviceProfile> Profiles { get; } = ReadProfiles();

    /// <summary>All models by id.</summary>
    public static IReadOnlyDictionary<string, SensorModel> Models { get; } =
        Profiles.Select(ModelOf)
            .Concat(EzoCircuit.All.Select(circuit => circuit.Model))
            .Concat(
            [
                Ads1115Sensor.Model, Bme280Sensor.Model, ContactSensor.Model, Ds18b20Sensor.Model, Ina219Sensor.Model, Pms5003Sensor.Model,
                Pmsa003iSensor.Model, PulseSensor.Model, Sds011Sensor.Model, Sps30Sensor.Model, OpcN3Sensor.Model,
                HrxlSensor.Model, HostSensor.Model,
            ])
            .ToDictionary(model => model.Id, StringComparer.Ordinal);

    /// <summary>The model that a profile describes.</summary>
    /// <param name="profile">The profile.</param>
    public static SensorModel ModelOf(DeviceProfile profile) => new()
    {
        Id = profile.Id,
        Name = $"{profile.Maker} {profile.Name}",
        Outputs = [.. profile.Reads.SelectMany(read => read.Outputs).Select(output => output.Output)],
        Grade = profile.Grade,
        VerifiedOnHardware = profile.VerifiedOnHardware,
        Unsure = profile.Unsure,
        Profile = profile,
        TellsSerial = profile.Identity is not null,
        ReadSettings = profile.Sequence is null ? null : ProfileSettings.Read,
        Attachments =
        [
            Attachment.Serial(
                ModbusAddresses.All,
                (line, order) => profile.LineTime(line, ProfileOrder.Of(order)),
                (bus, order) => new ProfileSensor(profile, bus.Modbus, ProfileOrder.Of(order), bus.Time))
            with
            {
                Lateness = profile.Line.Lateness,
                Turn = (line, order) => profile.TurnTime((SerialSettings)line, ProfileOrder.Of(order)),
                Waiting = order => ProfileSettings.IsSequenced(order.Settings) ? profile.Sequence?.Waiting ?? TimeSpan.Zero : TimeSpan.Zero,
                WithoutWaiting = "let it be read as it is: sequence = false",
            },
        ],
    };

    // They are part of this assembly and tested with it, so a mistake in one is a bug and not somebody's configuration.
    private static List<DeviceProfile> ReadProfiles()
    {
        List<Problem> problems = [];
        List<DeviceProfile> profiles = [];
        var assembly = typeof(SensorCatalogue).Assembly;
        foreach (var name in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ProfilePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            if (ProfileFile.Read(name, reader.ReadToEnd(), problems) is { } profile)
            {
                profiles.Add(profile);
            }
        }

        return problems.Count == 0
            ? profiles
            : throw new InvalidOperationException($"A profile in this program is wrong: {string.Join("; ", problems)}");
    }
}
