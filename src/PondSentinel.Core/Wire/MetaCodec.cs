using System.Security.Cryptography;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>A message of the topic <c>meta</c>: what a stranger needs to understand a gateway's records.</summary>
public sealed record MetaMessage
{
    /// <summary>The gateway, by its payload.</summary>
    public required string Gateway { get; init; }

    /// <summary>First 8 hexadecimal digits of the SHA-256 of the message without this member.</summary>
    public required string Schema { get; init; }

    /// <summary>The places.</summary>
    public IReadOnlyList<MetaStation> Stations { get; init; } = [];

    /// <summary>The sensors.</summary>
    public IReadOnlyList<MetaDevice> Devices { get; init; } = [];
}

/// <summary>A place.</summary>
public sealed record MetaStation
{
    /// <summary>Name on the wire.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Degrees north, WGS 84.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, WGS 84.</summary>
    public double? Longitude { get; init; }

    /// <summary>Stations that its water flows to.</summary>
    public IReadOnlyList<string> UpstreamOf { get; init; } = [];
}

/// <summary>A sensor.</summary>
public sealed record MetaDevice
{
    /// <summary>Name on the wire.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>Its station.</summary>
    public required string Station { get; init; }

    /// <summary>Model of the sensor catalogue.</summary>
    public required string Model { get; init; }

    /// <summary>Serial number.</summary>
    public string? Serial { get; init; }

    /// <summary>Whether anybody has run its driver against the real thing.</summary>
    public required bool VerifiedOnHardware { get; init; }

    /// <summary><c>reference</c> or <c>indicative</c>.</summary>
    public required string Grade { get; init; }

    /// <summary>Time between polls, ms.</summary>
    public required long IntervalMs { get; init; }

    /// <summary>What is kept of it.</summary>
    public IReadOnlyList<MetaChannel> Channels { get; init; } = [];
}

/// <summary>A channel.</summary>
public sealed record MetaChannel
{
    /// <summary>Name on the wire, within the device.</summary>
    public required string Id { get; init; }

    /// <summary>What its numbers are; null where this version does not know the measurand.</summary>
    public required Measurand? Measurand { get; init; }

    /// <summary>Name for people.</summary>
    public string? Label { get; init; }

    /// <summary>How it is measured, for people.</summary>
    public string? Method { get; init; }

    /// <summary>What the sensor can measure: lowest and highest value in the measurand's unit.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Limit of detection in the measurand's unit.</summary>
    public double? LimitOfDetection { get; init; }

    /// <summary>Depth below the surface, m.</summary>
    public double? DepthMetres { get; init; }

    /// <summary>Id of the calibration in force.</summary>
    public string? Calibration { get; init; }
}

