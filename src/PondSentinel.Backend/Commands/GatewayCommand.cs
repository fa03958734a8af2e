using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend gateway</c>: which gateways there are, and which are no more.</summary>
internal static class GatewayCommand
{
    private const int Failed = 1;
    private const int TextMax = 200;

    private const string Description =
        """
        List the gateways that were ever heard, and say that one was taken down for good. The backend may run meanwhile: it
        sees within a minute what was said. Exit 0: done; 1: it cannot be done; 2: the arguments or the configuration cannot
        be used.

        A gateway that is replaced is not retired: pond-gateway restore makes another machine it, with its name and history.

        Examples:
          pond-backend gateway list
          pond-backend gateway retire gz-07 --by Li --note "the pond is closed"
          pond-backend gateway reinstate gz-07
        """;

    // As long as a broker may take to notice that somebody is gone.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(5);

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var folder = CommandSettings.FolderOption();
        return new Command("gateway", Description) { List(config, folder), Retire(config, folder, time), Reinstate(config, folder, time) };
    }

    private static Command List(Option<string?> config, Option<string?> folder)
    {
        var json = RulesCommand.Json();
        var command = new Command("list", "List all gateways: when each was heard last, what came of it, and which are retired.") { config, folder, json };
        command.SetAction(result => On(result, config, folder, isReading: true, (transaction, output, error) =>
        {
            var heard = new HeardTable(transaction).All();
            var stored = LatestMessages.Tallies(transaction).ToDictionary(tally => tally.Gateway, tally => tally.Stored);
            var retired = new RetirementTable(transaction).All().ToDictionary(gateway => gateway.Gateway);
            foreach (var gateway in heard)
            {
                var (records, end) = (stored.GetValueOrDefault(gateway.Gateway.Gateway), retired.GetValueOrDefault(gateway.Gateway));
                output.WritePlain(result.GetValue(json) ? Json(gateway, records, end) : Line(gateway, records, end));
            }

            if (heard.Count == 0)
            {
                error.WritePlain("no gateway was ever heard");
            }

            return 0;
        }));
        return command;
    }

    private static Command Retire(Option<string?> config, Option<string?> folder, TimeProvider time)
    {
        var (name, site) = (Name(), Site());
        var by = new Option<string>("--by") { Description = "Who says so.", HelpName = "NAME", Required = true };
        var note = new Option<string>("--note") { Description = "What you say to it.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command(
            "retire",
            "Say that a gateway was taken down: it is neither offline nor incomplete from then on, and its history stays. One that is heard again is back by itself.")
        {
            name, site, by, note, config, folder,
        };
        command.SetAction(result => On(result, config, folder, isReading: false, (transaction, output, error) =>
        {
            var (who, words) = (result.GetRequiredValue(by), result.GetRequiredValue(note));
            if (who.Length is 0 or > TextMax || words.Length > TextMax || who.Concat(words).Any(char.IsControl))
            {
                error.WritePlain($"--by and --note have up to {TextMax} characters, none of them a line break, and --by has one at least");
                return CheckCommand.Bad;
            }

            if (Find(transaction, result.GetRequiredValue(name), result.GetValue(site), error) is not { } gateway)
            {
                return Failed;
            }

            var now = time.GetUtcNow();
            if (now - gateway.Last < Quiet)
            {
                error.WritePlain($"{gateway.Gateway.Gateway} was heard at {IsoTime.Seconds(gateway.Last)}: switch it off first, and say so when it has been quiet for {Quiet.TotalMinutes} min");
                return Failed;
            }

            new RetirementTable(transaction).Retire(new RetiredGateway(gateway.Gateway, now, who, words));
            CommandAudit.Of(AuditAct.GatewayRetired, $"{gateway.Gateway.Site} {gateway.Gateway.Gateway}", who, time)(transaction);
            output.WritePlain($"{gateway.Gateway.Gateway} is retired. Take its certificate back too (pki.sh revoke {gateway.Gateway.Gateway}), or its password at the broker.");
            return 0;
        }));
        return command;
    }

    private static Command Reinstate(Option<string?> config, Option<string?> folder, TimeProvider time)
    {
        var (name, site) = (Name(), Site());
        var command = new Command("reinstate", "Take back that a gateway is retired: it is missed again.") { name, site, config, folder };
        command.SetAction(result => On(result, config, folder, isReading: false, (transaction, output, error) =>
        {
            if (Find(transaction, result.GetRequiredValue(name), result.GetValue(site), error) is not { } gateway)
            {
                return Failed;
            }

            if (!new RetirementTable(transaction).Reinstate(gateway.Gateway))
            {
                error.WritePlain($"{gateway.Gateway.Gateway} is not retired");
                return Failed;
            }

            CommandAudit.Of(AuditAct.GatewayReinstated, $"{gateway.Gateway.Site} {gateway.Gateway.Gateway}", null, time)(transaction);
            output.WritePlain($"{gateway.Gateway.Gateway} is expected again");
            return 0;
        }));
        return command;
    }

    private static Argument<string> Name() => new("gateway") { Description = "Its id.", HelpName = "GATEWAY" };

    private static Option<string?> Site() => new("--site") { Description = "Its site, where two sites have a gateway of that name.", HelpName = "SITE" };

    private static HeardGateway? Find(SqliteTransaction transaction, string name, string? site, TextWriter error)
    {
        var found = new HeardTable(transaction).All().FindAll(
            gateway => gateway.Gateway.Gateway == name && (site is null || gateway.Gateway.Site == site));
        if (found.Count != 1)
        {
            error.WritePlain(found.Count == 0
                ? $"no gateway {name} was ever heard; pond-backend gateway list tells which there are"
                : $"several sites have a gateway {name}: name one with --site ({string.Join(", ", found.Select(gateway => gateway.Gateway.Site))})");
            return null;
        }

        return found[0];
    }

    private static string Line(HeardGateway gateway, long records, RetiredGateway? retired) => string.Create(
        CultureInfo.InvariantCulture,
        $"{gateway.Gateway.Site} {gateway.Gateway.Gateway}: heard {IsoTime.Seconds(gateway.Last)}, {records} records stored{(retired is null ? "" : $", retired {IsoTime.Seconds(retired.At)} by {retired.By}{(retired.Note.Length == 0 ? "" : $": {retired.Note}")}")}");

    private static string Json(HeardGateway gateway, long records, RetiredGateway? retired) => JsonLine.Of(json =>
    {
        json.WriteString("site", gateway.Gateway.Site);
        json.WriteString("gateway", gateway.Gateway.Gateway);
        json.WriteString("heard", IsoTime.Seconds(gateway.Last));
        json.WriteNumber("stored", records);
        json.WriteString("retired", retired is null ? null : IsoTime.Seconds(retired.At));
        json.WriteString("by", retired?.By);
        json.WriteString("note", retired?.Note);
    });

    private static int On(
        ParseResult result, Option<string?> config, Option<string?> folder, bool isReading, Func<SqliteTransaction, TextWriter, TextWriter, int> work)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        if (CommandSettings.Read(result, config, folder) is not { } configuration
            || CommandSettings.StateIn(configuration.Folder, error) is not { } path)
        {
            return CheckCommand.Bad;
        }

        try
        {
            using var connection = new StateDatabase(path).Connect();
            using var transaction = connection.BeginTransaction(deferred: isReading);
            if (!new RetirementTable(transaction).IsThere)
            {
                error.WritePlain($"{path} is of a version that could retire no gateway; it is brought up to this one when pond-backend run starts");
                return Failed;
            }

            var code = work(transaction, output, error);
            transaction.Commit();
            return code;
        }
        catch (IOException e)
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
