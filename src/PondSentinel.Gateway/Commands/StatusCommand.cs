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
        var language = DoctorCommand.LanguageOption();
        var command = new Verb(
            "status",
            "How the running gateway is: clock, buffer, link, each channel's last value with its flag, and what is wrong with what to do; exit 1 where none runs.",
            "pond-gateway status",
            "pond-gateway status --json",
            "pond-gateway status --lang zh")
        {
            config, json, language,
        };
        command.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "status",
            static _ => { },
            result.GetValue(json)
                ? static (body, output) => output.WriteLine(body.GetRawText())
                : (body, output) => Print(body, new StatusWords(DoctorCommand.LanguageOf(result.GetValue(language))), output),
            cancellationToken));
        return command;
    }

    private static void Print(JsonElement body, StatusWords words, TextWriter output)
    {
        output.WritePlain(words.Runs(
            body.GetProperty("gateway").GetString()!,
            body.GetProperty("software").GetString()!,
            TimeSpan.FromSeconds(body.GetProperty("uptime_s").GetInt64()).ToString("c", CultureInfo.InvariantCulture)));
        output.WritePlain(words.Clock(body.GetProperty("clock").GetString()));
        output.WritePlain(words.Buffer(body.GetProperty("unsettled").GetRawText()));
        if (body.GetProperty("fault").GetString() is { } fault)
        {
            output.WritePlain($"  {fault}");
        }

        if (body.TryGetProperty("uplink", out var link))
        {
            output.WritePlain(words.Link(link.GetProperty("up").GetBoolean(), link.GetProperty("failure").GetString()));
        }

        foreach (var device in body.GetProperty("devices").EnumerateArray())
        {
            PrintDevice(device, words, output);
        }
    }

    private static void PrintDevice(JsonElement device, StatusWords words, TextWriter output)
    {
        output.WritePlain(words.Polls(
            device.GetProperty("device").GetString()!, device.GetProperty("polls").GetRawText(), device.GetProperty("failed").GetRawText()));
        if (!device.TryGetProperty("values", out var values))
        {
            return;
        }

        var age = words.Age(device.GetProperty("age_s").GetRawText());
        foreach (var value in values.EnumerateArray())
        {
            output.WritePlain($"  {ChannelLine.Of(value)}, {age}");
        }

        if (device.TryGetProperty("fault", out var fault))
        {
            output.WritePlain($"  {fault.GetString()}: {device.GetProperty("detail").GetString()}");
            output.WritePlain($"  {device.GetProperty("hint").GetString()}");
        }
    }
}
