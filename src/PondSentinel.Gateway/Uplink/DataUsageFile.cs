using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace PondSentinel.Gateway.Uplink;

/// <summary>What a month's data has come to.</summary>
/// <param name="Month">The month, UTC: year times 12 plus month from 0.</param>
/// <param name="Bytes">Bytes both ways, 0 or more.</param>
internal readonly record struct DataUsage(int Month, long Bytes);

/// <summary>Keeps a month's use over restarts: one line of JSON, replaced whole.</summary>
/// <param name="path">The file.</param>
internal sealed class DataUsageFile(string path)
{
    private const int BytesMax = 1024;
    private const int MonthsPerYear = 12;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Reads it.</summary>
    /// <param name="failure">Why it cannot be read, in one line; null where it can, or where there is none yet.</param>
    /// <returns>What it says; null where it says nothing.</returns>
    public DataUsage? Read(out string? failure)
    {
        failure = null;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[BytesMax];
            var usage = Parse(bytes.AsMemory(0, file.ReadAtLeast(bytes, BytesMax, throwOnEndOfStream: false)));
            failure = usage is null ? "it is not what was written" : null;
            return usage;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e.Message.TrimEnd('.');
            return null;
        }
    }

    /// <summary>Replaces it, durably.</summary>
    /// <param name="usage">What it shall say.</param>
    /// <returns>Why it could not be written, in one line; null where it could.</returns>
    public string? Write(DataUsage usage)
    {
        try
        {
            var draft = path + ".new";
            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
            {
                file.Write(Format(usage));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private static byte[] Format(DataUsage usage)
    {
        var (year, month) = Math.DivRem(usage.Month, MonthsPerYear);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("month", string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{month + 1:D2}"));
            json.WriteNumber("bytes", usage.Bytes);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    private static DataUsage? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var top = json.RootElement;
            return top.ValueKind == JsonValueKind.Object
                && top.TryGetProperty("v", out var version) && version.ValueKind == JsonValueKind.Number
                && version.TryGetInt32(out var one) && one == 1
                && top.TryGetProperty("month", out var month) && month.ValueKind == JsonValueKind.String
                && DateOnly.TryParseExact(month.GetString(), "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first)
                && top.TryGetProperty("bytes", out var used) && used.ValueKind == JsonValueKind.Number
                && used.TryGetInt64(out var count) && count >= 0
                ? new DataUsage((first.Year * MonthsPerYear) + first.Month - 1, count)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
