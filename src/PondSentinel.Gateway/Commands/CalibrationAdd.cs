using System.CommandLine;
using System.Globalization;
using System.Text;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary>Judges a calibration and keeps it.</summary>
internal static class CalibrationAdd
{
    // A clock that is a little behind is no reason to refuse work that was done.
    private const long AheadMaxMs = 120_000;

    /// <summary>Judges and keeps: in the store, or where a gateway runs by asking it, so that there is one writer.</summary>
    /// <param name="name">The channel, as <c>device.channel</c>.</param>
    /// <param name="draft">What was done.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="isDry">Whether nothing is kept.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="cancellationToken">Ends the wait for a gateway.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string name, CalibrationDraft draft, string config, bool isDry, bool json, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var loaded = GatewayConfigurationFile.Load(config);
        if (loaded.Configuration is not { } configuration)
        {
            console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        var channels = CalibratedChannel.Of(configuration);
        if (Misuse(name, draft, channels) is { } misuse)
        {
            console.Error.WritePlain(misuse);
            return ExitCode.Misuse;
        }

        try
        {
            var seen = new CalibrationBook(CalibrationRoom.Look(configuration), channels);
            if (draft.Id is { } id && seen.Has(id))
            {
                console.Error.WritePlain($"there is a calibration {id} already, and none is ever changed; give this one another name");
                return ExitCode.Misuse;
            }

            var channel = channels.First(channel => channel.Name == name);
            var before = channel.NewestOf(seen.Records)?.Record;
            var record = draft.Complete(channel, seen.Records, seen.Has);
            if (!isDry)
            {
                record = await KeepAsync(record, draft, channel, configuration, console.Error, cancellationToken);
            }

            Tell(record, before, channel, isDry, json, console.Output);
            return record.IsAccepted ? 0 : ExitCode.Wrong;
        }
        catch (ArgumentException e)
        {
            // Numbers of which no record can be made.
            console.Error.WritePlain($"these readings make no record: {e.Message}");
            return ExitCode.Misuse;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain(e.Message);
            return ExitCode.Wrong;
        }
    }

    /// <summary>Tells people what became of a calibration.</summary>
    /// <param name="record">The record.</param>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    /// <param name="output">Where to.</param>
    /// <param name="isDry">Whether nothing was kept.</param>
    internal static void Tell(CalibrationRecord record, string channel, TextWriter output, bool isDry = false)
    {
        output.WritePlain($"{channel}: calibration {record.Id} {(isDry ? "would be " : "")}{(record.IsAccepted ? "accepted" : "refused")}");
        foreach (var reason in record.Reasons)
        {
            output.WritePlain($"  {reason}");
        }

        if (record.SlopePercent.Count > 0)
        {
            var offset = record.Offset is { } zero ? string.Create(CultureInfo.InvariantCulture, $"; offset {zero:0.###}") : "";
            output.WritePlain($"  slope {CalibrationList.Slopes(record)}{offset}");
        }

        if (record.DueMs is { } due)
        {
            output.WritePlain($"  next due {CalibrationList.Day(due)}");
        }
    }

