using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What a stranger needs to understand the records: the message of the topic <c>meta</c>.</summary>
/// <remarks>Its hash goes with every record, so that a record is read with the description it was taken under.</remarks>
public sealed class MetaDescription
{
    private MetaDescription(string schema, ReadOnlyMemory<byte> bytes)
    {
        Schema = schema;
        Bytes = bytes;
    }

    /// <summary>First 8 hexadecimal digits of the SHA-256 of <see cref="Bytes"/> without their member <c>sch</c>.</summary>
    public string Schema { get; }

    /// <summary>The JSON object, UTF-8, as published.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Describes a gateway.</summary>
    /// <param name="configuration">Its settings.</param>
    /// <param name="models">The models of its devices.</param>
    /// <param name="calibrationOf">Name of the calibration in force of a device's channel; null where there is none.</param>
    public static MetaDescription Of(
        GatewayConfiguration configuration,
        IReadOnlyDictionary<string, SensorModel> models,
        Func<string, string, string?>? calibrationOf = null)
    {
        var message = new MetaMessage
        {
            Gateway = configuration.Id,
            Schema = "",
            Stations = [.. configuration.Stations.Select(Of)],
            Devices = [.. configuration.Devices.Select(device => Of(device, models[device.Model], calibrationOf))],
        };
        var bytes = MetaCodec.Encode(message, out var schema);
        return new MetaDescription(schema, bytes);
    }

    private static MetaStation Of(StationOptions station) => new()
    {
        Id = station.Id,
        Label = station.Label,
        Latitude = station.Latitude,
        Longitude = station.Longitude,
        UpstreamOf = station.UpstreamOf,
    };

    private static MetaDevice Of(DeviceOptions device, SensorModel model, Func<string, string, string?>? calibrationOf) => new()
    {
        Id = device.Id,
        Label = device.Label,
        Station = device.Station,
        Model = model.Id,
        Serial = device.Serial,
        VerifiedOnHardware = model.VerifiedOnHardware,
        Grade = model.Grade,
        IntervalMs = (long)device.Interval.TotalMilliseconds,
        Channels =
        [
            .. device.Channels.Select(channel =>
                Of(channel, model.OutputsWith(device.Settings).First(output => output.Name == channel.Output)) with
                {
                    Calibration = calibrationOf?.Invoke(device.Id, channel.Id),
                }),
        ],
    };

    private static MetaChannel Of(ChannelOptions channel, SensorOutput output) => new()
    {
        Id = channel.Id,
        Measurand = output.Measurand,
        Label = channel.Label ?? output.Measurand.Label,
        Method = output.Method,
        Range = output.Range is { } range ? (range.Low, range.High) : null,
        LimitOfDetection = output.LimitOfDetection,
        DepthMetres = channel.DepthMetres,
    };
}
