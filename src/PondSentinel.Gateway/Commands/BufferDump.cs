using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway buffer dump</c>: everything a buffer holds, and everything that is gone, one line each.</summary>
internal static class BufferDump
{
    /// <summary>Writes it.</summary>
    /// <param name="view">The buffer.</param>
    /// <param name="asJson">Whether as JSON.</param>
    /// <param name="output">Where to.</param>
    /// <returns>The exit code.</returns>
    public static int Write(BufferView view, bool asJson, TextWriter output)
    {
        foreach (var item in view.Items())
        {
            if (asJson)
            {
                output.WriteLine(JsonLine.Of(json => WriteJson(json, item)));
            }
            else
            {
                output.WritePlain(Text(item));
            }
        }

        return view.Findings.Count > 0 || view.Unreadable > 0 ? ExitCode.Wrong : 0;
    }

    private static string Text(ViewedItem item)
    {
        var line = new StringBuilder($"{item.Epoch} {(item.IsEvent ? "e" : "")}");
        line.Append(CultureInfo.InvariantCulture, $"{item.Range.First}");
        switch (item)
        {
            case ViewedItem.Record record:
                line.Append(CultureInfo.InvariantCulture, $" {Time(record.Time)} {State(record.IsSettled)} {record.Value.Station} {record.Value.Device}");
                if (record.Value.Revises is { } revised)
                {
                    line.Append(CultureInfo.InvariantCulture, $" revises {revised.Epoch} {revised.Sequence}");
                }

                foreach (var channel in record.Value.Channels)
                {
                    line.Append(CultureInfo.InvariantCulture, $" {channel.Channel}={Number(channel.Value) ?? "null"}");
                    var remarks = string.Join(' ', new[] { Flag(channel.Flag) }.Concat(WhyTokens.Tokens(channel.Why)).Where(text => text.Length > 0));
                    line.Append(remarks.Length > 0 ? $"({remarks})" : "");
                    line.Append(channel is { Low: { } low, High: { } high }
                        ? string.Create(CultureInfo.InvariantCulture, $"[{Number(low)}..{Number(high)} of {channel.Count}]")
                        : "");
                }

                break;
            case ViewedItem.Event happening:
                line.Append(CultureInfo.InvariantCulture, $" {Time(happening.Time)} {State(happening.IsSettled)} {happening.Value.Type} {happening.Value.Device ?? "-"} {Encoding.UTF8.GetString(happening.Value.Body.Span)}");
                break;
            case ViewedItem.Gone gone:
                line.Append(CultureInfo.InvariantCulture, $"-{gone.Range.Last} gone {gone.Cause.Token}");
                break;
            default:
                throw new InvalidOperationException($"{item.GetType().Name} is no known item.");
        }

        return line.ToString();
    }

    private static string Time(FinalTimeStamp? time) => time is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{IsoTime.Text(known.Ms)} {known.Stamp.Source.Token}±{known.Stamp.ErrorMs}ms")
        : "waits-for-time -";

    private static string State(bool isSettled) => isSettled ? "settled" : "held";

    private static string Flag(QualityFlag flag) => flag switch
    {
        QualityFlag.Good => "",
        QualityFlag.NotEvaluated => "not-evaluated",
        QualityFlag.Suspect => "suspect",
        QualityFlag.Fail => "fail",
        QualityFlag.Missing => "missing",
        _ => throw new ArgumentOutOfRangeException(nameof(flag), flag, "Not a defined flag."),
    };

    private static string? Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static void WriteJson(Utf8JsonWriter json, ViewedItem item)
    {
        json.WriteString("kind", item switch { ViewedItem.Record => "record", ViewedItem.Event => "event", _ => "gone" });
        json.WriteString("ep", item.Epoch);
        json.WriteNumber("n", item.Range.First);
        switch (item)
        {
            case ViewedItem.Record record:
                WriteTime(json, record.Time);
                json.WriteBoolean("settled", record.IsSettled);
                json.WriteString("site", record.Value.Site);
                json.WriteString("st", record.Value.Station);
                json.WriteString("d", record.Value.Device);
                json.WriteString("sch", record.Value.Schema);
                if (record.CoveredMs is { } covered)
                {
                    json.WriteNumber("w", covered);
                }

                if (record.Value.Revises is { } revised)
                {
                    json.WriteStartObject("of");
                    json.WriteString("ep", revised.Epoch);
                    json.WriteNumber("n", revised.Sequence);
                    json.WriteEndObject();
                }

                json.WriteStartObject("c");
                foreach (var channel in record.Value.Channels)
                {
                    WriteChannel(json, channel);
                }

                json.WriteEndObject();
                break;
            case ViewedItem.Event happening:
                WriteTime(json, happening.Time);
                json.WriteBoolean("settled", happening.IsSettled);
                json.WriteString("site", happening.Value.Site);
                json.WriteString("type", happening.Value.Type);
                json.WriteString("d", happening.Value.Device);
                json.WriteString("e", happening.Value.Body.Span);
                break;
            case ViewedItem.Gone gone:
                json.WriteNumber("to", gone.Range.Last);
                json.WriteBoolean("events", gone.IsEvent);
                json.WriteString("cause", gone.Cause.Token);
                break;
            default:
                throw new InvalidOperationException($"{item.GetType().Name} is no known item.");
        }
    }

    private static void WriteTime(Utf8JsonWriter json, FinalTimeStamp? time)
    {
        if (time is not { } known)
        {
            json.WriteNull("t");
            return;
        }

        json.WriteNumber("t", known.Ms);
        json.WriteString("src", known.Stamp.Source.Token);
        json.WriteNumber("err_ms", known.Stamp.ErrorMs);
    }

    private static void WriteChannel(Utf8JsonWriter json, ChannelValue channel)
    {
        json.WriteStartObject(channel.Channel);
        json.WriteString("m", channel.Measurand.WireName);
        WriteNumber(json, "x", channel.Value);
        json.WriteNumber("q", (int)channel.Flag);
        WriteNumber(json, "r", channel.Raw);
        WriteNumber(json, "lo", channel.Low);
        WriteNumber(json, "hi", channel.High);
        if (channel.Count is { } count)
        {
            json.WriteNumber("k", count);
        }

        if (channel.Calibration is { } calibration)
        {
            json.WriteString("cal", calibration);
        }

        JsonLine.Texts(json, "why", WhyTokens.Tokens(channel.Why));
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
    }
}
