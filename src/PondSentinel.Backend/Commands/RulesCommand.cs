using System.CommandLine;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Presets;
using PondSentinel.Measurements;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend rules</c>: which rules and presets there are.</summary>
internal static class RulesCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config) => new("rules", "Tell which rules there are; try them on recorded values.")
    {
        List(config), Show(), RulesTryCommand.Create(), RulesTestCommand.Create(),
    };

    /// <summary>The option for programs that read what is printed.</summary>
    internal static Option<bool> Json() => new("--json") { Description = "One JSON object a line." };

    /// <summary>Reads a file that the command line names.</summary>
    /// <param name="file">Its name.</param>
    internal static (string? Text, string? Unreadable) ReadFile(string file) => TomlFile.Read(file, "name another");

    private static Command List(Option<string?> config)
    {
        var json = Json();
        var command = new Command("list", "List the rules of the configuration, and the presets that one line puts to work. Example: pond-backend rules list") { config, json };
        command.SetAction(result =>
        {
            if (CommandSettings.Read(result, config, folder: null) is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                foreach (var rule in BackendRules.Beside(configuration.Rules))
                {
                    output.WriteLine(JsonLine.Of(writer => Write(writer, rule)));
                }

                foreach (var preset in Preset.All.Values)
                {
                    output.WriteLine(JsonLine.Of(writer => Write(writer, preset)));
                }

                return 0;
            }

            foreach (var rule in configuration.Rules)
            {
                output.WritePlain(CheckCommand.Describe(rule, TimeProvider.System.GetUtcNow()));
            }

            CheckCommand.WriteRulesOfBackend(configuration.Rules, output);
            output.WritePlain("Presets ([[preset]] name = \"…\" station = \"…\"):");
            foreach (var preset in Preset.All.Values)
            {
                output.WritePlain($"  {preset.Name,-24} {preset.Standard ?? "no standard"}: {preset.Standing}");
            }

            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("preset") { Description = "Its name.", HelpName = "PRESET" };
        var command = new Command("show", "Print the rules of a preset as they can be put into a configuration. Example: pond-backend rules show gb-3095-2026-pm10") { name };
        command.SetAction(result =>
        {
            var wanted = result.GetRequiredValue(name);
            if (Preset.All.TryGetValue(wanted, out var preset))
            {
                result.InvocationConfiguration.Output.Write(PresetText.Of(preset));
                return 0;
            }

            var nearest = Units.Nearest(wanted, Preset.All.Keys);
            result.InvocationConfiguration.Error.WritePlain(
                $"{wanted} is no preset; {(nearest is null ? "pond-backend rules list tells which there are" : $"did you mean {nearest}?")}");
            return CheckCommand.Bad;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter json, AlertRule rule)
    {
        json.WriteString("rule", rule.Id);
        json.WriteString("measurand", rule.Measurand.WireName);
        WriteOptional(json, "statistic", rule.StatisticText);
        if (rule.Joint is { Conditions.Count: > 0 } joint)
        {
            json.WriteStartArray("conditions");
            foreach (var condition in joint.Conditions)
            {
                json.WriteStringValue(condition.Text);
            }

            json.WriteEndArray();
        }

        json.WriteString("side", rule.Threshold.Side.Word);
        json.WriteNumber("raise", rule.Threshold.RaiseLimit);
        json.WriteNumber("clear", rule.Threshold.ClearLimit);
        json.WriteString("unit", rule.Unit);
        json.WriteString("severity", rule.Severity.Word);
        WriteOptional(json, "valid_from", rule.Validity.From is { } from ? IsoTime.Seconds(from) : null);
        WriteOptional(json, "valid_before", rule.Validity.Before is { } before ? IsoTime.Seconds(before) : null);
        WriteOptional(json, "site", rule.Site);
        WriteOptional(json, "station", rule.Station);
        WriteOptional(json, "device", rule.Device);
        WriteOptional(json, "channel", rule.Channel);
        WriteOptional(json, "standard", rule.Standard);
        WriteOptional(json, "clause", rule.Clause);
        WriteOptional(json, "unchecked", rule.Unchecked);
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
        WriteOptional(json, "limit", preset.Limit);
        WriteOptional(json, "unchecked", preset.Unchecked);
    }

    private static void WriteOptional(Utf8JsonWriter json, string member, string? text)
    {
        if (text is not null)
        {
            json.WriteString(member, text);
        }
    }
}
