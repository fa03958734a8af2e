using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway status</c>: how the running gateway is.</summary>
internal static class StatusCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb(
            "status",
            "How the running gateway is: buffer, clock, polls; exit 1 where none runs.",
            "pond-gateway status",
            "pond-gateway status --json")
        {
            config, json,
        };
        command.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "status",
            static _ => { },
            result.GetValue(json) ? static (body, output) => output.WriteLine(body.GetRawText()) : Print,
            cancellationToken));
        return command;
    }

    private static void Print(JsonElement body, TextWriter output)
    {
        output.WritePlain(string.Create(
            CultureInfo.InvariantCulture,
            $"{body.GetProperty("gateway")}: {body.GetProperty("software")}, runs for {TimeSpan.FromSeconds(body.GetProperty("uptime_s").GetInt64()):c}"));
        output.WritePlain(body.GetProperty("clock").GetString() is { } source ? $"clock: by {source}" : "clock: nobody vouches for it yet");
        output.WritePlain($"buffer: {body.GetProperty("unsettled")} records not settled");
        if (body.GetProperty("fault").GetString() is { } fault)
        {
            output.WritePlain($"  {fault}");
        }

        foreach (var device in body.GetProperty("devices").EnumerateArray())
        {
            output.WritePlain($"{device.GetProperty("device")}: {device.GetProperty("polls")} polls, {device.GetProperty("failed")} failed");
        }
    }
}
