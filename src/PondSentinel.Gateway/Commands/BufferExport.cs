using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway buffer export</c>: the records as CSV (RFC 4180), one line for each value, for whoever comes with a
/// stick where no network is.</summary>
internal static class BufferExport
{
    private const string Head =
        "time,clock,clock_error_ms,site,station,device,channel,measurand,value,unit,flag,why,raw,calibration,low,high,count,covered_ms,epoch,number,settled,revises";

    /// <summary>Writes the records.</summary>
    /// <param name="view">The buffer.</param>
    /// <param name="span">Which.</param>
    /// <param name="path">The file; null for the screen. It is written beside and put in place when it is whole.</param>
    /// <param name="console">The screen.</param>
    /// <param name="hasSum">Whether a file with the sum of its bytes goes beside it.</param>
    /// <returns>The exit code.</returns>
    public static int Write(BufferView view, ExportedSpan span, string? path, InvocationConfiguration console, bool hasSum = false)
    {
        if (span.From >= span.To)
        {
            console.Error.WritePlain("--from is not before --to; --to is the time after the last record");
            return ExitCode.Misuse;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        long records = 0;
        if (path is null)
        {
            records = Write(view, span, seen, console.Output);
        }
        else
        {
            ExportFile.Write(path, hasSum, writer => records = Write(view, span, seen, writer));
        }

        console.Error.WritePlain(string.Create(
            CultureInfo.InvariantCulture, $"{records} records{(path is null ? "" : $" in {path}")}"));
        List<string> wrong = [.. BufferStat.Findings(view)];
        wrong.AddRange(span.Channels.Where(named => !seen.Any(channel => ExportedSpan.Means(named, channel)))
            .Select(named => $"there is no record of {named} in it: pond-gateway buffer dump shows the names"));
        if (view.Unreadable > 0)
        {
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{view.Unreadable} records cannot be read"));
        }

        foreach (var line in wrong)
        {
            console.Error.WritePlain($"wrong: {line}");
        }

        return wrong.Count > 0 ? ExitCode.Wrong : ExitCode.Good;
    }

    private static long Write(BufferView view, ExportedSpan span, HashSet<string> seen, TextWriter writer)
    {
        writer.WriteLine(Head);
        long records = 0;
        foreach (var record in view.Items().OfType<ViewedItem.Record>().Where(record => IsWithin(record.Time, span.From, span.To)))
        {
            var channels = record.Value.Channels.Where(channel => span.Takes($"{record.Value.Device}.{channel.Channel}")).ToList();
            records += channels.Count > 0 ? 1 : 0;
            foreach (var channel in channels)
            {
                seen.Add($"{record.Value.Device}.{channel.Channel}");
                writer.WriteLine(string.Join(',', Cells(record, channel).Select(Quoted)));
            }
        }

        return records;
    }

    // A record without a time is in no span of time, but it is not left out of everything.
    private static bool IsWithin(FinalTimeStamp? time, DateTimeOffset? from, DateTimeOffset? to) => time is { } known
        ? !(known.Ms < from?.ToUnixTimeMilliseconds()) && !(known.Ms >= to?.ToUnixTimeMilliseconds())
        : from is null && to is null;

    private static IEnumerable<string> Cells(ViewedItem.Record record, ChannelValue channel) =>
    [
        record.Time is { } time ? IsoTime.Text(time.Ms) : "",
        record.Time?.Stamp.Source.Token ?? "",
        Text(record.Time?.Stamp.ErrorMs),
        record.Value.Site,
        record.Value.Station,
        record.Value.Device,
        $"{record.Value.Device}.{channel.Channel}",
        channel.Measurand.WireName,
        Text(channel.Value),
        channel.Measurand.Unit,
        ((int)channel.Flag).ToString(CultureInfo.InvariantCulture),
        string.Join(' ', WhyTokens.Tokens(channel.Why)),
        Text(channel.Raw),
        channel.Calibration ?? "",
        Text(channel.Low),
        Text(channel.High),
        Text(channel.Count),
        Text(record.CoveredMs),
        record.Epoch,
        Text(record.Number),
        record.IsSettled ? "yes" : "no",
        record.Value.Revises is { } revised ? string.Create(CultureInfo.InvariantCulture, $"{revised.Epoch} {revised.Sequence}") : "",
    ];

    private static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    // A text that begins like a formula is one to a spreadsheet. Numbers are never quoted.
    private static string Quoted(string cell)
    {
        var isFormula = cell.Length > 0 && cell[0] is '=' or '+' or '@' or '\t';
        return !isFormula && cell.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? cell
            : $"\"{(isFormula ? "'" : "")}{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

/// <summary>Which records are exported.</summary>
/// <param name="From">The first time; null for all.</param>
/// <param name="To">The time after the last; null for all.</param>
/// <param name="Channels">Channels as <c>device.channel</c>, or devices for all of theirs; empty for all.</param>
internal sealed record ExportedSpan(DateTimeOffset? From, DateTimeOffset? To, IReadOnlyList<string> Channels)
{
    /// <summary>Whether a name means a channel.</summary>
    /// <param name="named">A channel or a device.</param>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    public static bool Means(string named, string channel) => channel == named || channel.StartsWith($"{named}.", StringComparison.Ordinal);

    /// <summary>Whether a channel is among them.</summary>
    /// <param name="channel">The channel, as <c>device.channel</c>.</param>
    public bool Takes(string channel) => Channels.Count == 0 || Channels.Any(named => Means(named, channel));
}