/// <summary>Meta as bytes, topic <c>meta</c>.</summary>
public static class MetaCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 512 * 1024;

    /// <summary>Most stations, devices, or channels of a device.</summary>
    public const int ItemsMax = 1024;

    private const int TextLengthMax = 200;

    /// <summary>Writes a message and gives it its schema.</summary>
    /// <param name="meta">The message; its own <see cref="MetaMessage.Schema"/> is not looked at. Free texts are cut to 200
    /// characters and cleaned of what a message may not carry.</param>
    /// <param name="schema">The schema that it got.</param>
    /// <exception cref="ArgumentException">Another member breaks the contract.</exception>
    public static byte[] Encode(MetaMessage meta, out string schema)
    {
        var hash = SHA256.HashData(WireMessage.Write((Meta: meta, Schema: (string?)null), Write));
        schema = Convert.ToHexStringLower(hash)[..Names.SchemaLength];
        return WireMessage.WriteChecked((meta, schema), Write, static bytes => Decode(bytes).Malformed);
    }

    /// <summary>Reads a message. That its schema is its hash is not checked: a foreign writer may order its members
    /// otherwise.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<MetaMessage> Decode(ReadOnlySpan<byte> payload) => WireMessage.Read(payload, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, (MetaMessage Meta, string? Schema) message)
    {
        json.WriteString("gw", message.Meta.Gateway);
        json.WriteOptional("sch", message.Schema);
        json.WriteStartArray("stations");
        foreach (var station in message.Meta.Stations)
        {
            WriteStation(json, station);
        }

        json.WriteEndArray();
        json.WriteStartArray("devices");
        foreach (var device in message.Meta.Devices)
        {
            WriteDevice(json, device);
        }

        json.WriteEndArray();
    }

    private static void WriteStation(Utf8JsonWriter json, MetaStation station)
    {
        json.WriteStartObject();
        json.WriteString("id", station.Id);
        json.WriteString("label", WireText.Clean(station.Label, TextLengthMax));
        json.WriteNumberOrNull("lat", station.Latitude);
        json.WriteNumberOrNull("lon", station.Longitude);
        json.WriteStartArray("upstream_of");
        foreach (var downstream in station.UpstreamOf)
        {
            json.WriteStringValue(downstream);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, MetaDevice device)
    {
        json.WriteStartObject();
        json.WriteString("id", device.Id);
        json.WriteString("label", WireText.Clean(device.Label, TextLengthMax));
        json.WriteString("station", device.Station);
        json.WriteString("model", device.Model);
        json.WriteString("serial", WireText.Clean(device.Serial, TextLengthMax));
        json.WriteBoolean("verified_on_hardware", device.VerifiedOnHardware);
        json.WriteString("grade", device.Grade);
        json.WriteNumber("interval_ms", device.IntervalMs);
        json.WriteStartArray("channels");
        foreach (var channel in device.Channels)
        {
            WriteChannel(json, channel);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteChannel(Utf8JsonWriter json, MetaChannel channel)
    {
        json.WriteStartObject();
        json.WriteString("id", channel.Id);
        json.WriteString("m", channel.Measurand?.WireName);
        json.WriteString("label", WireText.Clean(channel.Label, TextLengthMax));
        json.WriteString("method", WireText.Clean(channel.Method, TextLengthMax));
        if (channel.Range is { } range)
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

        json.WriteNumberOrNull("lod", channel.LimitOfDetection);
        json.WriteNumberOrNull("depth_m", channel.DepthMetres);
        json.WriteString("cal", channel.Calibration);
        json.WriteEndObject();
    }

    private static MetaMessage Read(Node top) => new()
    {
        Gateway = top.NameIn("gw"),
        Schema = top.Token("sch", Names.IsSchema, "8 hexadecimal digits"),
        Stations = [.. top.Items("stations", ItemsMax).Select(ReadStation)],
        Devices = [.. top.Items("devices", ItemsMax).Select(ReadDevice)],
    };

    private static MetaStation ReadStation(Node station) => new()
    {
        Id = station.NameIn("id"),
        Label = station.OptionalText("label", TextLengthMax),
        Latitude = station.OptionalNumber("lat", -90, 90),
        Longitude = station.OptionalNumber("lon", -180, 180),
        UpstreamOf = station.Has("upstream_of")
            ? [.. station.Array("upstream_of").AsTexts(ItemsMax, Names.IsName, "a name")]
            : [],
    };

    private static MetaDevice ReadDevice(Node device) => new()
    {
        Id = device.NameIn("id"),
        Label = device.OptionalText("label", TextLengthMax),
        Station = device.NameIn("station"),
        Model = device.Text("model", TextLengthMax),
        Serial = device.OptionalText("serial", TextLengthMax),
        VerifiedOnHardware = device.Flag("verified_on_hardware"),
        Grade = device.NameIn("grade"),
        IntervalMs = device.Count("interval_ms"),
        Channels = [.. device.Items("channels", ItemsMax).Select(ReadChannel)],
    };

    private static MetaChannel ReadChannel(Node channel) => new()
    {
        Id = channel.NameIn("id"),
        Measurand = channel.OptionalText("m", TextLengthMax) is { } name && MeasurandNames.TryParse(name, out var known)
            ? known
            : null,
        Label = channel.OptionalText("label", TextLengthMax),
        Method = channel.OptionalText("method", TextLengthMax),
        Range = ReadRange(channel),
        LimitOfDetection = channel.OptionalNumber("lod"),
        DepthMetres = channel.OptionalNumber("depth_m"),
        Calibration = channel.OptionalNameIn("cal"),
    };

    private static (double Low, double High)? ReadRange(Node channel)
    {
        if (!channel.Has("range") || !channel.Array("range").IsTuple(2))
        {
            return null;
        }

        var range = channel.Array("range");
        return (range.NumberAt(0), range.NumberAt(1));
    }
}
