using System.CommandLine;
using System.Text.Json;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway reload</c>: has the running gateway read its configuration anew.</summary>
internal static class ReloadCommand
{
    private const string Description =
        """
        Have the running gateway read its configuration anew and go by it: devices that are not concerned go on measuring as if
        nothing had been. A configuration with a mistake changes nothing. The same as systemctl reload pond-gateway, and
        says what was done.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb("reload", Description, "pond-gateway reload", "pond-gateway reload --json") { config, json };
        command.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "reload",
            static _ => { },
            result.GetValue(json) ? static (body, output) => output.WriteLine(body.GetRawText()) : Print,
            cancellationToken));
        return command;
    }

    /// <summary>Prints what the gateway did.</summary>
    /// <param name="body">Its answer.</param>
    /// <param name="output">Where to.</param>
    public static void Print(JsonElement body, TextWriter output)
    {
        output.WritePlain(body.GetProperty("summary").GetString()!);
        foreach (var left in body.GetProperty("left").EnumerateArray())
        {
            output.WritePlain($"  as before until a restart: {left.GetProperty("setting").GetString()}");
        }
    }
}
