using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Maintenance;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway maintenance</c>: somebody works at a probe, and its values are not the water's.</summary>
internal static class MaintenanceCommand
{
    private const string Description =
        """
        Say that somebody works at a device or at all of a station: its values go on, failed and marked with maint, and
        raise or end no alarm. It ends by itself, after 4 h at most.
        """;

    private const string OnePlace = "pond-gateway maintenance on pond-ph --reason \"cleaning\"";
    private const string WholeStation = "pond-gateway maintenance on pond-a --reason \"pump out\" --for 2h";
    private const string OffAgain = "pond-gateway maintenance off pond-ph";
    private const string Listed = "pond-gateway maintenance list";

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var of = new Argument<string>("of")
        {
            Description = "The device, or the station with all its devices; device:NAME or station:NAME where it could be both.",
            HelpName = "DEVICE|STATION",
        };
        var reason = new Option<string>("--reason") { Description = "Why, for whoever reads the data.", HelpName = "TEXT", Required = true };
        var who = Who();
        var length = new Option<TimeSpan?>("--for")
        {
            Description = "How long, 1m to 4h; else 1h. It can be ended before, and asked for again.",
            HelpName = "TIME",
            CustomParser = argument => SpanOption.Parse(argument, "--for", MaintenancePeriod.LengthMin, MaintenancePeriod.LengthMax, "90m or 2h"),
        };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var on = new Verb("on", "Begin, or give one that goes on a new end.", OnePlace, WholeStation) { of, reason, who, length, config };
        on.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "maintenance-on",
            request =>
            {
                request.WriteString("of", result.GetRequiredValue(of));
                request.WriteString("reason", result.GetRequiredValue(reason));
                request.WriteString("who", result.GetValue(who) ?? Caller);
                if (result.GetValue(length) is { } span)
                {
                    request.WriteNumber("for_s", (long)span.TotalSeconds);
                }
            },
            PrintBegun,
            cancellationToken));
        var off = new Verb("off", "End.", OffAgain) { of, who, config };
        off.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "maintenance-off",
            request =>
            {
                request.WriteString("of", result.GetRequiredValue(of));
                request.WriteString("who", result.GetValue(who) ?? Caller);
            },
            static (body, output) => PrintOff(body.GetProperty("of").GetString()!, body, output),
            cancellationToken));
        var list = new Verb("list", "What is in maintenance.", Listed) { config, json };
        list.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "maintenance",
            static _ => { },
            result.GetValue(json) ? static (body, output) => output.WriteLine(body.GetRawText()) : PrintList,
            cancellationToken));
        return new Verb("maintenance", Description, OnePlace, WholeStation, OffAgain, Listed) { on, off, list };
    }

    /// <summary>The name of whoever asks, behind sudo too.</summary>
    public static string Caller => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user ? user : Environment.UserName;

    /// <summary>The option that names a person.</summary>
    public static Option<string?> Who() => new("--who") { Description = "Who, for whoever reads the data; else the user.", HelpName = "NAME" };

    private static void PrintBegun(JsonElement body, TextWriter output)
    {
        output.WritePlain(
            $"{body.GetProperty("of").GetString()}: in maintenance for {Units.Text(TimeSpan.FromSeconds(body.GetProperty("for_s").GetInt64()))}");
        if (body.GetProperty("unsaved").GetString() is { } failure)
        {
            output.WritePlain($"  a restart will forget it: it could not be written down ({failure})");
        }
    }

    /// <summary>Prints that a maintenance is over.</summary>
    /// <param name="of">What of.</param>
    /// <param name="body">The gateway's answer.</param>
    /// <param name="output">Where to.</param>
    internal static void PrintOff(string of, JsonElement body, TextWriter output)
    {
        output.WritePlain($"{of}: measures again");
        if (body.GetProperty("unsaved").GetString() is { } failure)
        {
            output.WritePlain($"  a restart would take the maintenance up again: it could not be written down ({failure}); it is tried again");
        }
    }

    private static void PrintList(JsonElement body, TextWriter output)
    {
        var periods = body.GetProperty("periods");
        if (periods.GetArrayLength() == 0)
        {
            output.WritePlain("nothing is in maintenance");
        }

        foreach (var period in periods.EnumerateArray())
        {
            output.WritePlain(
                $"{period.GetProperty("of").GetString()} {period.GetProperty("name").GetString()}: for another "
                + $"{TimeSpan.FromSeconds(period.GetProperty("left_s").GetInt64()):c}, "
                + $"{period.GetProperty("who").GetString()}: {period.GetProperty("reason").GetString()}");
        }
    }
}
