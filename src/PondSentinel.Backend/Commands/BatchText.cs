using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Commands;

/// <summary>A batch as a table of its records, one line for each channel.</summary>
internal static class BatchText
{
    private static readonly string[] Head = ["seq", "time", "station", "channel", "value", "unit", "flag", "raw", "why"];

    /// <summary>Describes a batch.</summary>
    /// <param name="batch">The batch.</param>
    public static IEnumerable<string> Of(Batch batch)
    {
        yield return
            $"batch of {batch.Gateway}, epoch {batch.Epoch}, numbers {MessageText.Text(batch.Range)}, schema {batch.Schema ?? "none"}, clock {MessageText.Text(batch.Clock)}";
        List<string[]> rows = [Head, .. batch.Records.SelectMany(Rows)];
        if (rows.Count > 1)
        {
            var widths = Enumerable.Range(0, Head.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
            foreach (var row in rows)
            {
                yield return ("  " + string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd();
            }
        }

        foreach (var gone in batch.Gone)
        {
            yield return $"  gone {MessageText.Text(gone.Range)}: {gone.Cause.Token}";
        }
    }

    private static IEnumerable<string[]> Rows(DeviceRecord record) => record.Channels.Select(channel => new[]
    {
        record.Sequence.ToString(CultureInfo.InvariantCulture),
        MessageText.Time(record.TimeMs),
        record.Station,
        $"{record.Device}.{channel.Channel}",
        Number(channel.Value) is { Length: > 0 } number ? number : "-",
        channel.Measurand.Unit,
        ((int)channel.Flag).ToString(CultureInfo.InvariantCulture),
        Number(channel.Raw),
        string.Join(' ', Remarks(record, channel)),
    });

    private static IEnumerable<string> Remarks(DeviceRecord record, ChannelValue channel)
    {
        foreach (var token in WhyTokens.Tokens(channel.Why))
        {
            yield return token;
        }

        if (record.CoveredMs is { } covered)
        {
            var range = channel is { Low: { } low, High: { } high } ? $", {Number(low)} to {Number(high)}" : "";
            yield return string.Create(CultureInfo.InvariantCulture, $"mean of {channel.Count} over {covered} ms{range}");
        }

        if (record.Revises is { } revised)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"revises {revised.Epoch} {revised.Sequence}");
        }
    }

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
