using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend dead-letters</c>: values that the store refused, and giving them to it again.</summary>
internal static class DeadLettersCommand
{
    /// <summary>Exit code where there are dead letters.</summary>
    public const int Some = 1;

    /// <summary>Exit code where the arguments or the folder cannot be used.</summary>
    public const int Misuse = 2;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var folder = new Option<string?>("--folder") { Description = "The backend's folder, where it is not the configuration's.", HelpName = "FOLDER" };
        var json = new Option<bool>("--json") { Description = "For a machine: one JSON object a line." };
        var list = new Command("list", "List them by day, gateway and cause; exit 1 where there are any.") { config, folder, json };
        list.SetAction(result => OnFolder(
            result, config, folder,
            path => List(path, result.GetValue(json), result.InvocationConfiguration.Output)));

        var days = new Argument<string[]>("DAY")
        {
            Description = "UTC days such as 2026-07-01.", Arity = ArgumentArity.ZeroOrMore,
        };
        var all = new Option<bool>("--all") { Description = "All days." };
        var resubmit = new Command(
            "resubmit", "Give a day's values to the store again, once what made it refuse them is mended.") { days, all, config, folder };
        resubmit.SetAction(result => OnFolder(
            result, config, folder,
            path => Resubmit(
                path, result.GetValue(days) ?? [], result.GetValue(all), time,
                result.InvocationConfiguration.Output, result.InvocationConfiguration.Error)));
        return new Command("dead-letters", "Values that the store refused for good.") { list, resubmit };
    }

    /// <summary>Lists what is there.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="isJson">For a machine.</param>
    /// <param name="output">Receives the list.</param>
    /// <returns>The exit code: 0 or <see cref="Some"/>.</returns>
    internal static int List(string folder, bool isJson, TextWriter output)
    {
        var letters = new LetterFolder(folder);
        var code = 0;
        foreach (var (file, waits) in letters.Days.Select(file => (file, false)).Concat(letters.Waiting.Select(file => (file, true))))
        {
            foreach (var (gateway, cause, detail, count) in Summary(file))
            {
                code = Some;
                var name = Path.GetFileNameWithoutExtension(file);
                output.WritePlain(isJson
                    ? JsonSerializer.Serialize(
                        new DeadLetterSummary(name, waits, gateway, cause, count, detail), DeadLettersJson.Default.DeadLetterSummary)
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name}{(waits ? " (waits for the store)" : "")}  {gateway}  {cause}  {count} values, first: {detail}"));
            }
        }

        if (code == 0 && !isJson)
        {
            output.WritePlain($"{folder}: no dead letters");
        }

        return code;
    }

    /// <summary>Hands days over to the backend, which gives them to the store.</summary>
    /// <param name="folder">The backend's folder.</param>
    /// <param name="days">The days.</param>
    /// <param name="all">All days.</param>
    /// <param name="time">The clock.</param>
    /// <param name="output">Receives what was done.</param>
    /// <param name="error">Receives what is wrong.</param>
    /// <returns>The exit code: 0 or <see cref="Misuse"/>.</returns>
    internal static int Resubmit(
        string folder, IReadOnlyList<string> days, bool all, TimeProvider time, TextWriter output, TextWriter error)
    {
        var letters = new LetterFolder(folder);
        if (days.Count > 0 == all)
        {
            error.WritePlain("name days, or --all alone; pond-backend dead-letters list shows them");
            return Misuse;
        }

        var known = letters.Days.ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
        foreach (var day in days.Where(day => !known.ContainsKey(day)))
        {
            error.WritePlain($"{day}: no dead letters of that day in {folder}; pond-backend dead-letters list shows the days");
            return Misuse;
        }

        if (known.Count == 0)
        {
            output.WritePlain($"{folder}: no dead letters");
            return 0;
        }

        if (CommandSettings.StateIn(folder, error) is not { } state)
        {
            return Misuse;
        }

        foreach (var day in all ? known.Keys.Order(StringComparer.Ordinal) : days.Distinct(StringComparer.Ordinal))
        {
            using var connection = new StateDatabase(state, time).Connect();
            using var transaction = connection.BeginTransaction();
            CommandAudit.Of(AuditAct.Resubmitted, $"{DeadLetters.Folder}/{day}", null, time)(transaction);
            letters.HandOver(known[day], time.GetUtcNow());
            transaction.Commit();
            output.WritePlain($"{day}: handed over; the backend gives it to the store within seconds, or at its next start, and says so in its journal");
        }

        return 0;
    }

    private static int OnFolder(ParseResult result, Option<string?> config, Option<string?> folder, Func<string, int> work)
    {
        if (CommandSettings.Read(result, config, folder) is not { Folder: var path })
        {
            return CheckCommand.Bad;
        }

        var error = result.InvocationConfiguration.Error;
        if (!Directory.Exists(path))
        {
            error.WritePlain($"{path}: no such folder; name the backend's with --folder");
            return Misuse;
        }

        try
        {
            return work(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            error.WritePlain(
                $"{e.Message.TrimEnd('.')}; {(e is UnauthorizedAccessException ? "run it as the user of the backend" : "mend that, then run this again")}");
            return Misuse;
        }
    }

    private static IEnumerable<(string Gateway, string Cause, string Detail, int Count)> Summary(string file) => File.ReadLines(file)
        .Select(line => DeadLetter.TryParse(line, out var letter) ? letter : null)
        .GroupBy(letter => (Gateway: letter?.Point.Gateway ?? "?", Cause: letter?.Cause ?? "unreadable"))
        .OrderBy(group => group.Key)
        .Select(group => (group.Key.Gateway, group.Key.Cause, group.First()?.Detail ?? "the line is torn or damaged", group.Count()));
}
