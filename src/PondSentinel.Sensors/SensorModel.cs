using PondSentinel.Calibration;
using PondSentinel.Measurements;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Toml;

namespace PondSentinel.Sensors;

/// <summary>A kind of sensor that the gateway can read: all that configuration, description and acquisition know of it.
/// </summary>
public sealed record SensorModel
{
    /// <summary>The model's id, for example <c>yosemitech-y560</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Who makes it and what they call it, for people.</summary>
    public required string Name { get; init; }

    /// <summary>What it measures; with some settings perhaps less. Empty where that depends on the settings alone.</summary>
    public required IReadOnlyList<SensorOutput> Outputs { get; init; }

    /// <summary>The lines it can hang on, at least one, no two of a kind.</summary>
    public required IReadOnlyList<Attachment> Attachments { get; init; }

    /// <summary>Whether its values may be held against a limit (<c>reference</c>) or only show a trend
    /// (<c>indicative</c>).</summary>
    public required string Grade { get; init; }

    /// <summary>Whether anybody has run this driver against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary>What is not sure of it and must be settled on the real thing, a sentence each.</summary>
    public IReadOnlyList<string> Unsure { get; init; } = [];

    /// <summary>The profile that describes it; null where it has a driver of its own.</summary>
    public DeviceProfile? Profile { get; init; }

    /// <summary>Whether it tells its serial number, so that another piece at its place is found out.</summary>
    public bool TellsSerial { get; init; }

    /// <summary>Reads the keys of a <c>[[device]]</c> that only this model knows, and reports what is wrong with them, in
    /// which case it may give null; itself null where the model has no such keys.</summary>
    public Func<TomlSection, SensorSettings?>? ReadSettings { get; init; }

    /// <summary>What a device of this model measures.</summary>
    /// <param name="settings">Its settings, where it has any.</param>
    public IReadOnlyList<SensorOutput> OutputsWith(SensorSettings? settings) => settings?.Outputs ?? Outputs;

    /// <summary>How it hangs on a kind of line, or null where it cannot.</summary>
    /// <param name="kind">The kind.</param>
    public Attachment? On(LineKind kind) => Attachments.FirstOrDefault(attachment => attachment.Kind == kind);
}

/// <summary>One output of a model.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Measurand">What its numbers are.</param>
public sealed record SensorOutput(string Name, Measurand Measurand)
{
    /// <summary>How it measures, for people; null where the maker does not say.</summary>
    public string? Method { get; init; }

    /// <summary>What it can measure, in the measurand's unit. A number outside is kept, as over-range.</summary>
    public Band? Range { get; init; }

    /// <summary>Of what the driver computes from the potential of an electrode: how, until it is calibrated; null for all else.
    /// </summary>
    public CalibrationCurve? Electrode { get; init; }

    /// <summary>The lowest value it can tell from nothing, in the measurand's unit.</summary>
    public double? LimitOfDetection { get; init; }
}

/// <summary>Settings of a device that only its model knows. Each model with settings has a record of its own.</summary>
public abstract record SensorSettings
{
    /// <summary>What the device measures with these settings; null where that is all that its model does.</summary>
    public virtual IReadOnlyList<SensorOutput>? Outputs => null;

    /// <summary>The channels of other devices whose numbers it needs.</summary>
    public virtual IReadOnlyList<NeededChannel> Needs => [];
}

/// <summary>A number that a device needs and another measures.</summary>
/// <param name="Key">The setting that names it.</param>
/// <param name="Channel">The channel, as <c>device.channel</c>.</param>
/// <param name="Measurand">What it must be.</param>
public sealed record NeededChannel(string Key, string Channel, Measurand Measurand);
