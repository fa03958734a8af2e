using System.Buffers;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Alarms;

/// <summary>What is kept of an alarm over a restart.</summary>
/// <param name="Alarm">Its name.</param>
/// <param name="Definition">What it was computed by.</param>
/// <param name="State">What its limit remembers.</param>
/// <param name="Silenced">Until when it is silent, on the boot-time clock, and by whose word; null where it is not.</param>
internal sealed record KeptAlarm(string Alarm, string Definition, RuleState State, (TimeSpan Until, string Who)? Silenced);

/// <summary>What is kept of all alarms.</summary>
/// <param name="Boot">The life of the machine that all times are of.</param>
/// <param name="Alarms">The alarms.</param>
/// <param name="Rung">For how long an alarm has tripped a relay, since it was raised.</param>
internal sealed record KeptAlarms(Guid Boot, IReadOnlyList<KeptAlarm> Alarms, IReadOnlyList<(string Relay, string Alarm, TimeSpan For)> Rung);

/// <summary>Keeps how alarms stand over restarts: one line of JSON, replaced whole.</summary>
/// <param name="file">The file.</param>
internal sealed class AlarmFile(WholeFile file)
{
    /// <summary>Most bytes of it that are read: a month of hours is 10 KB for each of 200 alarms at the most.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    private const int Version = 1;

    /// <summary>Reads it.</summary>
    /// <param name="failure">Why it cannot be read, in one line; null where it can, or where there is none yet.</param>
    /// <returns>What was kept; null where there is none, or it cannot be read.</returns>
    public KeptAlarms? Read(out string? failure)
    {
        if (file.Read(out failure) is not { } bytes)
        {
            return null;
        }

        if (StrictJson.FaultIn(bytes) is { } fault)
        {
            failure = fault;
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var top = document.RootElement;
            if (top.GetProperty("v").GetInt32() != Version)
            {
                failure = "it is of another version";
                return null;
            }

            return new KeptAlarms(
                top.GetProperty("boot").GetGuid(),
                [.. top.GetProperty("alarms").EnumerateArray().Select(ReadAlarm)],
                [.. top.GetProperty("rung").EnumerateArray().Select(json => (Text(json, "relay"), Text(json, "alarm"), Span(json, "ms")))]);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            failure = "it is not what was written";
            return null;
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="kept">What is to be kept.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(KeptAlarms kept)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            json.WriteString("boot", kept.Boot);
            json.WriteStartArray("alarms");
            foreach (var alarm in kept.Alarms)
            {
                Write(json, alarm);
            }

            json.WriteEndArray();
            json.WriteStartArray("rung");
            foreach (var (relay, alarm, span) in kept.Rung)
            {
                json.WriteStartObject();
                json.WriteString("relay", relay);
                json.WriteString("alarm", alarm);
                json.WriteNumber("ms", (long)span.TotalMilliseconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return file.Write(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, KeptAlarm alarm)
    {
        var alert = alarm.State.Alert;
        json.WriteStartObject();
        json.WriteString("alarm", alarm.Alarm);
        json.WriteString("definition", alarm.Definition);
        json.WriteNumber("phase", (int)alert.Phase);
        json.WriteNumber("since_ms", alert.Since.ToUnixTimeMilliseconds());
        json.WriteNumber("held_ms", (long)alert.Held.TotalMilliseconds);
        json.WriteNumber("peak", alert.Peak);
        if (alert.IsPeakBound)
        {
            json.WriteBoolean("peak_bound", true);
        }

        json.WriteNumber("as_of_ms", alert.AsOf.ToUnixTimeMilliseconds());
        json.WriteBase64String("memory", alarm.State.Memory.Span);
        if (alarm.Silenced is var (until, who))
        {
            json.WriteNumber("silent_until_ms", (long)until.TotalMilliseconds);
            json.WriteString("silent_by", who);
        }

        json.WriteEndObject();
    }

    private static KeptAlarm ReadAlarm(JsonElement json)
    {
        var phase = (AlertPhase)json.GetProperty("phase").GetByte();
        if (!Enum.IsDefined(phase))
        {
            throw new FormatException("no such phase");
        }

        var alert = new AlertState(
            phase,
            DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("since_ms").GetInt64()),
            Span(json, "held_ms"),
            json.GetProperty("peak").GetDouble(),
            DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("as_of_ms").GetInt64()),
            json.TryGetProperty("peak_bound", out var isBound) && isBound.GetBoolean());
        return new KeptAlarm(
            Text(json, "alarm"),
            Text(json, "definition"),
            new RuleState(alert, json.GetProperty("memory").GetBytesFromBase64()),
            json.TryGetProperty("silent_until_ms", out var until)
                ? (TimeSpan.FromMilliseconds(until.GetInt64()), Text(json, "silent_by"))
                : null);
    }

    private static string Text(JsonElement json, string member) =>
        json.GetProperty(member).GetString() ?? throw new FormatException($"{member} is null");

    private static TimeSpan Span(JsonElement json, string member) => TimeSpan.FromMilliseconds(json.GetProperty(member).GetInt64());
}
