using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend refused</c>: messages that were refused whole, and taking them in once more.</summary>
internal static class RefusedCommand
{
    /// <summary>Exit code where something is refused still.</summary>
    public const int Some = 1;

    /// <summary>Exit code where the arguments or the folder cannot be used.</summary>
    public const int Misuse = 2;

    private const string Description =
        """
        Messages that were refused whole: nobody can read them, or they name another site. They are kept in refused/.

        Examples:
          pond-backend refused list                            by day and gateway, and how their records stand now
          pond-backend refused resubmit 2026-07-01 --by Li     take a day in once more, by this version and these settings
          pond-backend refused resubmit 2026-07-01 --archive --by Li    the same of a day of archive/, for single records
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var folder = CommandSettings.FolderOption();
        var json = new Option<bool>("--json") { Description = "For a machine: one JSON object a line." };
        var list = new Command("list", "List them by day and gateway; exit 1 where anything is refused still.") { config, folder, json };
        list.SetAction(result => OnFolder(
            result, config, folder, path => List(path, result.GetValue(json), time, result.InvocationConfiguration.Output, result.InvocationConfiguration.Error)));

        var days = new Argument<string[]>("DAY") { Description = "UTC days such as 2026-07-01.", Arity = ArgumentArity.OneOrMore };
        var archive = new Option<bool>("--archive") { Description = "Days of archive/: there are the batches of records that were refused one by one." };
        var by = AlarmsCommand.By();
        var resubmit = new Command(
            "resubmit", "Take a day's messages in once more. What is stored is passed over, what is refused again stays refused; refused/ and archive/ stay as they are.")
        {
            days, archive, by, config, folder,
        };
        resubmit.SetAction(result => OnFolder(
            result, config, folder,
            path => Resubmit(
                path, result.GetValue(days) ?? [], result.GetValue(archive), result.GetRequiredValue(by), time,
                result.InvocationConfiguration.Output, result.InvocationConfiguration.Error)));
        return new Command("refused", Description) { list, resubmit };
    }

    /// <summary>Lists what is there.</summary>
    /// <returns>The exit code: 0, <see cref="Some"/> or <see cref="Misuse"/>.</returns>
    internal static int List(string folder, bool isJson, TimeProvider time, TextWriter output, TextWriter error)
    {
        var messages = new RefusedFolder(folder);
        if (messages.Days.Count == 0)
        {
            if (!isJson)
            {
                output.WritePlain($"{folder}: no refused messages");
            }

            return 0;
        }

        if (CommandSettings.StateIn(folder, error) is not { } state)
        {
            return Misuse;
        }

        using var connection = new StateDatabase(state, time).Connect();
        using var transaction = connection.BeginTransaction(deferred: true);
        var code = 0;
        foreach (var (file, account) in messages.Days.SelectMany(file => RefusedAccount.Of(transaction, file).Select(account => (file, account))))
        {
            code = account.StillRefused + account.Unreadable > 0 ? Some : code;
            output.WritePlain(isJson ? Json(Path.GetFileNameWithoutExtension(file), account) : Line(Path.GetFileNameWithoutExtension(file), account));
        }

        return code;
    }

    /// <summary>Hands days over to the backend.</summary>
    /// <returns>The exit code: 0 or <see cref="Misuse"/>.</returns>
    internal static int Resubmit(
        string folder, IReadOnlyList<string> days, bool fromArchive, string by, TimeProvider time, TextWriter output, TextWriter error)
    {
        var messages = new RefusedFolder(folder);
        var known = (fromArchive ? messages.Archived : messages.Days).ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
        var place = fromArchive ? RefusedFolder.Archive : RefusedMessages.Folder;
        if (days.FirstOrDefault(day => !known.ContainsKey(day)) is { } unknown)
        {
            error.WritePlain($"{unknown}: there is no such day in {Path.Combine(folder, place)}; days are named as 2026-07-01");
            return Misuse;
        }

        if (CommandSettings.StateIn(folder, error) is not { } state)
        {
            return Misuse;
        }

        var desk = new AlarmDesk(new StateDatabase(state, time).Connect, time);
        foreach (var day in days.Distinct(StringComparer.Ordinal))
        {
            var what = $"{place}/{day}";
            if (messages.HandOver(
                known[day], time.GetUtcNow(), offer => desk.Resubmit(what, by, offer, CommandAudit.Of(AuditAct.Resubmitted, what, by, time))) is { } refusal)
            {
                error.WritePlain(refusal);
                return Misuse;
            }

            output.WritePlain($"{day}: handed over; the backend takes it in within seconds, or at its next start, and says so in its journal");
        }

        return 0;
    }

    private static string Line(string day, RefusedAccount account) => string.Create(
        CultureInfo.InvariantCulture,
        $"{day}  {account.Gateway}  {account.Messages} messages{(account.Unreadable > 0 ? $", {account.Unreadable} of them without a number" : "")}: {(account.Standings.Count == 0 ? "no records known" : string.Join(", ", account.Standings.Select(part => $"{part.Value} {part.Key}")))}");

    private static string Json(string day, RefusedAccount account) => JsonLine.Of(json =>
    {
        json.WriteString("day", day);
        json.WriteString("gateway", account.Gateway);
        json.WriteNumber("messages", account.Messages);
        json.WriteNumber("unreadable", account.Unreadable);
        json.WriteStartObject("standings");
        foreach (var (token, count) in account.Standings)
        {
            json.WriteNumber(token, count);
        }

        json.WriteEndObject();
    });

    private static int OnFolder(ParseResult result, Option<string?> config, Option<string?> folder, Func<string, int> work)
    {
        if (CommandSettings.Read(result, config, folder) is not { Folder: var path })
        {
            return CheckCommand.Bad;
        }

        try
        {
            return work(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            result.InvocationConfiguration.Error.WritePlain(
                $"{e.Message.TrimEnd('.')}; {(e is UnauthorizedAccessException ? "run it as the user of the backend" : "mend that, then run this again")}");
            return Misuse;
        }
    }
}
