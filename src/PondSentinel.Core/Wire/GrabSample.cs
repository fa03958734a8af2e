using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>A value that somebody measured by hand, or had measured in a laboratory, beside a probe's: what an event of the type
/// <see cref="EventType"/> tells.</summary>
public sealed record GrabSample
{
    /// <summary>Type of the events.</summary>
    public const string EventType = "sample";

    /// <summary>Most characters of <see cref="Who"/>, <see cref="Method"/> and <see cref="Laboratory"/>.</summary>
    public const int NameLengthMax = 64;

    /// <summary>Most characters of <see cref="Note"/>.</summary>
    public const int NoteLengthMax = 200;

    /// <summary>Station of the probe.</summary>
    public required string Station { get; init; }

    /// <summary>The probe's channel that it stands beside; its device is the event's.</summary>
    public required string Channel { get; init; }

    /// <summary>What the value is: the channel's.</summary>
    public required Measurand Measurand { get; init; }

    /// <summary>The value, in the measurand's unit; finite.</summary>
    public required double Value { get; init; }

    /// <summary>When the water was taken, UTC ms since 1970.</summary>
    public required long TakenMs { get; init; }

    /// <summary>Who took it, for people; 1 to <see cref="NameLengthMax"/> characters.</summary>
    public required string Who { get; init; }

    /// <summary>How it was measured, for people, for example <c>HJ 535</c>; null where nobody says.</summary>
    public string? Method { get; init; }

    /// <summary>The laboratory that measured it; null where it was measured at the site.</summary>
    public string? Laboratory { get; init; }

    /// <summary>What else there is to say; null where there is nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>Grab samples as the bodies of events.</summary>
public static class GrabSampleCodec
{
    /// <summary>Writes the members of a body.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="sample">The sample.</param>
    public static void Write(Utf8JsonWriter json, GrabSample sample)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(sample);
        json.WriteString("st", sample.Station);
        json.WriteString("channel", sample.Channel);
        json.WriteString("m", sample.Measurand.WireName);
        json.WriteNumber("x", sample.Value);
        json.WriteNumber("taken", sample.TakenMs);
        json.WriteString("who", WireText.Clean(sample.Who, GrabSample.NameLengthMax));
        json.WriteOptional("method", WireText.Clean(sample.Method, GrabSample.NameLengthMax));
        json.WriteOptional("lab", WireText.Clean(sample.Laboratory, GrabSample.NameLengthMax));
        json.WriteOptional("note", WireText.Clean(sample.Note, GrabSample.NoteLengthMax));
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body of an event that <see cref="EventCodec"/> has read, hostile until shown otherwise.</param>
    public static Decoded<GrabSample> Read(JsonElement body)
    {
        var top = Node.Top(body);
        var measurand = Measurand.Ph;
        top.Token("m", name => MeasurandNames.TryParse(name, out measurand), "a measurand that is known here");
        var sample = new GrabSample
        {
            Station = top.NameIn("st"),
            Channel = top.NameIn("channel"),
            Measurand = measurand,
            Value = top.Number("x"),
            TakenMs = top.Time("taken"),
            Who = top.Text("who", GrabSample.NameLengthMax),
            Method = top.OptionalText("method", GrabSample.NameLengthMax),
            Laboratory = top.OptionalText("lab", GrabSample.NameLengthMax),
            Note = top.OptionalText("note", GrabSample.NoteLengthMax),
        };
        return top.FirstFault is { } fault ? new Decoded<GrabSample>(null, fault) : new Decoded<GrabSample>(sample, null);
    }
}
