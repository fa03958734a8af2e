using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway calibration run</c>: calibrates an instrument that holds its calibration itself.</summary>
internal static class CalibrationRunCommand
{
    // A probe stays in a standard for some minutes and has five to settle.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private const string Description =
        """
        Calibrate an instrument that holds its calibration itself, by its maker's recipe: put the probe into a standard, then say which. The running gateway waits until the reading is steady, reads it, tells the instrument, reads it again, and says what comes next. After the last standard the record is made.

        Meanwhile the values of the device are marked: calibrating. What nobody goes on with for an hour, and what a power cut ends, is kept as a refused record; where the instrument was told nothing there is none.

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
        var command = new Verb(
            "run",
            Description,
            "pond-gateway calibration run pond1.ph --standard 7.00,lot=A17 --temp 22",
            "pond-gateway calibration run pond1.ph --end        leave the rest out",
            "pond-gateway calibration run pond1.ph              what comes next",
            "pond-gateway calibration run pond1.ph --abandon")
        {
             channel, who, standard, celsius, end, abandon, json, config,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var name = result.GetRequiredValue(channel);
            var (text, isEnd, isAbandoned) = (result.GetValue(standard), result.GetValue(end), result.GetValue(abandon));
            if ((text is null ? 0 : 1) + (isEnd ? 1 : 0) + (isAbandoned ? 1 : 0) > 1)
            {
                result.InvocationConfiguration.Error.WritePlain("--standard, --end and --abandon: one of them");
                return Task.FromResult(ExitCode.Misuse);
            }

            (double Value, string? Lot)? read = text is null ? null : Parse(text);
            if (text is not null && read is null)
            {
                result.InvocationConfiguration.Error.WritePlain($"{text} is no standard; write its value, for example 4.01 or 4.01,lot=A17");
                return Task.FromResult(ExitCode.Misuse);
            }

            var isState = text is null && !isEnd && !isAbandoned;
            return AskAsync(
                result,
                result.GetRequiredValue(config),
                isState ? CalibrationStateVerb.Verb : CalibrationRunVerb.Verb,
                body =>
                {
                    body.WriteString("channel", name);
                    if (isState)
                    {
                        return;
                    }

                    body.WriteString("do", isEnd ? "end" : isAbandoned ? "abandon" : "standard");
                    if (read is var (value, lot))
                    {
                        body.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
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
        return code == 0 && !isAccepted ? CalibrationCommand.Wrong : code;
    }

    private static void Print(JsonElement body, CalibrationRecord? record, TextWriter output)
    {
        var name = body.GetProperty("channel").GetString();
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
