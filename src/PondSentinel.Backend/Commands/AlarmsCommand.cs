using System.CommandLine;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Alerting;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Storage;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend alarms</c>: look at alarms, take them on, silence them, try the channels.</summary>
internal static class AlarmsCommand
{
    private const int Failed = 1;
    private const int NewestUsual = 50;

    private const string Description =
        """
        Look at alarms, take them on, silence them, and try whether messages arrive. The backend may run meanwhile: it sees
        within a second what was done. The id of an alarm stands in each message about it, and in alarms list. Exit 0:
        done; 1: it cannot be done; 2: the arguments or the configuration cannot be used.

        Examples:
          pond-backend alarms list
          pond-backend alarms ack outlet-ammonium.outlet-nh4-nh4n-3fa9c1d2.1782886200000 --by Li --note "closing the valve"
          pond-backend alarms silence --site gannan --station outlet --for 2h --by Li --why "cleaning the probes"
          pond-backend alarms unsilence 4 --by Li
          pond-backend alarms test --channel shift
        """;

    private static readonly TimeSpan SilenceUsual = TimeSpan.FromHours(1);

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var at = new Surroundings(
            config, CommandSettings.FolderOption(),
            RulesCommand.Json(), time);
        return new Command("alarms", Description)
        {
            List(at), Show(at), Acknowledge(at), Silence(at), Unsilence(at), History(at), AlarmsTestCommand.Create(at),
        };
    }

    private static Command List(Surroundings at)
    {
        var command = new Command("list", "List what is an alarm now, and what is silenced.") { at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnDesk(result, (desk, _, output, _) =>
        {
            var silences = desk.Silences();
            var alarms = desk.Active();
            if (result.GetValue(at.Json))
            {
                output.WriteAll([.. alarms.Select(alarm => AlarmText.Json(alarm, silences)), .. silences.Select(AlarmText.Json)]);
                return 0;
            }

            output.WriteAll([.. alarms.SelectMany(alarm => AlarmText.Lines(alarm, silences)), .. silences.Select(AlarmText.Line)]);
            if (alarms.Count == 0)
            {
                output.WritePlain("no alarm");
            }

            return 0;
        }));
        return command;
    }

    private static Command Show(Surroundings at)
    {
        var episode = Episode();
        var command = new Command("show", "Show all that is known of an alarm: its notices, who was told, who did what.") { episode, at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnDesk(result, (desk, _, output, error) =>
        {
            var id = result.GetRequiredValue(episode);
            if (desk.Account(id) is not { } account)
            {
                error.WritePlain($"there is no alarm {id}; pond-backend alarms list tells which there are");
                return Failed;
            }

            var silences = desk.Silences();
            output.WriteAll(result.GetValue(at.Json) ? [AlarmText.Json(account, silences)] : AlarmText.Lines(account, silences));
            return 0;
        }));
        return command;
    }

    private static Command Acknowledge(Surroundings at)
    {
        var (episode, by) = (Episode(), By());
        var note = new Option<string>("--note") { Description = "What you say to it.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command("ack", "Take an alarm on: nobody is reminded of it or called after others.") { episode, by, note, at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnDesk(result, (desk, _, output, error) =>
        {
            var (what, who) = (result.GetRequiredValue(episode), result.GetRequiredValue(by));
            var (alarm, refusal) = desk.Acknowledge(
                what, who, result.GetRequiredValue(note), CommandAudit.Of(AuditAct.Acknowledged, what, who, at.Time));
            if (alarm is null)
            {
                error.WritePlain(refusal!);
                return Failed;
            }

            output.WriteAll(result.GetValue(at.Json) ? [AlarmText.Json(alarm, [])] : AlarmText.Lines(alarm, []));
            return 0;
        }));
        return command;
    }

    private static Command Silence(Surroundings at)
    {
        var (rule, site, station, device, by) = (Part("--rule"), Part("--site"), Part("--station"), Part("--device"), By());
        var span = new Option<string>("--for")
        {
            Description = "For how long, up to 7d: 30m, 2h, 1d.", HelpName = "TIME", DefaultValueFactory = _ => Units.Text(SilenceUsual),
        };
        var why = new Option<string>("--why") { Description = "Why.", HelpName = "TEXT", Required = true };
        var command = new Command("silence", "Let nobody be told of something for a while. What still fires afterwards is told then.")
        {
            rule, site, station, device, span, by, why, at.Config, at.Folder, at.Json,
        };
        command.SetAction(result => at.OnDesk(result, (desk, configuration, output, error) =>
        {
            if (Units.Duration(result.GetRequiredValue(span)) is not { } length)
            {
                error.WritePlain($"--for is no time: \"{result.GetValue(span)}\"; write --for 2h");
                return CheckCommand.Bad;
            }

            var now = at.Time.GetUtcNow();
            var wanted = new Silence
            {
                Rule = result.GetValue(rule),
                Site = result.GetValue(site),
                Station = result.GetValue(station),
                Device = result.GetValue(device),
                From = now,
                Until = now + (length < AlarmDesk.SilenceMax ? length : AlarmDesk.SilenceMax + TimeSpan.FromDays(1)),
                By = result.GetRequiredValue(by),
                Why = result.GetRequiredValue(why),
            };
            var (silence, refusal) = desk.Silence(wanted, CommandAudit.Of(AuditAct.Silenced, wanted.What, wanted.By, at.Time));
            if (silence is null)
            {
                error.WritePlain(refusal!);
                return CheckCommand.Bad;
            }

            // Of a gateway, a backend and their certificates alarms come, and no values.
            var alarms = desk.Active();
            string? Strange(string? name, Func<Alarm, string> of) => name == configuration.Id || alarms.Any(alarm => of(alarm) == name) ? null : name;
            var places = KnownPlaces.Read(Path.Combine(configuration.Folder, BackendHost.StateFile));
            foreach (var unknown in places.Unknown(
                Strange(wanted.Site, alarm => alarm.Site),
                places.HasGateway(wanted.Station) ? null : Strange(wanted.Station, alarm => alarm.Station),
                AlertSubject.FoundDevices.Contains(wanted.Device) ? null : Strange(wanted.Device, alarm => alarm.Device))
                .Concat(UnknownRule(Strange(wanted.Rule, alarm => alarm.Rule), configuration.Rules)))
            {
                error.WritePlain(FormattableString.Invariant($"warning: silenced all the same, but {unknown}; pond-backend alarms unsilence {silence.Id} takes it back"));
            }

            if (wanted is { Site: null } and not { Station: null, Device: null }
                && places.SitesOf(wanted.Station, wanted.Device) is { Count: > 1 } sites)
            {
                error.WritePlain(FormattableString.Invariant($"warning: this silences {sites.Count} sites: {string.Join(", ", sites)}; --site {sites[0]} keeps it to one; pond-backend alarms unsilence {silence.Id} takes it back"));
            }

            if (result.GetValue(at.Json))
            {
                output.WritePlain(AlarmText.Json(silence));
                return 0;
            }

            output.WritePlain(AlarmText.Line(silence));
            if (alarms.Where(silence.Covers).ToList() is { Count: > 0 } held)
            {
                output.WritePlain(FormattableString.Invariant($"  it holds back {held.Count} of the alarms that there are now, {held.Count(alarm => alarm.Severity == Severity.Urgent)} of them urgent"));
            }

            return 0;
        }));
        return command;
    }

    // Alarms of gateways are written by nobody here.
    private static IEnumerable<string> UnknownRule(string? rule, IReadOnlyList<AlertRule> rules)
    {
        var ids = BackendRules.Beside(rules).Select(known => known.Id).ToList();
        if (rule is not null && !ToldAlarm.IsId(rule) && !ids.Contains(rule, StringComparer.Ordinal))
        {
            yield return $"there is no rule {rule}{(Units.Nearest(rule, ids) is { } nearest ? $"; did you mean {nearest}?" : "")}";
        }
    }

    private static Command Unsilence(Surroundings at)
    {
        var id = new Argument<long>("silence") { Description = "Its number, as alarms list shows it.", HelpName = "NUMBER" };
        var by = By();
        var command = new Command("unsilence", "End a silence before its time.") { id, by, at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnDesk(result, (desk, _, output, error) =>
        {
            var (number, who) = (result.GetRequiredValue(id), result.GetRequiredValue(by));
            var (silence, refusal) = desk.Unsilence(
                number, who, CommandAudit.Of(AuditAct.Unsilenced, number.ToString(CultureInfo.InvariantCulture), who, at.Time));
            if (silence is null)
            {
                error.WritePlain(refusal!);
                return Failed;
            }

            output.WritePlain(result.GetValue(at.Json) ? AlarmText.Json(silence) : AlarmText.Line(silence));
            return 0;
        }));
        return command;
    }

    private static Command History(Surroundings at)
    {
        var newest = new Option<int>("--newest") { Description = "How many.", HelpName = "COUNT", DefaultValueFactory = _ => NewestUsual };
        newest.Validators.Add(static result =>
        {
            // What is no number is told by the parser.
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count < 1)
            {
                result.AddError("--newest must be 1 or more; leave it out for the usual 50");
            }
        });
        var command = new Command("history", "List what people did and what messages came of, newest first.") { newest, at.Config, at.Folder, at.Json };
        command.SetAction(result => at.OnDesk(result, (desk, _, output, _) =>
        {
            var (most, isJson) = (result.GetValue(newest), result.GetValue(at.Json));
            var lines = desk.History(null, most).Select(entry => (entry.At, isJson ? AlarmText.Json(entry) : AlarmText.Line(entry)))
                .Concat(desk.Messages(most).Select(message => (message.At, isJson ? AlarmText.Json(message) : AlarmText.Line(message))));
            output.WriteAll([.. lines.OrderByDescending(line => line.At).Take(most).Select(line => line.Item2)]);
            return 0;
        }));
        return command;
    }

    private static Argument<string> Episode() => new("episode") { Description = "The alarm's id, or that of one of its episodes.", HelpName = "EPISODE" };

    private static Option<string?> Part(string name) => new(name) { Description = $"Only of this {name[2..]}.", HelpName = "NAME" };

    /// <summary>The option that says who does it.</summary>
    internal static Option<string> By() => new("--by") { Description = "Who you are.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };

    private static void WriteAll(this TextWriter output, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            output.WritePlain(line);
        }
    }

    /// <summary>What all of these commands share.</summary>
    /// <param name="Config">The option that names the configuration.</param>
    /// <param name="Folder">The option that names the folder.</param>
    /// <param name="Json">The option for programs that read what is printed.</param>
    /// <param name="Time">The clock.</param>
    internal sealed record Surroundings(Option<string?> Config, Option<string?> Folder, Option<bool> Json, TimeProvider Time)
    {
        /// <summary>Opens the desk of the backend that the arguments name, and does something there.</summary>
        /// <param name="result">The arguments.</param>
        /// <param name="work">Is given the desk, the settings, where results go and where all else goes; returns the exit code.</param>
        public int OnDesk(ParseResult result, Func<AlarmDesk, BackendConfiguration, TextWriter, TextWriter, int> work)
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (CommandSettings.Read(result, Config, Folder) is not { } configuration
                || CommandSettings.StateIn(configuration.Folder, error) is not { } path)
            {
                return CheckCommand.Bad;
            }

            try
            {
                var database = new StateDatabase(path, Time);
                using (var connection = database.Connect())
                {
                    using var transaction = connection.BeginTransaction(deferred: true);
                    if (!NotificationSchema.IsThere(transaction))
                    {
                        error.WritePlain($"{path} is of an earlier version; it is brought up to this one when pond-backend run starts");
                        return Failed;
                    }
                }

                return work(new AlarmDesk(database.Connect, Time), configuration, output, error);
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
}
