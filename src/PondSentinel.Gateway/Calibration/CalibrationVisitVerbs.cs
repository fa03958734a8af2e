using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Calibration;

/// <summary><c>calibration-look</c>: what whoever is about to calibrate a channel has to know.</summary>
/// <param name="visits">Who is guided.</param>
/// <param name="book">The calibrations.</param>
/// <param name="polled">The devices.</param>
internal sealed class CalibrationLookVerb(CalibrationVisits visits, CalibrationBook book, IEnumerable<PolledDevice> polled) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-look";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var channel = visits.Channel(request.Text("channel", VisitJson.ChannelLengthMax));
        var newest = channel.NewestOf(book.Records)?.Record;
        var isDoubted = book.Of(channel.Device, channel.Id) is { IsDoubted: true };
        var standards = polled.FirstOrDefault(device => device.Options.Id == channel.Device) is { Sensor: ICalibratingSensor sensor, Errands: not null }
            ? sensor.Standards.Where(standard => standard.Output == channel.Output.Name)
            : [];
        var visit = visits.Of(channel.Device);
        return ValueTask.FromResult(new ControlAnswer(json =>
        {
            json.WriteBoolean("doubted", isDoubted);
            if (newest is not null)
            {
                json.WritePropertyName("newest");
                json.WriteRawValue(CalibrationCodec.Encode(newest));
            }

            json.WriteStartArray("standards");
            foreach (var standard in standards)
            {
                json.WriteStartObject();
                json.WriteString("name", standard.Name);
                json.WriteNumber("std", standard.Value);
                json.WriteBoolean("may_differ", standard.Values is not null);
                json.WriteBoolean("optional", standard.IsOptional);
                json.WriteNumber("soak_s", (long)standard.Soak.TotalSeconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();

            // What another instrument showed in its standards says nothing of this one.
            if (visit is var (found, ago) && (found.Channel.Name != channel.Name || found.Channel.IsSameInstrument(channel)))
            {
                json.WriteStartObject("visit");
                json.WriteString("channel", found.Channel.Name);
                json.WriteString("who", found.Who);
                json.WriteNumber("ago_s", (long)ago.TotalSeconds);
                VisitJson.Write(json, found.Points);
                json.WriteEndObject();
            }
        }));
    }
}

/// <summary><c>calibration-visit</c>: begins and ends a guided calibration, and keeps what was taken.</summary>
/// <param name="visits">Who is guided.</param>
internal sealed class CalibrationVisitVerb(CalibrationVisits visits) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-visit";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => true;

    /// <inheritdoc/>
    public ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var channel = visits.Channel(request.Text("channel", VisitJson.ChannelLengthMax));
        Action<Utf8JsonWriter> answer = static _ => { };
        switch (request.Text("do", 16))
        {
            case "begin":
                var number = visits.Begin(channel, request.Text("who", CalibrationRecord.ByLengthMax), request.Uid, VisitJson.Points(request));
                answer = json => json.WriteNumber("visit", number);
                break;
            case "keep":
                visits.Keep(channel, VisitJson.Number(request), VisitJson.Points(request));
                break;
            case "end":
                var marked = visits.End(channel, VisitJson.Number(request), request.OptionalFlag("in_water") == true);
                answer = json => json.WriteNumber("marked_s", (long)marked.TotalSeconds);
                break;
            case var other:
                throw new ControlRefusedException($"do must be begin, keep or end, not {other}");
        }

        return ValueTask.FromResult(new ControlAnswer(answer) { Device = channel.Device });
    }
}

/// <summary><c>calibration-reading</c>: what the device shows now, for somebody who is guided; it stays marked.</summary>
/// <param name="visits">Who is guided.</param>
/// <param name="work">Work on the lines.</param>
internal sealed class CalibrationReadingVerb(CalibrationVisits visits, LineWork work) : IControlVerb
{
    /// <summary>The verb.</summary>
    public const string Verb = "calibration-reading";

    /// <inheritdoc/>
    public string Name => Verb;

    /// <inheritdoc/>
    public bool Changes => false;

    /// <inheritdoc/>
    public async ValueTask<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var channel = visits.Channel(request.Text("channel", VisitJson.ChannelLengthMax));
        visits.See(channel, VisitJson.Number(request));
        var device = work.Device(channel.Device);
        var reading = await work.DoAsync(device, (turn, limit) => DeviceReading.TakeAsync(device, listens: false, turn, limit), cancellationToken);
        return new ControlAnswer(json => DeviceReading.WriteAll(json, [(reading, [.. device.Channels.Select(each => each.Options.Id)])]));
    }
}

/// <summary>What the verbs of a guided calibration say and are told.</summary>
internal static class VisitJson
{
    /// <summary>Most characters of a channel's name.</summary>
    public const int ChannelLengthMax = 65;

    /// <summary>The visit that is meant.</summary>
    /// <param name="request">The request.</param>
    public static long Number(ControlRequest request) =>
        request.OptionalInteger("visit", 1, long.MaxValue) ?? throw new ControlRefusedException("visit is missing");

    /// <summary>Writes points.</summary>
    /// <param name="json">Where to, within an object.</param>
    /// <param name="points">The points.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<VisitPoint> points)
    {
        json.WriteStartArray("points");
        foreach (var point in points)
        {
            json.WriteStartObject();
            json.WriteNumber("label", point.Label);
            json.WriteNumber("std", point.Standard);
            json.WriteNumber("raw", point.Raw);
            json.WriteNumber("temp_c", point.Celsius);
            json.WriteBoolean("forced", point.IsForced);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Reads points that <see cref="Write"/> has written.</summary>
    /// <param name="points">The array.</param>
    /// <returns>Null where they are none, or more than a calibration has.</returns>
    public static IReadOnlyList<VisitPoint>? Read(JsonElement points)
    {
        if (points.ValueKind != JsonValueKind.Array || points.GetArrayLength() > CalibrationFit.StandardsMax)
        {
            return null;
        }

        List<VisitPoint> read = [];
        foreach (var point in points.EnumerateArray())
        {
            if (point.ValueKind != JsonValueKind.Object || Number(point, "label") is not { } label || Number(point, "std") is not { } standard
                || Number(point, "raw") is not { } raw || Number(point, "temp_c") is not { } celsius)
            {
                return null;
            }

            read.Add(new VisitPoint(label, standard, raw, celsius, point.TryGetProperty("forced", out var forced) && forced.ValueKind == JsonValueKind.True));
        }

        return read;
    }

    /// <summary>The points of a request.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="ControlRefusedException">There are none, or no such.</exception>
    public static IReadOnlyList<VisitPoint> Points(ControlRequest request) =>
        (request.Object("taken").TryGetProperty("points", out var points) ? Read(points) : null)
        ?? throw new ControlRefusedException($"taken must have points, at most {CalibrationFit.StandardsMax}, each with label, std, raw and temp_c");

    private static double? Number(JsonElement point, string member) =>
        point.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : null;
}
