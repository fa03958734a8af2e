using System.CommandLine;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway apply</c>: puts another configuration in place of the one that there is.</summary>
internal static class ApplyCommand
{
    private const string Description =
        """
        Put FILE in place of the configuration: it is checked, what differs is shown, and
        the running gateway goes by it without disturbing what is the same. Where the way
        to the broker changes and a link was up, the gateway goes back by itself when it
        has no link again in time, also after a restart. The last three are kept.
        """;

    private static readonly TimeSpan ConfirmUsual = TimeSpan.FromMinutes(5);

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var file = new Argument<string?>("file") { Description = "The new configuration.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check and show what differs; change nothing." };
        var list = new Option<bool>("--list") { Description = "Which are kept, and how a trial stands." };
        var undo = new Option<bool>("--undo") { Description = "Put the one before back." };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var within = new Option<TimeSpan?>("--confirm-within")
        {
            Description = "How long the broker may take, 1s to 1h; else 5m.",
            HelpName = "TIME",
            CustomParser = argument => SpanOption.Parse(argument, "--confirm-within", Trial.WithinMin, Trial.WithinMax, "90s or 15m"),
        };
        var command = new Verb(
            "apply",
            Description,
            "pond-gateway apply new.toml --dry-run    show what differs",
            "sudo pond-gateway apply new.toml",
            "sudo pond-gateway apply new.toml --confirm-within 15m",
            "sudo pond-gateway apply --undo           back to the one before",
            "pond-gateway apply --list")
        {
            file, dryRun, list, undo, within, json, config,
        };
        command.Validators.Add(result =>
        {
            List<string> asked = [];
            asked.AddRange(result.GetValue(file) is null ? [] : ["FILE"]);
            asked.AddRange(result.GetValue(list) ? ["--list"] : []);
            asked.AddRange(result.GetValue(undo) ? ["--undo"] : []);
            if (asked.Count != 1)
            {
                result.AddError(asked.Count == 0 ? "say which FILE, or --undo or --list" : $"{string.Join(" and ", asked)} do not go together");
            }
        });
        command.SetAction((result, cancellationToken) =>
        {
            var console = result.InvocationConfiguration;
            var path = result.GetRequiredValue(config);
            return result.GetValue(list)
                ? Task.FromResult(List(path, result.GetValue(json), console))
                : new Application(path, console)
                {
                    Within = result.GetValue(within) ?? ConfirmUsual,
                    IsDry = result.GetValue(dryRun),
                    IsJson = result.GetValue(json),
                }.RunAsync(result.GetValue(undo) ? null : result.GetValue(file), cancellationToken);
        });
        return command;
    }

    private static int List(string path, bool json, InvocationConfiguration console)
    {
        try
        {
            var place = new ConfigurationPlace(path);
            var now = GatewayConfigurationFile.Load(path);
            var trial = now.Configuration is { } configuration ? TrialFile.Of(configuration).Read() : null;
            var state = trial is not null && trial.Tried == now.Digest ? trial.State : (TrialState?)null;
            var kept = place.Kept.Select(each => (
                each.Number, each.Replaced, Differ: SettingsDifference.Of(GatewayConfigurationFile.Load(place.PathOf(each.Number)).Settings, now.Settings).Count)).ToList();
            if (json)
            {
                console.Output.WriteLine(JsonLine.Of(writer =>
                {
                    writer.WriteString("file", path);
                    writer.WriteString("trial", state is { } word ? TrialFile.Word(word) : null);
                    writer.WriteStartArray("kept");
                    foreach (var (number, replaced, differ) in kept)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("file", place.PathOf(number));
                        writer.WriteNumber("replaced_ms", replaced.ToUnixTimeMilliseconds());
                        writer.WriteNumber("settings_differ", differ);
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                }));
                return ExitCode.Good;
            }

            console.Output.WritePlain(state switch
            {
                TrialState.Refused => $"{path}: was tried and refused, the gateway goes by the one before; --undo puts that back",
                TrialState.Trying or TrialState.Armed => $"{path}: on trial, the gateway waits for its link to the broker",
                _ => $"{path}: in force since it was read last",
            });
            foreach (var (number, replaced, differ) in kept)
            {
                console.Output.WritePlain(FormattableString.Invariant(
                    $"{place.PathOf(number)}: replaced {replaced:yyyy-MM-dd HH:mm} UTC, {differ} settings differ"));
            }

            return ExitCode.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain(e.Message);
            return ExitCode.Wrong;
        }
    }
}
