using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway status</c>: how the running gateway is.</summary>
internal static class StatusCommand
{
    private const string Description =
        """
        How the running gateway is: clock, buffer, link, each channel's last value with
        its flag and age, and what is wrong with what to do; exit 1 where none runs.
        With --watch again and again until Ctrl-C, also over its restarts.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var json = new Option<bool>("--json") { Description = "As one JSON object, with --watch one a line." };
        var language = DoctorCommand.LanguageOption();
        var watch = new Option<int?>("--watch", "-w")
        {
            Description = $"Again every {StatusWatch.SecondsMin} to {StatusWatch.SecondsMax} seconds; {StatusWatch.SecondsUnsaid} where none are named.",
            HelpName = "SECONDS",
            Arity = ArgumentArity.ZeroOrOne,
        };
        watch.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var seconds) || seconds is < StatusWatch.SecondsMin or > StatusWatch.SecondsMax))
            {
                result.AddError($"--watch takes {StatusWatch.SecondsMin} to {StatusWatch.SecondsMax} seconds, not {result.Tokens[0].Value}");
            }
        });
        var command = new Verb(
            "status",
            Description,
            "pond-gateway status",
            "pond-gateway status --watch 5 --lang zh",
            "pond-gateway status --json")
        {
            config, watch, json, language,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var words = new StatusWords(DoctorCommand.LanguageOf(result.GetValue(language)));
            var asked = (Console: result.InvocationConfiguration, Config: result.GetRequiredValue(config), IsJson: result.GetValue(json));
            return result.GetResult(watch) is null
                ? ControlCommand.AskAsync(
                    asked.Console,
                    asked.Config,
                    StatusVerb.Verb,
                    static _ => { },
                    (body, output) => Print(body, words, asked.IsJson, output),
                    cancellationToken)
                : WatchAsync(asked.Console, asked.Config, words, asked.IsJson, result.GetValue(watch) ?? StatusWatch.SecondsUnsaid, cancellationToken);
        });
        return command;
    }

    private static void Print(JsonElement body, StatusWords words, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(body.GetRawText());
            return;
        }

        foreach (var line in StatusLines.Of(body, words))
        {
            output.WritePlain(line);
        }
    }

    private static async Task<int> WatchAsync(
        InvocationConfiguration console, string config, StatusWords words, bool json, int seconds, CancellationToken cancellationToken)
    {
        if (ControlCommand.Open(console, config) is not { } client)
        {
            return ExitCode.Misuse;
        }

        using var stop = new StopSignals();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        IStatusView view = json
            ? new StatusJsonView(console.Output)
            : TerminalScreen.Of(console.Output) is { } screen
                ? new StatusScreenView(screen, words, seconds)
                : new StatusTextView(console.Output, console.Error, words, seconds);
        await new StatusWatch(client, view, TimeSpan.FromSeconds(seconds), TimeProvider.System).RunAsync(either.Token);
        return ExitCode.Good;
    }
}
