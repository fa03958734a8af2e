using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway sample</c>: values that were measured by hand or in a laboratory, beside the probes'.</summary>
internal static class SampleCommand
{
    private const string Description =
        "Enter a value that was measured by hand or in a laboratory beside a probe's, in the unit of the probe's channel.";

    private static readonly IReadOnlyList<string> Examples =
    [
        "pond-gateway sample add pond-ph.ph 4.31 --taken 2026-11-01T06:30Z",
        "pond-gateway sample add pond-nh4.nh4n 118.5 --taken 2026-11-01T06:30Z \\",
        "  --method \"HJ 535\" --lab \"Ganzhou centre\"",
    ];

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var channel = new Argument<string>("channel") { Description = "The probe's channel.", HelpName = "DEVICE.CHANNEL" };
        var value = new Argument<double>("value") { Description = "The value, in the channel's unit.", HelpName = "VALUE", CustomParser = ParseValue };
        var taken = new Option<DateTimeOffset>("--taken")
        {
            Description = "When the water was taken: 2026-11-01T06:30Z; UTC.",
            HelpName = "TIME",
            Required = true,
            CustomParser = ParseTime,
        };
        var who = MaintenanceCommand.Who();
        var method = Text("--method", "How it was measured, for example \"HJ 535\".");
        var lab = Text("--lab", "The laboratory, where it was not measured at the site.");
        var note = Text("--note", "What else there is to say.");
        var add = new Verb("add", "Enter a value.", Examples) { channel, value, taken, who, method, lab, note, config };
        add.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "sample-add",
            request =>
            {
                request.WriteString("channel", result.GetRequiredValue(channel));
                request.WriteNumber("x", result.GetValue(value));
                request.WriteNumber("taken_ms", result.GetValue(taken).ToUnixTimeMilliseconds());
                request.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
                request.WriteString("method", result.GetValue(method));
                request.WriteString("lab", result.GetValue(lab));
                request.WriteString("note", result.GetValue(note));
            },
            Print,
            cancellationToken));
        return new Verb("sample", Description, Examples) { add };
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description, HelpName = "TEXT" };

    private static double ParseValue(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
        {
            return value;
        }

        argument.AddError($"{text} is no number; write for example 7.2");
        return 0;
    }

    private static DateTimeOffset ParseTime(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (IsoTime.TryParse(text, out var time))
        {
            return time;
        }

        argument.AddError($"--taken {text} is no time; write 2026-11-01T06:30Z");
        return default;
    }

    private static void Print(JsonElement body, TextWriter output)
    {
        output.WritePlain(
            $"{body.GetProperty("channel").GetString()}: {body.GetProperty("x").GetRawText()} {body.GetProperty("unit").GetString()} "
            + $"({body.GetProperty("m").GetString()}), taken {IsoTime.Text(body.GetProperty("taken_ms").GetInt64())}");
        if (body.TryGetProperty("doubt", out var doubt))
        {
            output.WritePlain($"  taken in, though {doubt.GetString()}");
        }

        if (!body.GetProperty("durable").GetBoolean())
        {
            output.WritePlain("  kept in memory alone: the card takes nothing now, and a power cut before it is sent would lose it; write it down");
        }
    }
}
