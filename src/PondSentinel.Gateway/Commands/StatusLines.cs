using System.Text.Json;
using PondSentinel.Gateway.Control;

namespace PondSentinel.Gateway.Commands;

/// <summary>What a gateway answers to <c>status</c>, as lines for a phone's terminal.</summary>
internal static class StatusLines
{
    private const long MsPerSecond = 1000;

    // What goes on stands behind what it goes on from.
    private const int Indent = 4;

    /// <summary>The lines.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="words">In which language.</param>
    /// <param name="columnsMax">Columns of the terminal.</param>
    public static IEnumerable<string> Of(JsonElement body, StatusWords words, int columnsMax = VerbHelp.ColumnsMax) =>
        Whole(body, words).SelectMany(line => Columns.Wrap(line, columnsMax, Indent));

    /// <summary>What is said of the gateway itself, each in one line: how long it runs, and then clock, buffer and link.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="words">In which language.</param>
    public static IEnumerable<string> Head(JsonElement body, StatusWords words)
    {
        yield return words.Runs(
            body.GetProperty("gateway").GetString()!,
            body.GetProperty("software").GetString()!,
            TimeSpan.FromSeconds(body.GetProperty("uptime_s").GetInt64()));
        var now = body.GetProperty("time_ms").GetInt64();
        yield return words.Clock(now, body.GetProperty("clock").GetString(), Integer(body, "time_err_ms"));
        if ((Integer(body, "backend_off_ms"), Integer(body, "backend_off_err_ms")) is ({ } off, { } within))
        {
            // The backend says by how much its own clock may be wrong, and so does this one.
            yield return words.AgainstBackend(off, within + (Integer(body, "time_err_ms") ?? 0));
        }

        yield return words.Buffer(
            body.GetProperty("unsettled").GetInt64(),
            (now - Integer(body, "oldest_unsettled_ms")) / MsPerSecond,
            body.GetProperty("buffer_bytes").GetInt64(),
            body.GetProperty("buffer_bytes_max").GetInt64());
        foreach (var lost in body.GetProperty("lost").EnumerateObject())
        {
            yield return $"  {words.Lost(lost.Name, lost.Value.GetInt64())}";
        }

        if (body.GetProperty("fault").GetString() is { } fault)
        {
            yield return $"  {fault}";
        }

        foreach (var trouble in StatusVerb.CalibrationTroublesIn(body))
        {
            yield return $"calibrations: {trouble}";
        }

        if (body.TryGetProperty("uplink", out var link))
        {
            yield return words.Link(link.GetProperty("up").GetBoolean(), link.GetProperty("failure").GetString());
            if (Integer(link, "certificate_days") is { } days)
            {
                yield return words.Certificate(days);
            }
        }

        foreach (var line in AlarmCommand.LinesAtWork(body, words))
        {
            yield return line;
        }
    }

    /// <summary>That the gateway does not go by what is in its configuration; no line where it does.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="words">In which language.</param>
    public static IEnumerable<string> Refused(JsonElement body, StatusWords words)
    {
        if (body.TryGetProperty("config_refused", out var refused))
        {
            yield return words.Refused(refused.GetProperty("file").GetString()!, refused.GetProperty("time_ms").GetInt64(), refused.GetProperty("age_s").GetInt64());
            if (refused.TryGetProperty("first", out var first))
            {
                var others = refused.GetProperty("mistakes").GetInt64() - 1;
                yield return $"  {first.GetProperty("file").GetString()}:{first.GetProperty("line").GetInt64()}: {first.GetProperty("what").GetString()}; {first.GetProperty("mend").GetString()}";
                yield return $"  {words.Mistakes(others)}";
            }
            else
            {
                yield return $"  {refused.GetProperty("why").GetString()}";
            }
        }
    }

    /// <summary>How the polls of a device went.</summary>
    /// <param name="device">The device of the answer.</param>
    /// <param name="words">In which language.</param>
    public static string Polls(JsonElement device, StatusWords words) => words.Polls(
        device.GetProperty("device").GetString()!, device.GetProperty("polls").GetRawText(), device.GetProperty("failed").GetRawText());

    /// <summary>What people do at a device just now.</summary>
    /// <param name="device">The device of the answer.</param>
    /// <param name="words">In which language.</param>
    public static IEnumerable<string> Notes(JsonElement device, StatusWords words)
    {
        if (Integer(device, "maint_s") is { } left)
        {
            yield return words.Maintenance(TimeSpan.FromSeconds(left));
        }

        if (device.TryGetProperty("calibrating", out _))
        {
            yield return words.Calibrating;
        }
    }

    private static IEnumerable<string> Whole(JsonElement body, StatusWords words) => Head(body, words).Concat(Refused(body, words)).Concat(
        body.GetProperty("devices").EnumerateArray().SelectMany(device => Device(device, words)));

    private static IEnumerable<string> Device(JsonElement device, StatusWords words)
    {
        yield return Polls(device, words);
        foreach (var note in Notes(device, words))
        {
            yield return $"  {note}";
        }

        if (!device.TryGetProperty("values", out var values))
        {
            yield break;
        }

        var age = words.Age(device.GetProperty("age_s").GetInt64());
        foreach (var value in values.EnumerateArray())
        {
            yield return $"  {ChannelLine.Of(value, words)}, {age}";
        }

        if (device.TryGetProperty("fault", out var fault))
        {
            yield return $"  {fault.GetString()}: {device.GetProperty("detail").GetString()}";
            yield return $"  {device.GetProperty(words.HintMember).GetString()}";
        }
    }

    private static long? Integer(JsonElement body, string member) => body.TryGetProperty(member, out var value) ? value.GetInt64() : null;
}
