using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Measurements;

namespace PondSentinel.Wire;

/// <summary>Writes the members of a batch that holds the contract.</summary>
/// <remarks>The same batch gives the same bytes: records of one shape form a group, groups stand in the order of their
/// first record.</remarks>
internal static class BatchWriter
{
    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter json, Batch batch)
    {
        json.WriteString("gw", batch.Gateway);
        json.WriteString("ep", batch.Epoch);
        json.WriteStartArray("s");
        json.WriteNumberValue(batch.Range.First);
        json.WriteNumberValue(batch.Range.Last);
        json.WriteEndArray();
        if (batch.Records.Count > 0)
        {
            var baseTime = batch.Records[0].TimeMs;
            json.WriteString("sch", batch.Schema);
            json.WriteClock(batch.Clock!.Value);
            json.WriteNumber("t0", baseTime);
            json.WriteStartArray("g");
            foreach (var group in Groups(batch.Records))
            {
                WriteGroup(json, group, batch.Range.First, baseTime);
            }

            json.WriteEndArray();
        }

        WriteGone(json, batch.Gone);
    }

    private static void WriteGone(Utf8JsonWriter json, IReadOnlyList<GoneRange> gone)
    {
        if (gone.Count == 0)
        {
            return;
        }

        json.WriteStartArray("gone");
        foreach (var (range, cause) in gone)
        {
            json.WriteStartArray();
            json.WriteNumberValue(range.First);
            json.WriteNumberValue(range.Last);
            json.WriteStringValue(cause.Token);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static List<List<DeviceRecord>> Groups(IReadOnlyList<DeviceRecord> records)
    {
        List<List<DeviceRecord>> groups = [];
        var byShape = new Dictionary<string, List<DeviceRecord>>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var shape = Shape(record);
            if (!byShape.TryGetValue(shape, out var group))
            {
                byShape.Add(shape, group = []);
                groups.Add(group);
            }

            group.Add(record);
        }

        return groups;
    }

    // What all records of a group have in common. No name holds a space or a colon.
    private static string Shape(DeviceRecord record)
    {
        var shape = new StringBuilder();
        shape.Append(CultureInfo.InvariantCulture, $"{record.Device} {record.Station} {record.Revises?.Epoch} ");
        shape.Append(record.CoveredMs is null ? "whole" : "thinned");
        foreach (var channel in record.Channels)
        {
            shape.Append(CultureInfo.InvariantCulture, $" {channel.Channel}:{(int)channel.Measurand}:{channel.Calibration}");
        }

        return shape.ToString();
    }

    private static void WriteGroup(Utf8JsonWriter json, List<DeviceRecord> group, long firstNumber, long baseTime)
    {
        json.WriteStartObject();
        json.WriteString("d", group[0].Device);
        json.WriteString("st", group[0].Station);
        WriteSteps(json, "n", group, record => record.Sequence, firstNumber);
        WriteSteps(json, "dt", group, record => record.TimeMs, baseTime);
        if (group[0].CoveredMs is not null)
        {
            WriteIntegers(json, "w", [.. group.Select(record => record.CoveredMs ?? 0)]);
        }

        if (group[0].Revises is { } revised)
        {
            json.WriteStartObject("of");
            json.WriteString("ep", revised.Epoch);
            WriteSteps(json, "n", group, record => record.Revises?.Sequence ?? 0, 0);
            json.WriteEndObject();
        }

        json.WriteStartObject("c");
        for (var i = 0; i < group[0].Channels.Count; i++)
        {
            WriteChannel(json, [.. group.Select(record => record.Channels[i])]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteChannel(Utf8JsonWriter json, ChannelValue[] column)
    {
        json.WriteStartObject(column[0].Channel);
        json.WriteString("m", column[0].Measurand.WireName);
        WriteNumbers(json, "x", column, channel => channel.Value);
        if (column[0].Count is not null)
        {
            WriteNumbers(json, "lo", column, channel => channel.Low);
            WriteNumbers(json, "hi", column, channel => channel.High);
            WriteIntegers(json, "k", [.. column.Select(channel => (long)(channel.Count ?? 0))]);
        }

        WriteIntegers(json, "q", [.. column.Select(channel => (long)channel.Flag)]);
        if (column.Any(channel => channel.Raw is not null))
        {
            WriteNumbers(json, "r", column, channel => channel.Raw);
        }

        json.WriteOptional("cal", column[0].Calibration);
        WriteWhy(json, column);
        json.WriteEndObject();
    }

    private static void WriteWhy(Utf8JsonWriter json, ChannelValue[] column)
    {
        if (column.All(channel => channel.Why == Why.None))
        {
            return;
        }

        json.WriteStartObject("why");
        for (var i = 0; i < column.Length; i++)
        {
            if (column[i].Why == Why.None)
            {
                continue;
            }

            json.WriteStartArray(i.ToString(CultureInfo.InvariantCulture));
            foreach (var token in WhyTokens.Tokens(column[i].Why))
            {
                json.WriteStringValue(token);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteSteps(
        Utf8JsonWriter json, string member, List<DeviceRecord> group, Func<DeviceRecord, long> of, long start)
    {
        json.WriteStartArray(member);
        foreach (var record in group)
        {
            json.WriteNumberValue(of(record) - start);
            start = of(record);
        }

        json.WriteEndArray();
    }

    // One number where all are the same.
    private static void WriteIntegers(Utf8JsonWriter json, string member, long[] numbers)
    {
        if (Array.TrueForAll(numbers, number => number == numbers[0]))
        {
            json.WriteNumber(member, numbers[0]);
            return;
        }

        json.WriteStartArray(member);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteNumbers(
        Utf8JsonWriter json, string member, ChannelValue[] column, Func<ChannelValue, double?> of)
    {
        json.WriteStartArray(member);
        foreach (var channel in column)
        {
            if (of(channel) is { } number)
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
    }
}
