using PondSentinel.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Calibration;

/// <summary>A channel as calibration knows it.</summary>
/// <param name="Device">Its device.</param>
/// <param name="Id">Its name.</param>
/// <param name="Output">The output of the model that it keeps.</param>
/// <param name="Model">The model.</param>
/// <param name="Serial">Serial number of the instrument; null where nobody noted it.</param>
/// <param name="Interval">How often it is calibrated; null where nobody says.</param>
internal sealed record CalibratedChannel(
    string Device, string Id, SensorOutput Output, string Model, string? Serial, TimeSpan? Interval)
{
    /// <summary>What its values are.</summary>
    public Measurand Measurand => Output.Measurand;

    /// <summary>How the gateway calibrates it; null where it cannot.</summary>
    public CalibrationKind? Kind => CalibrationKinds.Of(Measurand, Output.Electrode is not null);

    /// <summary>For people and settings: <c>device.channel</c>.</summary>
    public string Name => $"{Device}.{Id}";

    /// <summary>Whether a channel is this one, of the same instrument: settings may have been changed in between.</summary>
    /// <param name="other">The channel.</param>
    public bool IsSameInstrument(CalibratedChannel other) =>
        (Name, Measurand, Kind, Model, Serial) == (other.Name, other.Measurand, other.Kind, other.Model, other.Serial);

    /// <summary>All channels of a gateway that are measured, in the order of its settings.</summary>
    /// <param name="configuration">The settings.</param>
    public static IReadOnlyList<CalibratedChannel> Of(GatewayConfiguration configuration) =>
    [
        .. configuration.Devices.Where(device => device.Settings is not DerivedSettings).SelectMany(device =>
        {
            var model = configuration.Models[device.Model];
            return device.Channels.Select(channel =>
            {
                var output = model.OutputsWith(device.Settings).First(output => output.Name == channel.Output);
                return new CalibratedChannel(
                    device.Id, channel.Id, output, model.Id, device.Serial,
                    channel.CalibrateEvery
                    ?? (CalibrationInterval.Of(output.Measurand) is { } usual ? model.Profile?.Calibration?.Every ?? usual : null));
            });
        }),
    ];

    /// <summary>The record that is in force: the last that was added, of those that were accepted and are of this instrument.</summary>
    /// <remarks>Its date has no say: the clock that gave it may have been wrong.</remarks>
    /// <param name="records">Records of any channels.</param>
    public StoredCalibration? NewestOf(IEnumerable<StoredCalibration> records) => records
        .Where(stored => stored.Record is { IsAccepted: true } record
            && record.Device == Device && record.Channel == Id && record.IsOf(Measurand, Model, Serial)
            && (record.Kind == CalibrationKind.Instrument || record.Kind == Kind))
        .MaxBy(stored => stored.Number);

    /// <summary>Whether the instrument holds a calibration that was refused or broken off: what it held before is gone.</summary>
    /// <remarks>Only what was accepted, or told to the instrument, ends that: another refusal changes nothing in it.</remarks>
    /// <param name="records">Records of any channels.</param>
    public bool HoldsWhatWasRefused(IEnumerable<StoredCalibration> records) => records
        .Where(stored => stored.Record.Device == Device && stored.Record.Channel == Id && stored.Record.IsOf(Measurand, Model, Serial)
            && (stored.Record.IsAccepted || stored.Record.Kind == CalibrationKind.Instrument))
        .MaxBy(stored => stored.Number) is { Record: { Kind: CalibrationKind.Instrument, IsAccepted: false } };
}
