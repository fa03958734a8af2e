using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>Shows calibrations.</summary>
internal static class CalibrationList
{
    /// <summary>Lists what there is of each channel that can be calibrated.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="store">The records.</param>
    /// <param name="firstSeenMs">Since when a channel has been there, UTC ms since 1970; null where nobody has noted it.</param>
    /// <param name="now">Now.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="output">Where to.</param>
    /// <returns>The exit code.</returns>
    public static int Write(
        IReadOnlyList<CalibratedChannel> channels, CalibrationStore store, Func<string, long?> firstSeenMs, DateTimeOffset now, bool json, TextWriter output)
    {
        var book = new CalibrationBook(store, channels);
        var isWrong = store.Damaged.Count + store.Unsettled.Count > 0;
        foreach (var channel in channels.Where(channel => channel.Kind is not null))
        {
            var force = book.Of(channel.Device, channel.Id);
            var due = CalibrationDue.Of(channel, store.Records, firstSeenMs(channel.Name), now.ToUnixTimeMilliseconds());
            var newest = due.Record;
            isWrong |= due.State == DueState.Overdue;
            var state = due.State.ToString().ToLowerInvariant();
            var word = force is { IsDoubted: true } ? "in doubt" : newest is not null ? state : due.State == DueState.Good ? "never" : $"never, {state}";
            output.WritePlain(json
                ? JsonLine.Of(writer => Members(writer, channel, word, force?.Id is null ? null : newest))
                : $"{channel.Name}: {(force?.Id is null ? word : Describe(newest!, word))}");
            if (json)
            {
                continue;
            }

            foreach (var record in store.Records.Select(stored => stored.Record)
                .Where(record => record.Device == channel.Device && record.Channel == channel.Id && record.Id != force?.Id))
            {
                output.WritePlain($"  {record.Id} of {Day(record.TimeMs)} by {record.By}{(record.IsAccepted ? "" : $", refused: {string.Join("; ", record.Reasons)}")}");
            }
        }

        foreach (var unsettled in store.Unsettled)
        {
            output.WritePlain(json
                ? JsonLine.Of(writer =>
                {
                    writer.WriteString("unsettled", unsettled.Record.Id);
                    writer.WriteString("channel", $"{unsettled.Record.Device}.{unsettled.Record.Channel}");
                    writer.WriteString("why", unsettled.Why);
                })
                : unsettled.ToString());
        }

        foreach (var damaged in store.Damaged)
        {
            output.WritePlain(json
                ? JsonLine.Of(writer =>
                {
                    writer.WriteString("damaged", damaged.File);
                    writer.WriteString("why", damaged.Why);
                })
                : damaged.ToString());
        }

        return isWrong ? ExitCode.Wrong : 0;
    }

    /// <summary>Shows one record in full, and how far off the instrument was found.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="store">The records.</param>
    /// <param name="console">Where to.</param>
    /// <returns>The exit code.</returns>
    public static int Show(string id, IReadOnlyList<CalibratedChannel> channels, CalibrationStore store, InvocationConfiguration console)
    {
        if (store.Records.FirstOrDefault(stored => stored.Record.Id == id) is { } found)
        {
            console.Output.WritePlain(Encoding.UTF8.GetString(CalibrationCodec.Encode(found.Record)));
            if (FoundReading.Of(found, channels, store.Records) is { Count: > 0 } readings)
            {
                console.Output.WritePlain(JsonLine.Of(json => FoundReading.Write(json, readings)));
            }

            return 0;
        }

        console.Error.WritePlain(
            store.Damaged.FirstOrDefault(file => file.Place?.Id == id)?.ToString() ?? $"there is no calibration {id}; pond-gateway calibration list names them");
        return ExitCode.Wrong;
    }

    /// <summary>The slopes of a record, for people.</summary>
    /// <param name="record">The record.</param>
    public static string Slopes(CalibrationRecord record) =>
        string.Join(", ", record.SlopePercent.Select(slope => string.Create(CultureInfo.InvariantCulture, $"{slope:0.0} %")));

    /// <summary>A day, for people.</summary>
    /// <param name="utcMs">UTC ms since 1970.</param>
    public static string Day(long utcMs) => IsoTime.Text(utcMs)[..10];

    private static string Describe(CalibrationRecord record, string state) =>
        $"{record.Id} of {Day(record.TimeMs)} by {record.By}, {Slopes(record)}{(record.DueMs is { } due ? $", next due {Day(due)}" : "")}{(state == "good" ? "" : $": {state}")}";

    private static void Members(Utf8JsonWriter writer, CalibratedChannel channel, string state, CalibrationRecord? record)
    {
        writer.WriteString("channel", channel.Name);
        writer.WriteString("state", state);
        if (record is not null)
        {
            writer.WritePropertyName("record");
            writer.WriteRawValue(CalibrationCodec.Encode(record));
        }
    }
}
