using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Web.History;

/// <summary>A stretch in which somebody worked at a probe.</summary>
/// <param name="FromMs">Its beginning, ms since 1970.</param>
/// <param name="ToMs">Its end, or when it will end by itself.</param>
/// <param name="Who">Who worked there.</param>
/// <param name="Reason">Why.</param>
internal sealed record MaintenanceView(long FromMs, long ToMs, string Who, string Reason);

/// <summary>The maintenance of a device, of the events that its gateway sent: the newest of them are kept.</summary>
internal static class MaintenanceStretches
{
    /// <summary>Those that reach into a stretch of time, oldest first.</summary>
    /// <param name="transaction">The state database.</param>
    /// <param name="series">A channel of the device.</param>
    /// <param name="stretch">From this time on, and before that, ms since 1970.</param>
    /// <param name="most">How many: the latest.</param>
    public static IReadOnlyList<MaintenanceView> Read(SqliteTransaction transaction, SeriesKey series, (long FromMs, long ToMs) stretch, int most)
    {
        var events = transaction.Query(
                "SELECT payload FROM ingest_event WHERE gateway = $gateway AND instr(payload, CAST('\"maint\"' AS BLOB)) > 0 ORDER BY id",
                reader => EventCodec.Decode(reader.GetFieldValue<byte[]>(0)).Value,
                ("$gateway", series.Gateway))
            .Where(message => message is { Type: "maint" } && IsOf(message.Body, series))
            .OrderBy(message => message!.TimeMs);
        List<MaintenanceView> all = [];
        MaintenanceView? open = null;
        foreach (var message in events)
        {
            var begins = Text(message!.Body, "what") == "begin";
            if (open is not null && (!begins || message.TimeMs > open.ToMs))
            {
                all.Add(begins ? open : open with { ToMs = Math.Min(open.ToMs, message.TimeMs) });
                open = null;
            }

            if (begins)
            {
                var end = message.TimeMs + (Math.Clamp(Number(message.Body, "for_s"), 0, 366L * 86_400) * 1_000);
                open = open is null
                    ? new MaintenanceView(message.TimeMs, end, Text(message.Body, "who"), Text(message.Body, "reason"))
                    : open with { ToMs = end };
            }
        }

        if (open is not null)
        {
            all.Add(open);
        }

        return [.. all.Where(known => known.ToMs > stretch.FromMs && known.FromMs < stretch.ToMs).TakeLast(most)];
    }

    private static bool IsOf(JsonElement body, SeriesKey series) =>
        (Text(body, "of"), Text(body, "name")) is var (of, name)
        && ((of == "device" && name == series.Device) || (of == "station" && name == series.Station));

    private static string Text(JsonElement body, string member) =>
        body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement body, string member) =>
        body.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : 0;
}
