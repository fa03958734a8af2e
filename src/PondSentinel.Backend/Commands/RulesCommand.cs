using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Backend.Alerting.Trial;
using PondSentinel.Backend.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend rules</c>: which rules there are, and what they would have made of recorded values.</summary>
internal static class RulesCommand
{
    /// <summary>Exit code where a rule raises an alert.</summary>
    public const int Raised = 1;

    private const string TryDescription =
        """
        Replay recorded values through the rules, and print every change of an alert.

        FILE.csv has the columns time, channel, value and flag: ISO 8601 (UTC where it does not say) or seconds since 1970; an
        empty value or NaN is missing; a flag may be left out: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing. A channel
        is called channel, device.channel, station/device.channel or site/station/device.channel; what its name leaves open
        fits every rule. What it measures is told by its name (ph, pm10_ug_m3), by the rules, or by --channel.

        RULES.toml has the tables [[rule]] and [[preset]] of backend.toml; the whole file will do.

        Exit 0: no alert is raised; 1: one is; 2: a file cannot be used.

        Examples:
          pond-backend rules try --rules backend.toml --input may.csv
          pond-backend rules try --rules backend.toml --input may.csv --channel probe7=ammonium_n_mg_l --json
        """;

    private const string TestDescription =
        """
        Play episodes to the alert engine, and compare what people would be told with what they are to be told.

        An episode has title and begin, rules as in backend.toml, and times counted from begin:

          [[series]]                             a channel: straight lines between points
          channel = "outlet/nh4.ammonium"        station/device.channel
          measurand = "ammonium_n_mg_l"
          every = "1m"
          points = ["0m 2", "60m 2", "70m 22", "6h 2"]
          ahead = "5m"                           its clock is wrong by so much
          [[disturbance]]                        outage, silence, missing, suspect, fail, maint or kill (of the backend)
          kind = "outage"
          from = "2h"
          to = "26h"
          device = "nh4"                         only of this one
          [[told]]                               all that is told, in order
          at = "77m"
          notice = "firing"                      firing, cleared, past or withdrawn
          rule = "leak"
          device = "nh4"
          since = "67m"
          until = "275m"                         where it is over

        Exit 0: told as expected; 1: otherwise; 2: a file cannot be used.

        Example: pond-backend rules test leak.toml
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config) => new("rules", "Tell which rules there are; try them on recorded values.")
    {
        List(config), Show(), Try(), Test(),
    };

    private static Command List(Option<string?> config)
    {
        var json = Json();
        var command = new Command("list", "List the rules of the configuration, and the presets that one line puts to work. Example: pond-backend rules list") { config, json };
        command.SetAction(result =>
        {
            var loaded = BackendConfigurationFile.LoadOrDefault(result.GetValue(config));
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            if (loaded.Configuration is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            if (result.GetValue(json))
            {
                foreach (var rule in configuration.Rules)
                {
                    output.WriteLine(Line(writer => Write(writer, rule)));
                }

                foreach (var preset in Preset.All.Values)
                {
                    output.WriteLine(Line(writer => Write(writer, preset)));
                }

                return 0;
            }

            foreach (var rule in configuration.Rules)
            {
                output.WritePlain(CheckCommand.Describe(rule));
            }

            output.WritePlain("Presets ([[preset]] name = \"…\" station = \"…\"):");
            foreach (var preset in Preset.All.Values)
            {
                output.WritePlain($"  {preset.Name,-24} {preset.Standard ?? "no standard"}: {preset.StatusWord}");
            }

            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("preset") { Description = "Its name.", HelpName = "PRESET" };
        var command = new Command("show", "Print a preset as it would stand in a configuration. Example: pond-backend rules show gb-3095-2026-pm10") { name };
        command.SetAction(result =>
        {
            var wanted = result.GetRequiredValue(name);
            if (Preset.All.TryGetValue(wanted, out var preset))
            {
                result.InvocationConfiguration.Output.Write(preset.Text);
                return 0;
            }

            var nearest = Units.Nearest(wanted, Preset.All.Keys);
            result.InvocationConfiguration.Error.WritePlain(
                $"{wanted} is no preset; {(nearest is null ? "pond-backend rules list tells which there are" : $"did you mean {nearest}?")}");
            return CheckCommand.Bad;
        });
        return command;
    }

    private static Command Try()
    {
        var rules = new Option<string>("--rules") { Description = "The rules.", HelpName = "RULES.toml", Required = true };
        var input = new Option<string>("--input") { Description = "The recorded values, CSV.", HelpName = "FILE.csv", Required = true };
        var channel = new Option<string[]>("--channel") { Description = "What a channel measures; may be given for each.", HelpName = "NAME=MEASURAND" };
        var json = Json();
        var command = new Command("try", TryDescription) { rules, input, channel, json };
        command.SetAction(result => Run(
            result.GetRequiredValue(rules),
            result.GetRequiredValue(input),
            result.GetValue(channel) ?? [],
            result.GetValue(json),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static Command Test()
    {
        var files = new Argument<string[]>("episodes") { Description = "The episodes, TOML.", HelpName = "EPISODE.toml", Arity = ArgumentArity.OneOrMore };
        var command = new Command("test", TestDescription) { files };
        command.SetAction(result =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            return result.GetRequiredValue(files).Select(file => Test(file, output, error)).ToList().Max();
        });
        return command;
    }

    private static int Test(string file, TextWriter output, TextWriter error)
    {
        List<Problem> problems = [];
        var (text, unreadable) = ReadFile(file);
        var episode = text is null ? null : EpisodeFile.Read(file, text, problems);
        if (episode is null)
        {
            error.WriteFindings(unreadable, problems, []);
            return CheckCommand.Bad;
        }

        var told = EpisodeRun.Play(episode);
        if (told.SequenceEqual(episode.Expected))
        {
            output.WritePlain(Format($"good: {episode.Title} ({told.Count} notices)"));
            return 0;
        }

        output.WritePlain($"WRONG: {episode.Title}");
        foreach (var notice in episode.Expected.Except(told))
        {
            output.WritePlain($"  not told:     {notice}");
        }

        foreach (var notice in told.Except(episode.Expected))
        {
            output.WritePlain($"  not expected: {notice}");
        }

        if (!told.Except(episode.Expected).Any() && !episode.Expected.Except(told).Any())
        {
            output.WritePlain("  told in another order, or more than once:");
            foreach (var notice in told)
            {
                output.WritePlain($"    {notice}");
            }
        }

        return Raised;
    }

    private static Option<bool> Json() => new("--json") { Description = "One JSON object a line." };

    private static int Run(string rulesFile, string input, string[] channels, bool json, TextWriter output, TextWriter error)
    {
        if (Rules(rulesFile, error) is not { } rules || Measurands(channels, error) is not { } measurands)
        {
            return CheckCommand.Bad;
        }

        IReadOnlyList<RecordedValue>? values;
        try
        {
            using var source = new StreamReader(input, Encoding.UTF8);
            values = RecordedValues.Read(source, input, out var problem);
            if (values is null)
            {
                error.WritePlain(problem!.ToString());
                return CheckCommand.Bad;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WritePlain($"{input}: {e.Message}");
            return CheckCommand.Bad;
        }

        List<string> faults = [];
        var names = values.Select(value => value.Channel).Distinct(StringComparer.Ordinal).ToList();
        if (measurands.Keys.FirstOrDefault(name => !names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            faults.Add($"--channel {unknown}: {input} has no such channel; it has {string.Join(", ", names.Take(5))}");
        }

        var trial = RuleTrial.Of(rules, names, measurands, faults);
        if (trial is null || faults.Count > 0)
        {
            faults.ForEach(error.WritePlain);
            return CheckCommand.Bad;
        }

        return Replay(trial, values, json, output, error);
    }

    private static int Replay(RuleTrial trial, IReadOnlyList<RecordedValue> values, bool json, TextWriter output, TextWriter error)
    {
        var (raised, changes) = (0, 0);
        foreach (var change in values.SelectMany(trial.Step))
        {
            changes++;
            raised += change.Change.IsRaised ? 1 : 0;
            output.WriteLine(json ? Line(writer => Write(writer, change)) : Text(change));
        }

        foreach (var channel in trial.Unwatched)
        {
            error.WritePlain($"no rule watches {channel}");
        }

        foreach (var (rule, channel, state) in trial.Open)
        {
            error.WritePlain(Format($"still on at the end: {rule.Id} for {channel}, since {Instant(state.Since)}"));
        }

        error.WritePlain(Format($"{values.Count} values, {changes} changes, {raised} alerts raised"));
        return raised > 0 ? Raised : 0;
    }

    private static IReadOnlyList<AlertRule>? Rules(string file, TextWriter error)
    {
        var (text, unreadable) = ReadFile(file);
        if (text is null)
        {
            error.WriteFindings(unreadable, [], []);
            return null;
        }

        List<Problem> problems = [];
        var rules = RuleConfiguration.Read(TomlSection.Parse(file, text, problems), problems);
        error.WriteFindings(null, problems, []);
        if (problems.Count == 0 && rules.Count == 0)
        {
            error.WritePlain($"{file}: there is neither [[rule]] nor [[preset]] in it; pond-backend rules list names presets");
        }

        return problems.Count == 0 && rules.Count > 0 ? rules : null;
    }

    // The advice of the configuration's own reader, to name another with --config, is of no use here.
    private static (string? Text, string? Unreadable) ReadFile(string file) =>
        File.Exists(file) ? TomlFile.Read(file, file) : (null, $"{file}: no such file");

    private static Dictionary<string, Measurand>? Measurands(string[] channels, TextWriter error)
    {
        Dictionary<string, Measurand> measurands = new(StringComparer.Ordinal);
        foreach (var channel in channels)
        {
            var at = channel.LastIndexOf('=');
            if (at <= 0 || !MeasurandNames.TryParse(channel[(at + 1)..], out var measurand))
            {
                var nearest = Units.Nearest(channel[(at + 1)..], MeasurandNames.All.Select(known => known.WireName));
                error.WritePlain($"--channel {channel} names no measurand; write NAME={nearest ?? "ammonium_n_mg_l"}");
                return null;
            }

            measurands[channel[..at]] = measurand;
        }

        return measurands;
    }

    private static string Text(TrialChange trial)
    {
        var (rule, change) = (trial.Rule, trial.Change);
        return Format(
            $"{Instant(change.At)}  {Word(change),-8} {rule.Severity.Word,-6} {rule.Id}  {trial.Channel}  {change.Value:0.####} {rule.Unit}, limit {rule.Threshold.Side.Word} {rule.Threshold.RaiseLimit}, since {Instant(change.Since)}");
    }

    private static string Word(in AlertChange change) =>
        change.IsRaised ? "RAISED" : change.IsCleared ? "cleared" : change.To.Word;

    private static void Write(Utf8JsonWriter json, TrialChange trial)
    {
        var change = trial.Change;
        json.WriteString("time", Instant(change.At));
        json.WriteString("rule", trial.Rule.Id);
        json.WriteString("channel", trial.Channel);
        json.WriteString("from", change.From.Word);
        json.WriteString("to", change.To.Word);
        json.WriteBoolean("raised", change.IsRaised);
        json.WriteBoolean("cleared", change.IsCleared);
        json.WriteString("severity", trial.Rule.Severity.Word);
        json.WriteNumber("value", change.Value);
        json.WriteNumber("peak", change.Peak);
        json.WriteString("unit", trial.Rule.Unit);
        json.WriteNumber("limit", trial.Rule.Threshold.RaiseLimit);
        json.WriteString("side", trial.Rule.Threshold.Side.Word);
        json.WriteString("since", Instant(change.Since));
    }

    private static void Write(Utf8JsonWriter json, AlertRule rule)
    {
        json.WriteString("rule", rule.Id);
        json.WriteString("measurand", rule.Measurand.WireName);
        WriteOptional(json, "statistic", rule.Statistic?.Text);
        json.WriteString("side", rule.Threshold.Side.Word);
        json.WriteNumber("raise", rule.Threshold.RaiseLimit);
        json.WriteNumber("clear", rule.Threshold.ClearLimit);
        json.WriteString("unit", rule.Unit);
        json.WriteString("severity", rule.Severity.Word);
        WriteOptional(json, "site", rule.Site);
        WriteOptional(json, "station", rule.Station);
        WriteOptional(json, "device", rule.Device);
        WriteOptional(json, "channel", rule.Channel);
        WriteOptional(json, "standard", rule.Standard);
        WriteOptional(json, "clause", rule.Clause);
        json.WriteString("text", rule.Text);
    }

    private static void Write(Utf8JsonWriter json, Preset preset)
    {
        json.WriteString("preset", preset.Name);
        WriteOptional(json, "standard", preset.Standard);
        WriteOptional(json, "clause", preset.Clause);
        json.WriteString("averaging", preset.Averaging);
        json.WriteString("status", preset.StatusWord);
        json.WriteString("source", preset.Source);
    }

    private static void WriteOptional(Utf8JsonWriter json, string member, string? text)
    {
        if (text is not null)
        {
            json.WriteString(member, text);
        }
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
