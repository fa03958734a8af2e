using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>What a stranger needs to understand the records: the message of the topic <c>meta</c>.</summary>
/// <remarks>Its hash goes with every record, so that a record is read with the description it was taken under.</remarks>
public sealed class MetaDescription
{
    // Hexadecimal digits of the hash on the wire.
    private const int SchemaLength = 8;

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
    public static MetaDescription Of(
        GatewayConfiguration configuration, IReadOnlyDictionary<string, SensorModel> models)
    {
        var hash = SHA256.HashData(Write(configuration, models, schema: null));
        var schema = Convert.ToHexStringLower(hash)[..SchemaLength];
        return new MetaDescription(schema, Write(configuration, models, schema));
    }

    private static byte[] Write(
        GatewayConfiguration configuration, IReadOnlyDictionary<string, SensorModel> models, string? schema)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("gw", configuration.Id);
            if (schema is not null)
            {
                json.WriteString("sch", schema);
            }

            json.WriteStartArray("stations");
            foreach (var station in configuration.Stations)
            {
                WriteStation(json, station);
            }

            json.WriteEndArray();
            json.WriteStartArray("devices");
            foreach (var device in configuration.Devices)
            {
                WriteDevice(json, device, models[device.Model]);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteStation(Utf8JsonWriter json, StationOptions station)
    {
        json.WriteStartObject();
        json.WriteString("id", station.Id);
        json.WriteString("label", station.Label);
        WriteNumber(json, "lat", station.Latitude);
        WriteNumber(json, "lon", station.Longitude);
        json.WriteStartArray("upstream_of");
        foreach (var downstream in station.UpstreamOf)
        {
            json.WriteStringValue(downstream);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, DeviceOptions device, SensorModel model)
    {
        json.WriteStartObject();
        json.WriteString("id", device.Id);
        json.WriteString("label", device.Label);
        json.WriteString("station", device.Station);
        json.WriteString("model", model.Id);
        json.WriteString("serial", device.Serial);
        json.WriteBoolean("verified_on_hardware", model.VerifiedOnHardware);
        json.WriteString("grade", model.Grade);
        json.WriteNumber("interval_ms", (long)device.Interval.TotalMilliseconds);
        json.WriteStartArray("channels");
        foreach (var channel in device.Channels)
        {
            WriteChannel(json, channel, model.Outputs.First(output => output.Name == channel.Output));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteChannel(Utf8JsonWriter json, ChannelOptions channel, SensorOutput output)
    {
        json.WriteStartObject();
        json.WriteString("id", channel.Id);
        json.WriteString("m", output.Measurand.WireName);
        json.WriteString("label", channel.Label ?? output.Measurand.Label);
        json.WriteString("method", output.Method);
        if (output.Range is { } range)
        {
            json.WriteStartArray("range");
            json.WriteNumberValue(range.Low);
            json.WriteNumberValue(range.High);
            json.WriteEndArray();
        }
        else
        {
            json.WriteNull("range");
        }

        WriteNumber(json, "lod", output.LimitOfDetection);
        WriteNumber(json, "depth_m", channel.DepthMetres);
        json.WriteNull("cal");
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
