using System.Text.Json;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Calibration;

/// <summary>Calibration records as JSON: the same bytes in the gateway's store, in an event and in a backup. README.md of the folder
/// <c>Wire</c> tells the members.</summary>
public static class CalibrationCodec
{
    /// <summary>Most bytes of a record.</summary>
    public const int BytesMax = 32 * 1024;

    private const double CelsiusMax = 200;

    /// <summary>Writes a record.</summary>
    /// <param name="record">The record. Texts for people are cleaned of what a message may not carry.</param>
    /// <exception cref="ArgumentException">It breaks the contract.</exception>
    public static byte[] Encode(CalibrationRecord record) =>
        WireMessage.WriteChecked(record, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads a record.</summary>
    /// <param name="bytes">The bytes, hostile until shown otherwise.</param>
    public static Decoded<CalibrationRecord> Decode(ReadOnlySpan<byte> bytes) => WireMessage.Read(bytes, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, CalibrationRecord record)
    {
        json.WriteString("id", record.Id);
        json.WriteString("d", record.Device);
        json.WriteString("c", record.Channel);
        json.WriteString("m", record.Measurand.WireName);
        json.WriteString("model", WireText.Clean(record.Model, CalibrationRecord.InstrumentLengthMax));
        json.WriteOptional("serial", WireText.Clean(record.Serial, CalibrationRecord.InstrumentLengthMax));
        json.WriteNumber("t", record.TimeMs);
        json.WriteString("by", WireText.Clean(record.By, CalibrationRecord.ByLengthMax));
        json.WriteString("kind", record.Kind.Token);
        json.WriteNumber("temp_c", record.Celsius);
        WriteReadings(json, "found", record.AsFound);
        WriteReadings(json, "left", record.AsLeft);
        if (record.Line is { } line)
        {
            json.WriteStartArray("line");
            foreach (var knot in line.Knots)
            {
                json.WriteStartArray();
                json.WriteNumberValue(knot.X);
                json.WriteNumberValue(knot.Y);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("slope_pct");
        foreach (var slope in record.SlopePercent)
        {
            json.WriteNumberValue(slope);
        }

        json.WriteEndArray();
        json.WriteNumberOrNull("offset", record.Offset);
        json.WriteStartArray("refused");
        foreach (var reason in record.Reasons)
        {
            json.WriteStringValue(WireText.Clean(reason, CalibrationRecord.TextLengthMax));
        }

        json.WriteEndArray();
        json.WriteIntegerOrNull("due", record.DueMs);
        json.WriteOptional("note", WireText.Clean(record.Note, CalibrationRecord.TextLengthMax));
    }

    private static void WriteReadings(Utf8JsonWriter json, string member, IReadOnlyList<StandardReading> readings)
    {
        json.WriteStartArray(member);
        foreach (var reading in readings)
        {
            json.WriteStartObject();
            json.WriteNumber("std", reading.Standard);
            json.WriteNumber("raw", reading.Raw);
            json.WriteOptional("name", WireText.Clean(reading.Name, StandardReading.TextLengthMax));
            json.WriteOptional("lot", WireText.Clean(reading.Lot, StandardReading.TextLengthMax));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static CalibrationRecord Read(Node top)
    {
        var kind = CalibrationKind.Line;
        top.Token("kind", token => CalibrationKinds.TryParse(token, out kind), "a kind of calibration");
        var measurand = Measurand.Ph;
        top.Token("m", name => MeasurandNames.TryParse(name, out measurand), "a measurand");
        var celsius = top.Number("temp_c", -CelsiusMax, CelsiusMax);
        var line = ReadLine(top);
        var record = new CalibrationRecord
        {
            Id = top.NameIn("id"),
            Device = top.NameIn("d"),
            Channel = top.NameIn("c"),
            Measurand = measurand,
            Model = top.Text("model", CalibrationRecord.InstrumentLengthMax),
            Serial = top.OptionalText("serial", CalibrationRecord.InstrumentLengthMax),
            TimeMs = top.Time("t"),
            By = top.Text("by", CalibrationRecord.ByLengthMax),
            Kind = kind,
            Celsius = celsius,
            AsFound = ReadReadings(top, "found"),
            AsLeft = ReadReadings(top, "left"),
            Line = line,
            SlopePercent = top.NumbersIn("slope_pct", CalibrationFit.StandardsMax),
            Offset = top.OptionalNumber("offset"),
            Reasons = [.. top.Array("refused").AsTexts(
                CalibrationRecord.ReasonsMax, text => text.Length is > 0 and <= CalibrationRecord.TextLengthMax, "a reason")],
            DueMs = top.OptionalInteger("due", -WireParts.TimeMax, WireParts.TimeMax),
            Note = top.OptionalText("note", CalibrationRecord.TextLengthMax),
        };

        // What is in force must say what it makes of a number, and nothing else may.
        if (kind == CalibrationKind.Instrument ? line is not null : line is null && record.IsAccepted)
        {
            top.Refuse(line is null ? "line is missing" : "an instrument that holds its calibration has no line");
        }
        else if (line is not null && record.Curve is null)
        {
            top.Refuse("line makes no curve");
        }

        return record;
    }

    private static IReadOnlyList<StandardReading> ReadReadings(Node top, string member) =>
    [
        .. top.Items(member, CalibrationFit.StandardsMax).Select(item => new StandardReading(
            item.Number("std"), item.Number("raw"))
        {
            Name = item.OptionalText("name", StandardReading.TextLengthMax),
            Lot = item.OptionalText("lot", StandardReading.TextLengthMax),
        }),
    ];

    private static PiecewiseLine? ReadLine(Node top)
    {
        if (!top.Has("line"))
        {
            return null;
        }

        List<Knot> knots = [];
        foreach (var item in top.Items("line", CalibrationFit.StandardsMax))
        {
            if (!item.IsTuple(2))
            {
                return null;
            }

            knots.Add(new Knot(item.NumberAt(0), item.NumberAt(1)));
        }

        var line = PiecewiseLine.Through(knots);
        if (line is null)
        {
            top.Refuse("line does not rise or fall all the way");
        }

        return line;
    }
}
