using System.CommandLine;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Completeness;
using PondSentinel.Backend.Retention;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend ledger</c>: prints what became of the polls that were due, for a person or a machine.</summary>
internal static class LedgerCommand
{
    /// <summary>Exit code where a row does not add up, or there is no ledger.</summary>
    public const int Bad = 1;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config)
    {
        var folder = CommandSettings.FolderOption();
        var day = new Option<string?>("--day") { Description = "Only this day, for example 2026-07-01. Default: the newest in the ledger.", HelpName = "DAY" };
        var month = new Option<string?>("--month") { Description = "All days of a month summed up, for example 2026-07, with the share in maintenance.", HelpName = "MONTH" };
        var gateway = new Option<string?>("--gateway") { Description = "Only this gateway.", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command(
            "ledger", "Print what became of every poll that was due, worst first; exit 1 when a sum does not close.")
        {
            config, folder, day, month, gateway, json,
        };
        command.SetAction(result => CommandSettings.Read(result, config, folder) is { } configuration
            ? Run(
                configuration.Folder,
                (result.GetValue(day), result.GetValue(month)),
                result.GetValue(gateway),
                result.GetValue(json),
                result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error)
            : CheckCommand.Bad);
        return command;
    }

    /// <summary>Prints the rows.</summary>
    /// <returns>The exit code: 0, <see cref="Bad"/>, or <see cref="CheckCommand.Bad"/> for arguments that cannot be used.</returns>
    internal static int Run(
        string folder, (string? Day, string? Month) when, string? gateway, bool json, TextWriter output, TextWriter error)
    {
        if (!TryPeriod(when.Day, when.Month, error, out var period))
        {
            return CheckCommand.Bad;
        }

        if (CommandSettings.StateIn(folder, error) is not { } path)
        {
            return Bad;
        }

        List<LedgerRow> rows;
        Dictionary<string, long> outside;
        Dictionary<string, long> expired;
        try
        {
            using var connection = new StateDatabase(path).Connect();
            using var transaction = connection.BeginTransaction(deferred: true);
            var tables = new RowTables(transaction);
            expired = new RetentionTables(transaction) is { AreThere: true } retention ? retention.Expired() : [];
            outside = tables.AreThere ? tables.Outside() : [];
            rows = !tables.AreThere ? [] : period is var (first, last) ? tables.Rows(gateway, first, last) : tables.Newest(gateway);
        }
        catch (IOException e)
        {
            // Its message names the file.
            error.WritePlain(e.Message);
            return Bad;
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            error.WritePlain($"{path}: {e.Message}");
            return Bad;
        }

        if (rows.Count == 0)
        {
            error.WritePlain("the ledger has nothing of that; a backend that runs fills it");
            return Bad;
        }

        try
        {
            if (when.Month is { } month)
            {
                PrintMonth(rows, month, json, output);
            }
            else
            {
                Print(rows, gateway => Outside(outside.GetValueOrDefault(gateway)) + Expired(expired.GetValueOrDefault(gateway)), json, output);
            }
        }
        catch (IOException e)
        {
            error.WritePlain($"the rows cannot be written out: {e.Message}");
            return Bad;
        }

        return rows.TrueForAll(row => row.Unexplained == 0) ? 0 : Bad;
    }

    private static bool TryPeriod(string? day, string? month, TextWriter error, out (long First, long Last)? period)
    {
        period = null;
        if (day is not null && month is not null)
        {
            error.WritePlain("--day and --month are two periods; name one");
            return false;
        }

        if (day is not null)
        {
            if (!DayGrid.TryParse(day, out var only))
            {
                error.WritePlain($"--day {day} is no day; write it as 2026-07-01");
                return false;
            }

            period = (only, only);
        }

        if (month is not null)
        {
            if (!DayGrid.TryParse($"{month}-01", out var first))
            {
                error.WritePlain($"--month {month} is no month; write it as 2026-07");
                return false;
            }

            var begin = DateOnly.FromDayNumber(DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber + (int)first);
            period = (first, first + DateTime.DaysInMonth(begin.Year, begin.Month) - 1);
        }

        return true;
    }

    private static void PrintMonth(List<LedgerRow> rows, string month, bool json, TextWriter output)
    {
        foreach (var ofGateway in rows.GroupBy(row => row.Gateway))
        {
            if (!json)
            {
                output.WritePlain($"{ofGateway.Key} {month}");
            }

            foreach (var channel in ofGateway.GroupBy(row => row.Channel).OrderBy(channel => channel.Key.Device, StringComparer.Ordinal)
                .ThenBy(channel => channel.Key.Channel, StringComparer.Ordinal))
            {
                var summary = LedgerSummary.Of(channel);
                output.WritePlain(json ? MonthJson(ofGateway.Key, month, channel.Key, summary) : MonthLine(channel.Key, summary));
            }
        }
    }

    private static string MonthLine(LedgerChannel channel, LedgerSummary summary) => channel == LedgerChannel.OfGateway
        ? $"  of the gateway, no channel can be told: {summary.Text}"
        : FormattableString.Invariant(
            $"  {channel.Device}.{channel.Channel}: {summary.Text}; {summary.InMaintenanceThousandths / 10.0:0.#} % in maintenance");

    private static string MonthJson(string gateway, string month, LedgerChannel channel, LedgerSummary summary) => JsonLine.Of(json =>
    {
        json.WriteString("gateway", gateway);
        json.WriteString("month", month);
        json.WriteString("device", channel.Device);
        json.WriteString("channel", channel.Channel);
        json.WriteNumber("expected", summary.Expected);
        json.WriteNumber("complete", summary.Complete);
        json.WriteNumber("in_maintenance", summary.InMaintenance);
        json.WriteNumber("in_maintenance_ms", summary.InMaintenanceMs);
        json.WriteNumber("unexplained", summary.Unexplained);
    });

    private static void Print(List<LedgerRow> rows, Func<string, string> beside, bool json, TextWriter output)
    {
        foreach (var ofDay in rows.GroupBy(row => (row.Gateway, row.Day)))
        {
            if (!json)
            {
                output.WritePlain($"{ofDay.Key.Gateway} {DayGrid.Text(ofDay.Key.Day)}{beside(ofDay.Key.Gateway)}");
            }

            foreach (var row in ofDay.OrderBy(row => LedgerSummary.Of([row]).Thousandths).ThenBy(row => row.Channel.Device, StringComparer.Ordinal)
                .ThenBy(row => row.Channel.Channel, StringComparer.Ordinal))
            {
                output.WritePlain(json ? Json(row) : Line(row));
            }
        }
    }

    private static string Expired(long values) => values == 0
        ? ""
        : FormattableString.Invariant($" (no longer in the store: {values} values so far that were older than keep_raw; means of them stay)");

    private static string Outside(long outside) => outside == 0
        ? ""
        : FormattableString.Invariant($" (in no account: {outside} records so far with times more than {CompletenessOptions.DaysKept} days back or {CompletenessOptions.DaysAhead} ahead; they are stored)");

    private static string Line(LedgerRow row)
    {
        var beside = (row.Late, row.Extra) switch
        {
            (0, 0) => "",
            (var late, 0) => $"; late {late}",
            (0, var extra) => $"; extra {extra}",
            var (late, extra) => $"; late {late}, extra {extra}",
        };
        return row.Channel == LedgerChannel.OfGateway
            ? $"  of the gateway, no channel can be told: {row.Counts}"
            : FormattableString.Invariant(
                $"  {row.Channel.Device}.{row.Channel.Channel}: {LedgerSummary.Of([row]).Text} [expected {row.Expected}: {row.Counts}{beside}]");
    }

    private static string Json(LedgerRow row) => JsonLine.Of(json =>
    {
        json.WriteString("gateway", row.Gateway);
        json.WriteString("day", DayGrid.Text(row.Day));
        json.WriteString("site", row.Site);
        json.WriteString("station", row.Station);
        json.WriteString("device", row.Channel.Device);
        json.WriteString("channel", row.Channel.Channel);
        json.WriteString("measurand", row.Measurand?.WireName);
        json.WriteNumber("interval_ms", row.IntervalMs);
        json.WriteNumber("expected", row.Expected);
        json.WriteNumber("complete", row.Counts.Complete);
        json.WriteStartObject("fates");
        foreach (var (fate, count) in row.Counts.Present)
        {
            json.WriteNumber(fate.Token, count);
        }

        json.WriteEndObject();
        json.WriteNumber("late", row.Late);
        json.WriteNumber("extra", row.Extra);
        json.WriteNumber("unexplained", row.Unexplained);
    });
}
