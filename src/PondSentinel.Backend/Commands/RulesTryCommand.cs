using System.CommandLine;
using System.Text;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Trial;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend rules try</c>: what the rules would have made of recorded values.</summary>
internal static class RulesTryCommand
{
    /// <summary>Exit code where a rule raises an alert.</summary>
    public const int Raised = 1;

    private const string Description =
        """
        Replay recorded values through the rules, and print every change of an alert.

        FILE.csv has the columns time, channel, value and flag: ISO 8601 (UTC where it does not say) or seconds since 1970; an
        empty value or NaN is missing; a flag may be left out: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing. A column why
        has the reasons for it, tokens of the wire with spaces between: over-range is beyond what the probe measures. A channel
        is called channel, device.channel, station/device.channel or site/station/device.channel; what its name leaves open
        fits every rule. What it measures is told by its name (ph, pm10_ug_m3), by the rules, or by --channel. A rule that looks
        at several channels finds them by their stations: write those out.

        A change says what the number is made of, what the channel itself had and what the channels beside it had: why it rang.
        An end that is no all-clear says so too: what lasted so long counts as usual now (with --json, outlasted), or the rule
        is out of force.

        RULES.toml has the tables [[rule]] and [[preset]] of backend.toml; the whole file will do. Rules that watch an average,
        wait for a silent gateway, or are about what the backend finds by itself (certificate_days, calibration_days,
        clock_error_s) are not tried: standard error says which and why, and with --json a line with left_out. Of no_value only
        what was asked and missing is tried: that nothing comes at all a running backend notices by its clock.

        Exit 0: no alert is raised; 1: one is; 2: a file cannot be used.

        Examples:
          pond-backend rules try --rules backend.toml --input may.csv
          pond-backend rules try --rules backend.toml --input may.csv --channel probe7=ammonium_n_mg_l --json
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var rules = new Option<string>("--rules") { Description = "The rules.", HelpName = "RULES.toml", Required = true };
        var input = new Option<string>("--input") { Description = "The recorded values, CSV.", HelpName = "FILE.csv", Required = true };
        var channel = new Option<string[]>("--channel") { Description = "What a channel measures; may be given for each.", HelpName = "NAME=MEASURAND" };
        var json = RulesCommand.Json();
        var command = new Command("try", Description) { rules, input, channel, json };
        command.SetAction(result => Run(
            result.GetRequiredValue(rules),
            result.GetRequiredValue(input),
            result.GetValue(channel) ?? [],
            result.GetValue(json),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

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
        foreach (var (rule, why) in trial.LeftOut)
        {
            error.WritePlain($"left out: {rule.Id}: {why}");
            if (json)
            {
                output.WriteLine(JsonLine.Of(writer => WriteLeftOut(writer, rule, why)));
            }
        }

        var (raised, changes) = (0, 0);
        foreach (var change in trial.Run(values))
        {
            changes++;
            raised += change.Change.IsRaised ? 1 : 0;
            output.WritePlain(json ? JsonLine.Of(writer => Write(writer, change)) : Text(change));
        }

        foreach (var channel in trial.Unwatched)
        {
            error.WritePlain($"no rule watches {channel}");
        }

        foreach (var (rule, channel, text) in trial.Unfed)
        {
            error.WritePlain($"{rule.Id} for {channel} finds nothing here of: {text}");
        }

        foreach (var (rule, channel, state) in trial.Open)
        {
            error.WritePlain(Format($"still on at the end: {rule.Id} for {channel}, since {IsoTime.Seconds(state.Since)}"));
        }

        error.WritePlain(Format($"{values.Count} values, {changes} changes, {raised} {(raised == 1 ? "alert" : "alerts")} raised"));
        return raised > 0 ? Raised : 0;
    }

    private static IReadOnlyList<AlertRule>? Rules(string file, TextWriter error)
    {
        var (text, unreadable) = RulesCommand.ReadFile(file);
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
            $"{IsoTime.Seconds(change.At)}  {Word(change),-8} {rule.Severity.Word,-6} {rule.Id}  {trial.Channel}  {Bound(rule, change.IsAtLeast)}{change.Value:0.####}{rule.BesideNumber}, limit {rule.Threshold.Side.Word} {rule.Threshold.RaiseLimit}, since {IsoTime.Seconds(change.Since)}{Grounds(trial)}");
    }

    // What a notice says of such an end: that it is no all-clear.
    private static string? EndOf(AlertRule rule, in AlertChange change) =>
        IsUsualNow(rule, change) ? "counts as usual now, it need not have come back"
        : change.IsCleared && rule.Threshold.Exceeds(change.Value) ? "no longer judged by this rule, this is no all-clear"
        : null;

    private static bool IsUsualNow(AlertRule rule, in AlertChange change) =>
        change.IsCleared && rule.IsUsualNow(change.IsOutlasted, change.Since, change.At);

    // What the number is made of, and compared with what: why it rang.
    private static string Grounds(TrialChange trial)
    {
        List<string> grounds = [];
        if (EndOf(trial.Rule, trial.Change) is { } end)
        {
            grounds.Add(end);
        }

        if (trial.Rule.StatisticText is { } statistic)
        {
            grounds.Add(statistic);
            grounds.Add($"itself {Value(trial.Own)}");
        }

        if (trial.Change.Complete is { } complete)
        {
            grounds.Add(Format($"{complete:P0} complete").Replace(" %", "%", StringComparison.Ordinal));
        }

        grounds.AddRange(trial.Others.Select(other => Format($"{other.Channel} {Value(other)} at {IsoTime.Seconds(other.Sample.At)}")));
        var flag = trial.Own.Sample.Flag;
        var why = WhyTokens.Tokens(trial.Own.Sample.Why).ToList();
        if (flag is not (QualityFlag.Good or QualityFlag.NotEvaluated) || why.Count > 0)
        {
            grounds.Add(Format($"flag {(int)flag}{(why.Count > 0 ? $" ({string.Join(", ", why)})" : "")}"));
        }

        return grounds.Count > 0 ? $"; {string.Join("; ", grounds)}" : "";
    }

    private static string Value(RecordedValue recorded) => recorded.Sample.Value is { } value ? Format($"{value:0.####}") : "missing";

    private static string Bound(AlertRule rule, bool isBound) => !isBound ? "" : rule.Threshold.Side == LimitSide.Above ? "at least " : "at most ";

    private static string Word(in AlertChange change) =>
        change.IsRaised ? "RAISED" : change.IsCleared ? "cleared" : change.To.Word;

    private static void Write(Utf8JsonWriter json, TrialChange trial)
    {
        var change = trial.Change;
        json.WriteString("time", IsoTime.Seconds(change.At));
        json.WriteString("rule", trial.Rule.Id);
        json.WriteString("channel", trial.Channel);
        json.WriteString("from", change.From.Word);
        json.WriteString("to", change.To.Word);
        json.WriteBoolean("raised", change.IsRaised);
        json.WriteBoolean("cleared", change.IsCleared);
        if (IsUsualNow(trial.Rule, change))
        {
            json.WriteBoolean("outlasted", true);
        }

        json.WriteString("severity", trial.Rule.Severity.Word);
        json.WriteNumber("value", change.Value);
        if (change.IsAtLeast)
        {
            json.WriteBoolean("bound", true);
        }

        json.WriteNumber("peak", change.Peak);
        if (change.IsPeakBound)
        {
            json.WriteBoolean("peak_bound", true);
        }

        json.WriteString("unit", trial.Rule.Unit);
        json.WriteNumber("limit", trial.Rule.Threshold.RaiseLimit);
        json.WriteString("side", trial.Rule.Threshold.Side.Word);
        json.WriteString("since", IsoTime.Seconds(change.Since));
        if (trial.Rule.StatisticText is { } statistic)
        {
            json.WriteString("statistic", statistic);
        }

        if (change.Complete is { } complete)
        {
            json.WriteNumber("complete", complete);
        }

        json.WriteStartObject("own");
        WriteValue(json, trial.Own);
        json.WriteEndObject();
        json.WriteStartArray("others");
        foreach (var other in trial.Others)
        {
            json.WriteStartObject();
            json.WriteString("channel", other.Channel);
            WriteValue(json, other);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, RecordedValue recorded)
    {
        json.WriteString("time", IsoTime.Seconds(recorded.Sample.At));
        if (recorded.Sample.Value is { } value)
        {
            json.WriteNumber("value", value);
        }
        else
        {
            json.WriteNull("value");
        }

        json.WriteNumber("flag", (int)recorded.Sample.Flag);
        json.WriteStartArray("why");
        foreach (var token in WhyTokens.Tokens(recorded.Sample.Why))
        {
            json.WriteStringValue(token);
        }

        json.WriteEndArray();
    }

    private static void WriteLeftOut(Utf8JsonWriter json, AlertRule rule, string why)
    {
        json.WriteString("rule", rule.Id);
        json.WriteString("left_out", why);
    }

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
