using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend account</c>: who may sign in on the page, and <c>pond-backend audit</c>: who did what there.</summary>
internal static class AccountCommand
{
    private const int Failed = 1;
    private const int NewestUsual = 50;

    private const string Description =
        """
        Say who may sign in on the page, and as what: a viewer reads, an operator takes alarms on and silences, and so does an
        admin, who may also change accounts on the page, at /accounts. The backend may run meanwhile: it goes by it with the
        next request. A password is asked for at the terminal, or is one line of what is piped in. Exit 0: done; 1: it cannot
        be done; 2: the arguments or the configuration cannot be used.

        Examples:
          pond-backend account add li.na --role admin
          pond-backend account add wang --role viewer --by-proxy
          pond-backend account password li.na
          pond-backend account list
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="prompt">Asks for passwords.</param>
    public static Command Create(Option<string?> config, TimeProvider time, PasswordPrompt prompt)
    {
        var at = new Surroundings(config, CommandSettings.FolderOption(), RulesCommand.Json(), time);
        return new Command("account", Description) { Add(at, prompt), List(at), SetRole(at), SetPassword(at, prompt), SignOut(at), Remove(at) };
    }

    /// <summary>The verb <c>audit</c>.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command CreateAudit(Option<string?> config, TimeProvider time)
    {
        var at = new Surroundings(config, CommandSettings.FolderOption(), RulesCommand.Json(), time);
        var newest = new Option<int>("--newest") { Description = "How many.", HelpName = "COUNT", DefaultValueFactory = _ => NewestUsual };
        newest.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count < 1)
            {
                result.AddError("--newest must be 1 or more; leave it out for the usual 50");
            }
        });
        var command = new Command("audit", "List who signed in and who changed what, on the page or by a command, from where, newest first. Example: pond-backend audit --newest 200")
        {
            newest, at.Config, at.Folder, at.Json,
        };
        command.SetAction(result => at.OnBook(result, (book, output, _) =>
        {
            foreach (var entry in book.Audit(result.GetValue(newest)))
            {
                output.WritePlain(result.GetValue(at.Json) ? Json(entry) : Line(entry));
            }

            return 0;
        }));
        return command;
    }

    private static Command Add(Surroundings at, PasswordPrompt prompt)
    {
        var (name, role) = (Name(), new Option<string>("--role") { Description = "viewer, operator or admin.", HelpName = "ROLE", Required = true });
        role.AcceptOnlyFromAmong([.. Roles.ByWord.Keys]);
        var byProxy = new Option<bool>("--by-proxy") { Description = "Without a password: only the proxy of [web.proxy] speaks for them." };
        var command = new Command("add", "Make an account. Its password is asked for.") { name, role, byProxy, at.Config, at.Folder };
        command.SetAction(result => at.OnBook(result, (book, output, error) =>
        {
            var (whose, what) = (result.GetRequiredValue(name), Roles.ByWord[result.GetRequiredValue(role)]);
            var (password, refusal) = result.GetValue(byProxy) || Account.FaultOf(whose) is not null ? (null, null) : prompt.AskNew(error, whose);
            return Told(refusal ?? book.Add(whose, what, password, Actor.OfCommand()), $"{whose} is {what.Word}", output, error);
        }));
        return command;
    }

    private static Command List(Surroundings at)
    {
        var command = new Command("list", "List who may sign in, and as what.") { at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnBook(result, (book, output, _) =>
        {
            var accounts = book.All();
            foreach (var account in accounts)
            {
                output.WritePlain(result.GetValue(at.Json)
                    ? Json(account)
                    : $"{account.Role.Word,-8} {account.Name}{(account.HasPassword ? "" : " (by the proxy)")}, since {IsoTime.Seconds(account.MadeAt)}");
            }

            if (accounts.Count == 0 && !result.GetValue(at.Json))
            {
                output.WritePlain("no account; make one: pond-backend account add NAME --role admin");
            }

            return 0;
        }));
        return command;
    }

    private static Command SetRole(Surroundings at)
    {
        var (name, role) = (Name(), new Argument<string>("role") { Description = "viewer, operator or admin.", HelpName = "ROLE" });
        role.AcceptOnlyFromAmong([.. Roles.ByWord.Keys]);
        var command = new Command("role", "Give an account another role.") { name, role, at.Config, at.Folder };
        command.SetAction(result => at.OnBook(result, (book, output, error) =>
        {
            var (whose, what) = (result.GetRequiredValue(name), Roles.ByWord[result.GetRequiredValue(role)]);
            return Told(book.SetRole(whose, what, Actor.OfCommand()), $"{whose} is {what.Word}", output, error);
        }));
        return command;
    }

    private static Command SetPassword(Surroundings at, PasswordPrompt prompt)
    {
        var name = Name();
        var command = new Command("password", "Give an account another password, which is asked for, and end its sessions.") { name, at.Config, at.Folder };
        command.SetAction(result => at.OnBook(result, (book, output, error) =>
        {
            var whose = result.GetRequiredValue(name);
            if (book.Find(whose) is null)
            {
                return Told(AccountBook.Unknown(whose), "", output, error);
            }

            var (password, refusal) = prompt.AskNew(error, whose);
            return Told(
                refusal ?? book.SetPassword(whose, password!, Actor.OfCommand()),
                $"{whose} has another password, and is signed out everywhere", output, error);
        }));
        return command;
    }

    private static Command SignOut(Surroundings at)
    {
        var name = Name();
        var command = new Command("sign-out", "End all sessions of an account: it may sign in again.") { name, at.Config, at.Folder };
        command.SetAction(result => at.OnBook(result, (book, output, error) =>
            Told(book.EndSessions(result.GetRequiredValue(name), Actor.OfCommand()), $"{result.GetValue(name)} is signed out everywhere", output, error)));
        return command;
    }

    private static Command Remove(Surroundings at)
    {
        var name = Name();
        var command = new Command("remove", "Remove an account, and end its sessions.") { name, at.Config, at.Folder };
        command.SetAction(result => at.OnBook(result, (book, output, error) =>
            Told(book.Remove(result.GetRequiredValue(name), Actor.OfCommand()), $"{result.GetValue(name)} is removed", output, error)));
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "Whose account: what stands beside all they do.", HelpName = "NAME" };

    private static int Told(string? refusal, string done, TextWriter output, TextWriter error)
    {
        (refusal is null ? output : error).WritePlain(refusal ?? done);
        return refusal is null ? 0 : Failed;
    }

    private static string Line(AuditEntry entry) =>
        $"{IsoTime.Seconds(entry.At)} {entry.By.Name} ({entry.By.Way.Word}{(entry.By.Address is { } address ? $", {address}" : "")}): {entry.Act.Word}{(entry.Note.Length > 0 ? $" {entry.Note}" : "")}";

    private static string Json(AuditEntry entry) => JsonLine.Of(json =>
    {
        json.WriteString("at", IsoTime.Seconds(entry.At));
        json.WriteString("by", entry.By.Name);
        json.WriteString("way", entry.By.Way.Word);
        json.WriteString("address", entry.By.Address);
        json.WriteString("act", entry.Act.Word);
        json.WriteString("note", entry.Note);
    });

    private static string Json(Account account) => JsonLine.Of(json =>
    {
        json.WriteString("name", account.Name);
        json.WriteString("role", account.Role.Word);
        json.WriteBoolean("password", account.HasPassword);
        json.WriteString("since", IsoTime.Seconds(account.MadeAt));
    });

    /// <summary>What all of these commands share.</summary>
    private sealed record Surroundings(Option<string?> Config, Option<string?> Folder, Option<bool> Json, TimeProvider Time)
    {
        public int OnBook(ParseResult result, Func<AccountBook, TextWriter, TextWriter, int> work)
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (CommandSettings.Read(result, Config, Folder) is not { } configuration
                || CommandSettings.StateIn(configuration.Folder, error) is not { } path)
            {
                return CheckCommand.Bad;
            }

            try
            {
                var book = new AccountBook(new StateDatabase(path, Time).Connect, new Passwords(), Time);
                book.Prepare();
                return work(book, output, error);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its message names the file.
                error.WritePlain(e.Message);
                return Failed;
            }
            catch (SqliteException e)
            {
                error.WritePlain(SqliteFile.Explain(path, e));
                return Failed;
            }
        }
    }
}
