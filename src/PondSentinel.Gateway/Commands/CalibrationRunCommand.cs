using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway calibration run</c>: calibrates an instrument that holds its calibration itself.</summary>
internal static class CalibrationRunCommand
{
    // A probe stays in a standard for some minutes and has five to settle.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private const string Description =
        """
        Calibrate an instrument that holds its calibration itself, by its maker's recipe: put the probe into a standard, then say which. The running gateway waits until the reading is steady, reads it, tells the instrument, reads it again, and says what comes next. After the last standard the record is made.

        Meanwhile the values of the device are marked: calibrating. When it is over, and the probe still stands in a standard, the device is in maintenance for 15 min; say --back-in-water when it hangs in the water before that. What nobody goes on with for an hour, and what a power cut ends, is kept as a refused record; where the instrument was told nothing there is none.

        Exit 0: taken, or accepted; 1: refused, or not done; 2: misuse.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="json">The option for JSON.</param>
    public static Command Create(Option<string> config, Option<bool> json)
    {
        var channel = new Argument<string>("channel") { Description = "The channel, as device.channel.", HelpName = "CHANNEL" };
        var who = MaintenanceCommand.Who();
        var standard = new Option<string?>("--standard") { Description = "The standard that the probe stands in, for example 4.01,lot=A17; 0 for a dry probe.", HelpName = "VALUE" };
        var celsius = new Option<double?>("--temp") { Description = "Temperature of the standard, °C; else 25.", HelpName = "C" };
        var end = new Option<bool>("--end") { Description = "End it without the standards that may be left out." };
        var abandon = new Option<bool>("--abandon") { Description = "Give it up." };
        var isInWater = new Option<bool>("--back-in-water") { Description = "The probe hangs in the water again: its values count from now on." };
        var command = new Verb(
            "run",
            Description,
            "pond-gateway calibration run pond1.ph --standard 7.00,lot=A17 --temp 22",
            "pond-gateway calibration run pond1.ph --end        leave the rest out",
            "pond-gateway calibration run pond1.ph              what comes next",
            "pond-gateway calibration run pond1.ph --abandon",
            "pond-gateway calibration run pond1.ph --back-in-water")
        {
             channel, who, standard, celsius, end, abandon, isInWater, json, config,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var name = result.GetRequiredValue(channel);
            var text = result.GetValue(standard);
            List<string> orders =
            [
                .. text is null ? Array.Empty<string>() : ["standard"], .. result.GetValue(end) ? ["end"] : Array.Empty<string>(),
                .. result.GetValue(abandon) ? ["abandon"] : Array.Empty<string>(), .. result.GetValue(isInWater) ? ["water"] : Array.Empty<string>(),
            ];
            if (orders.Count > 1)
            {
                result.InvocationConfiguration.Error.WritePlain("--standard, --end, --abandon and --back-in-water: one of them");
                return Task.FromResult(ExitCode.Misuse);
            }

            (double Value, string? Lot)? read = text is null ? null : Parse(text);
            if (text is not null && read is null)
            {
                result.InvocationConfiguration.Error.WritePlain($"{text} is no standard; write its value, for example 4.01 or 4.01,lot=A17");
                return Task.FromResult(ExitCode.Misuse);
            }

            return AskAsync(
                result,
                result.GetRequiredValue(config),
                orders.Count == 0 ? CalibrationStateVerb.Verb : CalibrationRunVerb.Verb,
                body =>
                {
                    body.WriteString("channel", name);
                    if (orders.Count == 0)
                    {
                        return;
                    }

                    body.WriteString("do", orders[0]);
                    body.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
                    if (read is var (value, lot))
                    {
                        body.WriteNumber("std", value);
                        body.WriteNumber("temp_c", result.GetValue(celsius) ?? 25);
                        body.WriteString("lot", lot);
                    }
                },
                result.GetValue(json),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> AskAsync(
        ParseResult result, string config, string verb, Action<Utf8JsonWriter> write, bool json, CancellationToken cancellationToken)
    {
        var isAccepted = true;
        var code = await ControlCommand.AskAsync(
            result.InvocationConfiguration,
            config,
            verb,
            write,
            (body, output) =>
            {
                var record = body.TryGetProperty("record", out var told) ? CalibrationCodec.Decode(Encoding.UTF8.GetBytes(told.GetRawText())).Value : null;
                isAccepted = record is null || record.IsAccepted;
                if (json)
                {
                    output.WritePlain(body.GetRawText());
                }
                else
                {
                    Print(body, record, output);
                }
            },
            cancellationToken,
            Patience);
        return code == 0 && !isAccepted ? ExitCode.Wrong : code;
    }

    private static void Print(JsonElement body, CalibrationRecord? record, TextWriter output)
    {
        var name = body.GetProperty("channel").GetString();
        if (body.TryGetProperty("in_water", out var device))
        {
            MaintenanceCommand.PrintOff(device.GetString()!, body, output);
            return;
        }

        foreach (var step in body.GetProperty("taken").EnumerateArray())
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {step.GetProperty("name").GetString()}: {step.GetProperty("std").GetDouble():0.###} was {step.GetProperty("found").GetDouble():0.###}, is {step.GetProperty("left").GetDouble():0.###}"));
        }

        if (record is not null)
        {
            CalibrationAdd.Tell(record, name!, output);
        }

        if (body.TryGetProperty("marked_s", out var marked))
        {
            var until = body.GetProperty("awaits_water").GetBoolean()
                ? $"when the probe hangs in the water before that: pond-gateway calibration run {name} --back-in-water"
                : "that is a maintenance that somebody began: pond-gateway maintenance list shows whose";
            output.WritePlain($"  its values stay marked (maint) for {Units.Text(TimeSpan.FromSeconds(marked.GetInt64()))}; {until}");
        }
        else
        {
            output.WritePlain($"  next: {body.GetProperty("next").GetString()}{(body.GetProperty("may_end").GetBoolean() ? ", or --end" : "")}");
        }
    }

    private static (double Value, string? Lot)? Parse(string text) => text.Split(',', 2) switch
    {
        [var alone] when CalibrationReadings.Number(alone) is { } value => (value, null),
        [var first, var rest] when CalibrationReadings.Number(first) is { } value && rest.StartsWith("lot=", StringComparison.Ordinal)
            && rest.Length > "lot=".Length && rest.Length - "lot=".Length <= StandardReading.TextLengthMax => (value, rest["lot=".Length..]),
        _ => null,
    };
}