    private static async Task<CalibrationRecord> KeepAsync(
        CalibrationRecord record, CalibrationDraft draft, CalibratedChannel channel, GatewayConfiguration configuration, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            using var room = CalibrationRoom.Open(configuration);
            SettleBrokenOff(room, error);
            return room.Book.Add(draft, channel);
        }
        catch (IOException e) when (LinuxCard.IsInUse(e) && configuration.Control is not null)
        {
            var client = new ControlClient(configuration.Control.Socket, TimeProvider.System);
            var reply = await client.AskAsync(
                CalibrationAddVerb.Verb,
                json =>
                {
                    json.WritePropertyName("record");
                    json.WriteRawValue(CalibrationCodec.Encode(record));
                },
                ControlClient.Patience,
                cancellationToken);
            return reply switch
            {
                ControlReply.Done(var body) when body.TryGetProperty("record", out var told)
                    && CalibrationCodec.Decode(Encoding.UTF8.GetBytes(told.GetRawText())).Value is { } kept => kept,
                ControlReply.NotDone(var why) => throw new IOException(why, e),
                _ => throw new IOException("the gateway gave no answer that can be read; pond-gateway calibration list shows whether it was done", e),
            };
        }
    }

    // What an instrument was told before comes before what is done now: the last that was added is in force.
    private static void SettleBrokenOff(CalibrationRoom room, TextWriter error)
    {
        var broken = room.Running.Settle(room.Book);
        foreach (var record in broken.Kept)
        {
            error.WritePlain($"{record.Device}.{record.Channel}: {record.Reasons[0]} (calibration {record.Id})");
        }

        if (broken.Unreadable is { } unreadable)
        {
            error.WritePlain(unreadable);
        }

        if (room.Book.Unsettled is [var unsettled, ..])
        {
            throw new IOException($"Nothing was added, because what was broken off before must come first. {unsettled}");
        }
    }

    private static string? Misuse(string name, CalibrationDraft draft, IReadOnlyList<CalibratedChannel> channels)
    {
        if (channels.FirstOrDefault(channel => channel.Name == name) is not { } found)
        {
            return $"there is no channel {name}; {Findings.Meant(name, [.. channels.Select(channel => channel.Name)])}";
        }

        if (found.Kind is null)
        {
            return $"{name} is not calibrated: it keeps {found.Measurand.Label}";
        }

        if (draft.IsHeldByInstrument && found.Output.Electrode is not null)
        {
            return $"{name} is computed by the gateway: no instrument holds its calibration";
        }

        if (UnfitText(draft) is { } unfit)
        {
            return unfit;
        }

        if (!(draft.Celsius >= CalibrationReadings.CelsiusMin && draft.Celsius <= CalibrationReadings.CelsiusMax))
        {
            return FormattableString.Invariant(
                $"the temperature of the standards must be from {CalibrationReadings.CelsiusMin} to {CalibrationReadings.CelsiusMax} °C, not {draft.Celsius}");
        }

        if (Math.Max(draft.AsLeft.Count, draft.AsFound.Count) > CalibrationFit.StandardsMax)
        {
            return $"a calibration has readings in at most {CalibrationFit.StandardsMax} standards";
        }

        if (draft.Id is { } id && !Names.IsName(id))
        {
            return $"\"{id}\" is no name; use 1 to 32 of a-z, 0-9 and -";
        }

        return draft.TimeMs > TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + AheadMaxMs
            ? $"at lies in the future: {IsoTime.Text(draft.TimeMs)}"
            : null;
    }

    private static string? UnfitText(CalibrationDraft draft)
    {
        foreach (var (what, text, most) in new[] { ("who", draft.By, CalibrationRecord.ByLengthMax), ("note", draft.Note ?? "-", CalibrationRecord.TextLengthMax) })
        {
            if (text.Length == 0 || text.Length > most || text.Any(char.IsControl))
            {
                return $"{what} must be a text of 1 to {most} characters in one line";
            }
        }

        return null;
    }

    private static void Tell(CalibrationRecord record, CalibrationRecord? before, CalibratedChannel channel, bool isDry, bool json, TextWriter output)
    {
        if (json)
        {
            output.WritePlain(JsonLine.Of(writer =>
            {
                writer.WriteBoolean("accepted", record.IsAccepted);
                writer.WriteBoolean("kept", !isDry);
                writer.WritePropertyName("record");
                writer.WriteRawValue(CalibrationCodec.Encode(record));
            }));
            return;
        }

        Tell(record, channel.Name, output, isDry);
        if (record.IsAccepted && before?.TimeMs > record.TimeMs)
        {
            output.WritePlain($"  comes after {before.Id}, which bears a later date ({IsoTime.Text(before.TimeMs)}): the last that was added is in force");
        }
    }
}
