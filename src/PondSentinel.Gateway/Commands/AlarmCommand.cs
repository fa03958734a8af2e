using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Gateway.Alarms;
using PondSentinel.Gateway.Diagnosis;
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
    /// <param name="words">In which language.</param>
    public static IEnumerable<string> LinesAtWork(JsonElement body, StatusWords words) => body.TryGetProperty("alarms", out var alarms)
        ?
        [
            .. alarms.EnumerateArray().Where(alarm => alarm.GetProperty("phase").GetString() != "normal").Select(alarm => AlarmLine(alarm, words)),
            .. body.GetProperty("relays").EnumerateArray()
                .Where(relay => relay.GetProperty("on").GetBoolean() || relay.GetProperty("fault").ValueKind == JsonValueKind.String)
                .SelectMany(relay => RelayLines(relay, words)),
        ]
        : [];

    private static void PrintList(JsonElement body, TextWriter output)
    {
        var alarms = body.GetProperty("alarms");
        if (alarms.GetArrayLength() == 0)
        {
            output.WritePlain("there is no [[alarm]] in the settings");
        }

        var words = new StatusWords(Language.English);
        IEnumerable<string> lines =
        [
            .. alarms.EnumerateArray().Select(alarm => AlarmLine(alarm, words)),
            .. body.GetProperty("relays").EnumerateArray().SelectMany(relay => RelayLines(relay, words)),
        ];
        foreach (var line in lines.SelectMany(line => Columns.Wrap(line, VerbHelp.ColumnsMax, indent: 4)))
        {
            output.WritePlain(line);
        }
    }

    private static string AlarmLine(JsonElement alarm, StatusWords words) => words.Alarm(
        $"{alarm.GetProperty("alarm").GetString()} ({words.Severity(alarm.GetProperty("severity").GetString()!)}) {alarm.GetProperty("channel").GetString()}",
        alarm.GetProperty("phase").GetString()!,
        Since(alarm),
        Worst(alarm, words),
        alarm.GetProperty("silent_s").GetInt64() is > 0 and var left ? TimeSpan.FromSeconds(left) : null);

    private static string? Worst(JsonElement alarm, StatusWords words) =>
        !alarm.TryGetProperty("peak", out var worst) ? null
        : worst.GetDouble().ToString("0.####", CultureInfo.InvariantCulture) is var number
            && alarm.TryGetProperty("peak_bound", out var isBound) && isBound.GetBoolean()
            ? words.Bound(number, alarm.GetProperty("side").GetString() == LimitSide.Above.Word)
        : number;

    private static IEnumerable<string> RelayLines(JsonElement relay, StatusWords words)
    {
        var fault = relay.GetProperty("fault").GetString();
        yield return words.Relay(
            relay.GetProperty("relay").GetString()!,
            relay.GetProperty("kind").GetString()!,
            relay.GetProperty("on").GetBoolean(),
            fault is null,
            Since(relay),
            relay.GetProperty("alarm").GetString() is { } alarm ? $"{words.Cause(relay.GetProperty("why").GetString()!)} {alarm}"
                : relay.GetProperty("why").GetString() is { } why and not RelayCause.Over ? words.Cause(why) : null);
        if (fault is not null)
        {
            yield return $"  {fault}";
        }
    }

    private static TimeSpan? Since(JsonElement standing) =>
        standing.TryGetProperty("for_s", out var seconds) ? TimeSpan.FromSeconds(seconds.GetInt64()) : null;

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
