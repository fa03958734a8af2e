using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway alarm</c>: the gateway's own alarms and what they trip.</summary>
internal static class AlarmCommand
{
    private const string Description =
        """
        The limits that the gateway watches by itself, with or without a link, and the relays that they trip.
        """;

    private const string Listed = "pond-gateway alarm list";
    private const string Silenced = "pond-gateway alarm silence pond-leak --for 30m";
    private const string Tested = "pond-gateway alarm test pond-leak";

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var name = new Argument<string>("alarm") { Description = "The alarm.", HelpName = "ALARM" };
        var who = MaintenanceCommand.Who();
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var length = new Option<TimeSpan>("--for")
        {
            Description = "How long, 1m to 4h. A later one replaces it.",
            HelpName = "TIME",
            Required = true,
            CustomParser = argument => SpanOption.Parse(argument, "--for", AlarmSilence.LengthMin, AlarmSilence.LengthMax, "30m or 2h") ?? default,
        };
        var list = new Verb("list", "How alarms and relays stand.", Listed) { config, json };
        list.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "alarm-list",
            static _ => { },
            result.GetValue(json) ? static (body, output) => output.WriteLine(body.GetRawText()) : PrintList,
            cancellationToken));
        var silence = new Verb(
            "silence", "The alarm trips no siren for a while. What stops a pump or a valve goes on.", Silenced) { name, length, who, config };
        silence.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "alarm-silence",
            request =>
            {
                request.WriteString("alarm", result.GetRequiredValue(name));
                request.WriteNumber("for_s", (long)result.GetValue(length).TotalSeconds);
                request.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
            },
            static (body, output) => output.WritePlain(
                $"{body.GetProperty("alarm").GetString()}: silent for {Units.Text(TimeSpan.FromSeconds(body.GetProperty("for_s").GetInt64()))}"),
            cancellationToken));
        var test = new Verb("test", "Trip the relays of an alarm for 2 s.", Tested) { name, who, config };
        test.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "alarm-test",
            request =>
            {
                request.WriteString("alarm", result.GetRequiredValue(name));
                request.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
            },
            PrintTest,
            cancellationToken));
        return new Verb("alarm", Description, Listed, Silenced, Tested) { list, silence, test };
    }

    /// <summary>The alarms that are not at rest, and the relays that are tripped or have a fault, as lines; none where all is quiet.</summary>
    /// <param name="body">What the gateway answered.</param>
    public static IEnumerable<string> LinesAtWork(JsonElement body) => body.TryGetProperty("alarms", out var alarms)
        ?
        [
            .. alarms.EnumerateArray().Where(alarm => alarm.GetProperty("phase").GetString() != "normal").Select(AlarmLine),
            .. body.GetProperty("relays").EnumerateArray()
                .Where(relay => relay.GetProperty("on").GetBoolean() || relay.GetProperty("fault").ValueKind == JsonValueKind.String)
                .SelectMany(RelayLines),
        ]
        : [];

    private static void PrintList(JsonElement body, TextWriter output)
    {
        var alarms = body.GetProperty("alarms");
        if (alarms.GetArrayLength() == 0)
        {
            output.WritePlain("there is no [[alarm]] in the settings");
        }

        foreach (var line in alarms.EnumerateArray().Select(AlarmLine).Concat(body.GetProperty("relays").EnumerateArray().SelectMany(RelayLines)))
        {
            output.WritePlain(line);
        }
    }

    private static string AlarmLine(JsonElement alarm)
    {
        var peak = alarm.TryGetProperty("peak", out var worst) ? $", peak {worst.GetDouble().ToString("0.####", CultureInfo.InvariantCulture)}" : "";
        var silent = alarm.GetProperty("silent_s").GetInt64() is > 0 and var left ? $", silent for another {TimeSpan.FromSeconds(left):c}" : "";
        return $"alarm {alarm.GetProperty("alarm").GetString()} ({alarm.GetProperty("severity").GetString()}) {alarm.GetProperty("channel").GetString()}: {alarm.GetProperty("phase").GetString()}{Since(alarm)}{peak}{silent}";
    }

    private static IEnumerable<string> RelayLines(JsonElement relay)
    {
        var why = relay.GetProperty("why").GetString() is { } cause ? $" ({cause}{(relay.GetProperty("alarm").GetString() is { } alarm ? $" {alarm}" : "")})" : "";
        yield return $"relay {relay.GetProperty("relay").GetString()} ({relay.GetProperty("kind").GetString()}): {(relay.GetProperty("on").GetBoolean() ? "tripped" : "released")}{Since(relay)}{why}";
        if (relay.GetProperty("fault").GetString() is { } fault)
        {
            yield return $"  {fault}";
        }
    }

    private static string Since(JsonElement standing) =>
        standing.TryGetProperty("for_s", out var seconds) ? $" for {TimeSpan.FromSeconds(seconds.GetInt64()):c}" : "";

    private static void PrintTest(JsonElement body, TextWriter output)
    {
        foreach (var relay in body.GetProperty("relays").EnumerateArray())
        {
            output.WritePlain(relay.GetProperty("fault").GetString() is { } fault
                ? $"relay {relay.GetProperty("relay").GetString()}: {fault}"
                : $"relay {relay.GetProperty("relay").GetString()}: tripped for 2 s and released; did you hear or see it?");
        }
    }
}
