using System.CommandLine;
using System.Text.Json;
using PondSentinel.Backend;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary><c>pond-backend account</c> and <c>audit</c>, as a person calls them.</summary>
public sealed class AccountCommandTests : IDisposable
{
    private const string Password = "correct horse battery";
    private readonly string folder = Directory.CreateTempSubdirectory("pond-account-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Account_is_made_listed_changed_and_removed_and_its_password_stands_nowhere()
    {
        Start();
        List<(int Code, string Output, string Error)> all =
        [
            Run($"{Password}\r\n", "add", "li.na", "--role", "admin"),
            Run("", "add", "wang", "--role", "viewer", "--by-proxy"),
            Run("", "role", "wang", "operator"),
            Run("another good secret", "password", "li.na"),
            Run("", "list"),
            Run("", "sign-out", "wang"),
            Run("", "remove", "wang"),
        ];

        Assert.All(all, each => Assert.Equal((0, ""), (each.Code, each.Error)));
        Assert.Equal(["li.na is admin", "wang is viewer", "wang is operator"], all.Take(3).Select(each => each.Output.Trim()));
        Assert.Contains("operator wang (by the proxy), since ", all[4].Output, StringComparison.Ordinal);
        Assert.DoesNotContain(all, each => each.Output.Contains("horse", StringComparison.Ordinal));
        var audit = Audit().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(
            ["account removed", "sessions ended", "password changed", "role changed", "account added", "account added"], audit.Select(line => line.GetProperty("act").GetString()));
        Assert.All(audit, line => Assert.Equal((Actor.OfCommand().Name, "command line"), (line.GetProperty("by").GetString(), line.GetProperty("way").GetString())));
    }

    [Theory]
    [InlineData("no password came in", "", "add", "li.na", "--role", "admin")]
    [InlineData("a password has 12 to 128 characters", "short", "add", "li.na", "--role", "admin")]
    [InlineData("a name has 1 to 64", Password, "add", "li na", "--role", "admin")]
    [InlineData("there is no account nobody", Password, "password", "nobody")]
    [InlineData("there is no account nobody", "", "role", "nobody", "admin")]
    [InlineData("there is no account nobody", "", "sign-out", "nobody")]
    [InlineData("first is the last admin", "", "remove", "first")]
    public void What_cannot_be_done_is_said_in_one_line(string said, string input, params string[] arguments)
    {
        Start();
        Run(Password, "add", "first", "--role", "admin");

        var (code, output, error) = Run(input, arguments);

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sessions_of_a_backup_are_ended_where_it_is_put_back()
    {
        Start();
        Run(Password, "add", "li.na", "--role", "admin");
        var database = new StateDatabase(Path.Combine(folder, BackendHost.StateFile));
        using var connection = database.Connect();
        using (var transaction = connection.BeginTransaction())
        {
            transaction.Execute("INSERT INTO access_session VALUES (x'01', 1, 1, 1, '::1')");
            transaction.Commit();
        }

        PondSentinel.Backend.Ingest.Restoration.Declare(database, TimeProvider.System.GetUtcNow());

        using var after = connection.BeginTransaction();
        Assert.Equal([0], after.Query("SELECT count(*) FROM access_session", reader => reader.GetInt64(0)));
        Assert.Equal((AuditAct.Restored, Actor.OfCommand()), new AuditLog(after).Newest(1).Select(entry => (entry.Act, entry.By)).Single());
    }

    private void Start() => new StateDatabase(Path.Combine(folder, BackendHost.StateFile)).Connect().Dispose();

    private (int Code, string Output, string Error) Audit() =>
        Run(AccountCommand.CreateAudit(new Option<string?>("--config"), TimeProvider.System), ["--json"]);

    private (int Code, string Output, string Error) Run(string input, params string[] arguments) =>
        Run(AccountCommand.Create(new Option<string?>("--config"), TimeProvider.System, new PasswordPrompt(new StringReader(input))), arguments);

    private (int Code, string Output, string Error) Run(Command command, string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var parsed = command.Parse([.. arguments, "--folder", folder]);
        Assert.Empty(parsed.Errors);
        var code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
