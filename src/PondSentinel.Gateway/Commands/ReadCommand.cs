using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Sensors;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway read</c>: one reading now, by the running gateway or from the hardware.</summary>
internal static class ReadCommand
{
    private const string Description =
        """
        One reading now: value, unit, flag, and with --raw the bytes that were said. Where the gateway runs it asks,
        between its polls; else this command does. A probe is read as it is, without warm-up, wiping and repetitions.
        No record comes of it. Exit 1 where a channel gave no value.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var channels = new Argument<string[]>("channel")
        {
            Description = "A channel as device.channel, or a device for all of its channels.",
            HelpName = "CHANNEL",
            Arity = new ArgumentArity(1, ReadVerb.NamesMax),
        };
        var raw = new Option<bool>("--raw") { Description = "The bytes too: > sent, < came, in hexadecimal." };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb(
            "read",
            Description,
            "pond-gateway read pond-ph.ph",
            "pond-gateway read pond-ph pond-nh4.nh4n --raw")
        {
            channels, raw, json, config,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            new Asked(result.GetRequiredValue(channels), result.GetValue(raw), result.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(InvocationConfiguration console, string config, Asked asked, CancellationToken cancellationToken)
    {
        var loaded = GatewayConfigurationFile.Load(config);
        if (loaded.Configuration is not { } configuration)
        {
            console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        var named = NamedChannels.Find(asked.Channels, configuration.Devices, out var unknown);
        if (unknown is not null)
        {
            console.Error.WritePlain(unknown);
            return ExitCode.Misuse;
        }

        var reply = configuration.Control is { } control
            ? await new ControlClient(control.Socket, TimeProvider.System).AskAsync(
                ReadVerb.Verb, asked.Write, ControlClient.Patience + (LineWork.Max * named.Count), cancellationToken)
            : ControlReply.NotDone.Nobody("this gateway takes no orders");
        switch (reply)
        {
            case ControlReply.Done(var body):
                return Tell(body, asked.IsJson, console.Output);
            case ControlReply.NotDone { IsNobodyThere: true }:
                using (var document = JsonDocument.Parse(await AskHardwareAsync(configuration, named, asked.IsRaw, cancellationToken)))
                {
                    return Tell(document.RootElement, asked.IsJson, console.Output);
                }

            case ControlReply.NotDone(var why):
                console.Error.WritePlain(why);
                return ExitCode.Wrong;
            default:
                throw new InvalidOperationException("Not a defined reply.");
        }
    }

    // The lines are this program's alone while they are open: a gateway that is started meanwhile finds them held, and says so.
    private static async Task<string> AskHardwareAsync(
        GatewayConfiguration configuration,
        IReadOnlyList<(DeviceOptions Device, IReadOnlyList<string> Channels)> named,
        bool listens,
        CancellationToken cancellationToken)
    {
        // What another device needs is read before it.
        var needed = named.SelectMany(each => each.Device.Settings?.Needs ?? [])
            .Select(need => configuration.Devices.First(device => need.Channel.StartsWith($"{device.Id}.", StringComparison.Ordinal)))
            .Distinct();
        DeviceOptions[] asked = [.. needed.Except(named.Select(each => each.Device)), .. named.Select(each => each.Device)];
        await using var assembly = DeviceAssembly.Open(
            configuration,
            configuration.Models,
            TimeProvider.System,
            new CalibrationBook(CalibrationRoom.Look(configuration), CalibratedChannel.Of(configuration)),
            remembers: false);
        List<DeviceReading> taken = [];
        foreach (var device in asked.Select(options => assembly.Devices.First(device => device.Options == options)))
        {
            var reading = await DeviceReading.TakeAsync(device, listens, new LoneTurn(TimeProvider.System), cancellationToken);
            device.Latest?.Note(device.Options.Id, device.Options.Interval, reading.Values);
            taken.Add(reading);
        }

        return JsonLine.Of(json => DeviceReading.WriteAll(json, named.Select(each => (
            taken.First(reading => reading.Device.Options == each.Device), each.Channels))));
    }

    private static int Tell(JsonElement body, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(body.GetRawText());
        }

        var isWhole = true;
        foreach (var device in body.GetProperty("devices").EnumerateArray())
        {
            isWhole &= device.GetProperty("values").EnumerateArray().All(value => value.GetProperty("x").ValueKind == JsonValueKind.Number);
            if (!json)
            {
                Print(device, output);
            }
        }

        return isWhole ? ExitCode.Good : ExitCode.Wrong;
    }

    private static void Print(JsonElement device, TextWriter output)
    {
        foreach (var value in device.GetProperty("values").EnumerateArray())
        {
            output.WritePlain(ChannelLine.Of(value));
        }

        if (device.TryGetProperty("fault", out var fault))
        {
            output.WritePlain($"  {fault.GetString()}: {device.GetProperty("detail").GetString()}");
            output.WritePlain($"  {device.GetProperty("hint").GetString()}");
        }

        if (device.TryGetProperty("said", out var said))
        {
            foreach (var words in said.EnumerateArray())
            {
                output.WritePlain($"  {words.GetString()}");
            }
        }

        if (device.TryGetProperty("more_bytes", out var more))
        {
            output.WritePlain($"  and {more.GetInt32()} bytes more");
        }
    }

    private sealed record Asked(IReadOnlyList<string> Channels, bool IsRaw, bool IsJson)
    {
        public void Write(Utf8JsonWriter request)
        {
            JsonLine.Texts(request, "channels", Channels);
            request.WriteBoolean("raw", IsRaw);
        }
    }
}
