using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway logs</c>: what the gateway says of itself.</summary>
internal static class LogsCommand
{
    private const int CountUnsaid = 100;

    // The unit of the package.
    private const string Unit = "pond-gateway.service";

    private const string Description =
        """
        The last lines of the gateway's journal: from journald where it runs as a unit
        and this user may read that, else those that the running gateway has in memory.
        What a probe put into a line is shown without its control characters.
        """;

    private static readonly TimeSpan FollowInterval = TimeSpan.FromSeconds(1);

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "Lines of this time on: 2h for two hours ago, or 2026-11-01T06:30:00Z; UTC.",
            HelpName = "TIME",
            CustomParser = argument => Since(argument),
        };
        var level = new Option<string>("--level")
        {
            Description = "Lines as grave as this: info, warn or error.", HelpName = "LEVEL", DefaultValueFactory = _ => LogsVerb.Levels[0].Name,
        };
        level.AcceptOnlyFromAmong([.. LogsVerb.Levels.Select(each => each.Name)]);
        var count = new Option<int>("--lines", "-n")
        {
            Description = $"The newest, so many: 1 to {LogsVerb.LinesMax}.", HelpName = "COUNT", DefaultValueFactory = _ => CountUnsaid,
        };
        count.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0
                && (!int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var lines) || lines is < 1 or > LogsVerb.LinesMax))
            {
                result.AddError($"--lines takes 1 to {LogsVerb.LinesMax}, not {result.Tokens[0].Value}");
            }
        });
        var follow = new Option<bool>("--follow", "-f") { Description = "And those that come, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "One JSON object a line: t, level, text." };
        var command = new Verb(
            "logs",
            Description,
            "pond-gateway logs --since 2h --level warn",
            "pond-gateway logs --follow")
        {
            config, since, level, count, follow, json,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            new WantedLines(result.GetValue(since), result.GetRequiredValue(level), result.GetValue(count), result.GetValue(follow)),
            result.GetValue(json),
            cancellationToken));
        return command;
    }

    private static DateTimeOffset? Since(System.CommandLine.Parsing.ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (Units.Duration(text) is { } ago)
        {
            var now = TimeProvider.System.GetUtcNow();
            return ago < now - DateTimeOffset.UnixEpoch ? now - ago : DateTimeOffset.UnixEpoch;
        }

        if (IsoTime.TryParse(text, out var time))
        {
            return time;
        }

        argument.AddError($"{text} is no time; write 2h for two hours ago, or 2026-11-01T06:30:00Z");
        return null;
    }

    private static async Task<int> RunAsync(
        InvocationConfiguration console, string config, WantedLines wanted, bool json, CancellationToken cancellationToken)
    {
        if (ControlCommand.Open(console, config) is not { } client)
        {
            return ExitCode.Misuse;
        }

        using var stop = new StopSignals();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        void Print(LogLine line)
        {
            line.Print(console.Output, json);
            console.Output.Flush();
        }

        try
        {
            return await RunAsync(client, wanted, Print, console.Error, either.Token) is { } failure
                ? Refuse(console.Error, failure)
                : ExitCode.Good;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Ctrl-C is how following ends.
            return ExitCode.Good;
        }
    }

    private static int Refuse(TextWriter error, string why)
    {
        error.WritePlain(why);
        return ExitCode.Wrong;
    }

    // Journald has more than the gateway, and also has what was said by one that does not run any more.
    private static async Task<string?> RunAsync(
        ControlClient client, WantedLines wanted, Action<LogLine> print, TextWriter error, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(client, wanted, after: null, cancellationToken);
        var unit = reply is ControlReply.Done(var told) ? told.GetProperty("unit").GetString() : Unit;
        if (unit is not null && new JournalReader(unit) is var journal && await journal.IsReadableAsync(cancellationToken))
        {
            return await journal.ReadAsync(wanted, print, cancellationToken);
        }

        if (reply is ControlReply.Done(var body))
        {
            await TellAsync(client, wanted, body, print, error, cancellationToken);
        }

        return (reply as ControlReply.NotDone)?.Why;
    }

    private static async Task TellAsync(
        ControlClient client, WantedLines wanted, JsonElement body, Action<LogLine> print, TextWriter error, CancellationToken cancellationToken)
    {
        Print(body, print);
        var (process, last) = (body.GetProperty("process").GetInt32(), body.GetProperty("last").GetInt64());
        string? said = null;
        while (wanted.IsFollowed)
        {
            await Task.Delay(FollowInterval, TimeProvider.System, cancellationToken);
            var reply = await AskAsync(client, wanted, last, cancellationToken);
            if (reply is ControlReply.NotDone(var why))
            {
                if (why != said)
                {
                    error.WritePlain(said = why);
                }

                continue;
            }

            said = null;
            body = ((ControlReply.Done)reply).Body;
            if (body.GetProperty("process").GetInt32() != process)
            {
                // It has been started anew, and counts anew.
                (process, last) = (body.GetProperty("process").GetInt32(), 0);
                continue;
            }

            if (body.GetProperty("gone").GetInt64() is var gone and > 0)
            {
                error.WritePlain(string.Create(CultureInfo.InvariantCulture, $"{gone} lines are gone: more came than the gateway keeps"));
            }

            Print(body, print);
            last = body.GetProperty("last").GetInt64();
        }
    }

    private static void Print(JsonElement body, Action<LogLine> print)
    {
        foreach (var line in body.GetProperty("lines").EnumerateArray())
        {
            print(LogLine.Of(line));
        }
    }

    private static Task<ControlReply> AskAsync(ControlClient client, WantedLines wanted, long? after, CancellationToken cancellationToken) => client.AskAsync(
        LogsVerb.Verb,
        json =>
        {
            json.WriteString("level", wanted.Level);
            if (after is { } number)
            {
                json.WriteNumber("after", number);
                return;
            }

            json.WriteNumber("count", wanted.Count);
            if (wanted.Since is { } since)
            {
                json.WriteNumber("since_ms", Math.Max(0, since.ToUnixTimeMilliseconds()));
            }
        },
        ControlClient.Patience,
        cancellationToken);
}
