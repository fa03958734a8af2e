using System.CommandLine;
using System.Globalization;
using System.Text;
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
    /// <param name="from">The first time; null for all.</param>
    /// <param name="to">The time after the last; null for all.</param>
    /// <param name="path">The file; null for the screen. It is written beside and put in place when it is whole.</param>
    /// <param name="console">The screen.</param>
    /// <returns>The exit code.</returns>
    public static int Write(
        BufferView view, DateTimeOffset? from, DateTimeOffset? to, string? path, InvocationConfiguration console)
    {
        if (from >= to)
        {
            console.Error.WritePlain("--from is not before --to; --to is the time after the last record");
            return BufferCommand.Wrong;
        }

        var records = path is null ? Write(view, from, to, console.Output) : WriteFile(view, from, to, path);
        console.Error.WritePlain(string.Create(
            CultureInfo.InvariantCulture, $"{records} records{(path is null ? "" : $" in {path}")}"));
        var wrong = BufferStat.Findings(view).ToList();
        foreach (var line in wrong)
        {
            console.Error.WritePlain($"wrong: {line}");
        }

        if (view.Unreadable > 0)
        {
            console.Error.WritePlain(string.Create(CultureInfo.InvariantCulture, $"wrong: {view.Unreadable} records cannot be read"));
        }

        return wrong.Count > 0 || view.Unreadable > 0 ? BufferCommand.Wrong : 0;
    }

    private static long WriteFile(BufferView view, DateTimeOffset? from, DateTimeOffset? to, string path)
    {
        var partial = path + ".part";
        try
        {
            long records;
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
            using (var writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                records = Write(view, from, to, writer);
                writer.Flush();

                // Whoever pulls the stick out when the command says so has all of it.
                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            return records;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(partial);
            throw new IOException($"{path} cannot be written ({e.Message}); name a file in a folder that is there and has room", e);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure before it is the one to tell.
        }
    }

    private static long Write(BufferView view, DateTimeOffset? from, DateTimeOffset? to, TextWriter writer)
    {
        writer.WriteLine(Head);
        long records = 0;
        foreach (var record in view.Items().OfType<ViewedItem.Record>().Where(record => IsWithin(record.Time, from, to)))
        {
            records++;
            foreach (var channel in record.Value.Channels)
            {
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
