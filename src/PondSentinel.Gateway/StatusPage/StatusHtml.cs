using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using PondSentinel.Gateway.Commands;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.StatusPage;

/// <summary>The page: what <c>status</c> says, with the last 24 hours of each channel drawn. It needs no script.</summary>
internal static class StatusHtml
{
    private const long MsPerSecond = 1000;

    // Often enough for someone who waits for a value, and 4 MB an hour over a modem.
    private const int RefreshSeconds = 30;

    /// <summary>Writes the page.</summary>
    /// <param name="body">What <c>status</c> answers.</param>
    /// <param name="dayOf">The day of a channel in <see cref="TraceDrawing.Columns"/>; null where nothing is known of it.</param>
    /// <param name="words">In which language.</param>
    public static string Of(JsonElement body, Func<string, IReadOnlyList<DayColumn>?> dayOf, StatusWords words)
    {
        var gateway = Text(body.GetProperty("gateway").GetString());
        var html = new StringBuilder(
            $"""
            <!DOCTYPE html>
            <html lang="{(words.IsChinese ? "zh" : "en")}"><head><meta charset="utf-8"><title>{gateway}</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="refresh" content="{RefreshSeconds.ToString(CultureInfo.InvariantCulture)}">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head>
            <body><header><h1>{gateway}</h1>
            """);
        List<string> head = [.. StatusLines.Head(body, words)];
        foreach (var line in head.Skip(1))
        {
            html.Append($"<p>{Text(line)}</p>\n");
        }

        if (string.Join("<br>", StatusLines.Refused(body, words).Select(line => Text(line.Trim()))) is { Length: > 0 } refused)
        {
            html.Append($"<p class=\"fault\">{refused}</p>\n");
        }

        html.Append($"<p class=\"runs\">{Text(head[0])}</p></header>\n<main>\n");
        foreach (var device in body.GetProperty("devices").EnumerateArray())
        {
            Write(html, device, dayOf, words);
        }

        return html.Append("</main></body></html>\n").ToString();
    }

    private static void Write(StringBuilder html, JsonElement device, Func<string, IReadOnlyList<DayColumn>?> dayOf, StatusWords words)
    {
        html.Append($"<section><h2>{Text(device.GetProperty("device").GetString())}</h2>");
        html.Append($"<p class=\"polls\">{Text(StatusLines.Polls(device, words))}</p>\n");
        foreach (var note in StatusLines.Notes(device, words))
        {
            html.Append($"<p class=\"note\">{Text(note)}</p>\n");
        }

        if (device.TryGetProperty("fault", out var fault))
        {
            html.Append($"<p class=\"fault\"><b>{Text(fault.GetString())}</b> {Text(device.GetProperty("detail").GetString())}<br>{Text(device.GetProperty(words.HintMember).GetString())}</p>\n");
        }

        if (device.TryGetProperty("values", out var values))
        {
            var age = words.Age(device.GetProperty("age_s").GetInt64());
            foreach (var value in values.EnumerateArray())
            {
                Write(html, value, age, dayOf, words);
            }
        }

        html.Append("</section>\n");
    }

    private static void Write(StringBuilder html, JsonElement value, string age, Func<string, IReadOnlyList<DayColumn>?> dayOf, StatusWords words)
    {
        var channel = value.GetProperty("channel").GetString()!;
        var name = Text(channel[(channel.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        var flag = value.GetProperty("flag").GetString()!;
        var why = ChannelLine.Why(value);
        html.Append($"<article><h3>{name}</h3><p class=\"now\"><span class=\"x\">{Text(ChannelLine.Number(value, words))}</span> ");
        html.Append($"<span class=\"flag {Text(flag)}\">{Text(words.Flag(flag))}</span> <span class=\"age\">{Text(why.Length == 0 ? age : $"{why}, {age}")}</span></p>\n");
        if (dayOf(channel) is { } day)
        {
            var range = TraceDrawing.Range(day) is var (min, max) ? FormattableString.Invariant($"{min:0.####} – {max:0.####}") : words.NoValue;
            html.Append("<figure>");
            TraceDrawing.Draw(html, day, Text($"{channel}, {words.DayAgo}: {range}"));
            html.Append($"<figcaption><span>{Text(words.DayAgo)}</span><span>{Text(range)}</span><span>{Text(words.Now)}</span></figcaption></figure>\n");
        }

        html.Append("</article>\n");
    }

    // What a probe says is text, and nothing in it turns the direction of writing.
    private static string Text(string? text) => WebUtility.HtmlEncode(PlainLines.Plain(text ?? ""));
}
