using System.Buffers;
using System.Text.Json;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>Keeps what is in maintenance over restarts: one line of JSON, replaced whole.</summary>
/// <param name="file">The file.</param>
internal sealed class MaintenanceFile(WholeFile file)
{
    /// <summary>Most bytes of it that are read: more than all devices and stations of a gateway take.</summary>
    public const int BytesMax = 1024 * 1024;

    private const int Version = 1;

    /// <summary>Reads it.</summary>
    /// <param name="failure">Why it cannot be read, in one line; null where it can, or where there is none yet.</param>
    /// <returns>Each period, and what was left of it when it was written last; none where it cannot be read.</returns>
    public IReadOnlyList<(MaintenancePeriod Period, TimeSpan Left)> Read(out string? failure)
    {
        if (file.Read(out failure) is not { } bytes)
        {
            return [];
        }

        if (StrictJson.FaultIn(bytes) is { } fault)
        {
            failure = fault;
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            if (document.RootElement.GetProperty("v").GetInt32() != Version)
            {
                failure = "it is of another version";
                return [];
            }

            return [.. document.RootElement.GetProperty("periods").EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            failure = "it is not what was written";
            return [];
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="periods">What is in maintenance.</param>
    /// <param name="bootTime">The boot-time clock.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(IReadOnlyCollection<MaintenancePeriod> periods, TimeSpan bootTime)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            json.WriteStartArray("periods");
            foreach (var period in periods)
            {
                json.WriteStartObject();
                json.WriteBoolean("station", period.Of.IsStation);
                json.WriteString("name", period.Of.Name);
                json.WriteString("reason", period.Reason);
                json.WriteString("who", period.Who);
                json.WriteNumber("uid", period.Uid);
                json.WriteNumber("length_ms", (long)period.Length.TotalMilliseconds);
                json.WriteString("boot", period.Boot);
                json.WriteNumber("ends_boot_ms", (long)period.Ends.TotalMilliseconds);
                json.WriteNumber("left_ms", (long)period.Left(bootTime).TotalMilliseconds);
                json.WriteBoolean("earlier_boot", period.IsOfEarlierBoot);
                if (period.IsAfterCalibration)
                {
                    json.WriteBoolean("after_calibration", true);
                }

                if (period.EndsMs is { } endsMs)
                {
                    json.WriteNumber("ends_ms", endsMs);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return file.Write(bytes.WrittenSpan);
    }

    private static (MaintenancePeriod Period, TimeSpan Left) Read(JsonElement json)
    {
        var length = Within(Span(json, "length_ms"), MaintenancePeriod.LengthMax);
        var period = new MaintenancePeriod
        {
            Of = new MaintenanceTarget(json.GetProperty("station").GetBoolean(), Text(json, "name")),
            Reason = Text(json, "reason"),
            Who = Text(json, "who"),
            Uid = json.GetProperty("uid").GetUInt32(),
            Length = length,
            Boot = json.GetProperty("boot").GetGuid(),
            Ends = Span(json, "ends_boot_ms"),
            IsOfEarlierBoot = json.GetProperty("earlier_boot").GetBoolean(),
            IsAfterCalibration = json.TryGetProperty("after_calibration", out var isAfter) && isAfter.GetBoolean(),
            EndsMs = json.TryGetProperty("ends_ms", out var endsMs) ? endsMs.GetInt64() : null,
        };
        return (period, Within(Span(json, "left_ms"), length));
    }

    private static string Text(JsonElement json, string member) =>
        json.GetProperty(member).GetString() ?? throw new FormatException($"{member} is null");

    private static TimeSpan Span(JsonElement json, string member) => TimeSpan.FromMilliseconds(json.GetProperty(member).GetInt64());

    private static TimeSpan Within(TimeSpan span, TimeSpan most) => span < TimeSpan.Zero ? TimeSpan.Zero : span > most ? most : span;
}
