using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Derivation;

/// <summary>The virtual devices of a gateway: polled like all others, but what they give is computed.</summary>
/// <remarks>They are due half an interval after the grid of the wall clock, on which the devices are polled that they compute from.</remarks>
internal static class DerivedDevice
{
    /// <summary>Id of their model, and of the bus that they are thought of as hanging on, which nobody else may be called.</summary>
    public const string Name = "derived";

    private static SensorModel Model { get; } = new()
    {
        Id = Name,
        Name = "Computed by the gateway",
        Outputs = [],
        Attachments = [],
        Grade = "indicative",
        VerifiedOnHardware = false,
    };

    /// <summary>Their model beside others.</summary>
    /// <param name="models">The others.</param>
    public static IReadOnlyDictionary<string, SensorModel> AmongModels(IReadOnlyDictionary<string, SensorModel> models) =>
        new Dictionary<string, SensorModel>(models, StringComparer.Ordinal) { [Name] = Model };

    /// <summary>Puts one together.</summary>
    /// <param name="device">Its settings.</param>
    /// <param name="settings">What it computes.</param>
    /// <param name="latest">What all channels said last.</param>
    /// <param name="time">For the age of what is computed from.</param>
    public static PolledDevice Assemble(DeviceOptions device, DerivedSettings settings, LatestNumbers latest, TimeProvider time)
    {
        PolledChannel[] channels =
            [.. device.Channels.Select(channel => new PolledChannel(channel, settings.Outputs.First(output => output.Name == channel.Output).Measurand))];
        var sensor = new DerivedSensor(settings, channels, device.Interval, latest, time);
        return new PolledDevice(device, channels, sensor, "computed here")
        {
            Line = LineKind.Host,
            Phase = device.Interval / 2,
            Latest = latest,
            Derived = sensor,
        };
    }
}
