using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Fieldwork;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway device</c>: what is done to a device at the site, by the running gateway.</summary>
internal static class DeviceCommand
{
    private const string Identify = "pond-gateway device identify pond-ph";
    private const string SetAddress = "pond-gateway device set-address pond-ph 5";
    private const string Replace = "pond-gateway device replace pond-ph --serial YL4326070031";
    private const string PowerCycle = "pond-gateway device power-cycle rs485";

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config) =>
        new Verb("device", "What is done to a device, by the running gateway, between its polls.", Identify, SetAddress, Replace, PowerCycle)
        {
            CreateIdentify(config), CreateSetAddress(config), CreateReplace(config), CreatePowerCycle(config),
        };

    private static Verb CreateIdentify(Option<string> config)
    {
        var device = Device();
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb("identify", "Which piece it is, by its own word.", Identify) { device, json, config };
        command.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "device-identify",
            request => request.WriteString("device", result.GetRequiredValue(device)),
            result.GetValue(json) ? static (body, output) => output.WriteLine(body.GetRawText()) : PrintIdentity,
            cancellationToken,
            LineWork.Max + ControlClient.Patience));
        return command;
    }

    private static Verb CreateSetAddress(Option<string> config)
    {
        var device = Device();
        var address = new Argument<int>("address") { Description = "The new address, 1 to 247.", HelpName = "ADDRESS" };
        address.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number is >= ProfileLine.AddressMin and <= ProfileLine.AddressMax))
            {
                result.AddError($"{token.Value} is no address; write 1 to 247");
            }
        });
        var yes = new Option<bool>("--yes") { Description = "Do it without asking." };
        var command = new Verb(
            "set-address",
            "Give it another address by its maker's recipe, see that it answers there, and tell the line of the configuration to change. Others on the line keep theirs.",
            SetAddress)
        {
            device, address, yes, config,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var console = result.InvocationConfiguration;
            var (name, path) = (result.GetRequiredValue(device), result.GetRequiredValue(config));
            if (!result.GetValue(yes) && !Confirm($"give {name} the address {result.GetValue(address)}", console.Error, out var refused))
            {
                return refused;
            }

            return await ControlCommand.AskAsync(
                console,
                path,
                "device-set-address",
                request =>
                {
                    request.WriteString("device", name);
                    request.WriteNumber("address", result.GetValue(address));
                },
                (body, output) => PrintAddress(body, path, output),
                cancellationToken,
                LineWork.Max + ControlClient.Patience);
        });
        return command;
    }

    private static Verb CreateReplace(Option<string> config)
    {
        var device = Device();
        var serial = new Option<string?>("--serial") { Description = "The new piece's serial number; else the one that it tells.", HelpName = "NUMBER" };
        var was = new Option<string?>("--was") { Description = "The old piece's; else the one in the configuration.", HelpName = "NUMBER" };
        var who = MaintenanceCommand.Who();
        var command = new Verb(
            "replace",
            "Note that another piece is in its place, and tell the line of the configuration to change, so that the old piece's calibration is not taken for the new one.",
            Replace)
        {
            device, serial, was, who, config,
        };
        command.SetAction((result, cancellationToken) => ControlCommand.AskAsync(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            "device-replace",
            request =>
            {
                request.WriteString("device", result.GetRequiredValue(device));
                request.WriteString("serial", result.GetValue(serial));
                request.WriteString("was", result.GetValue(was));
                request.WriteString("who", result.GetValue(who) ?? MaintenanceCommand.Caller);
            },
            (body, output) => PrintReplaced(body, result.GetRequiredValue(config), output),
            cancellationToken,
            LineWork.Max + ControlClient.Patience));
        return command;
    }

    private static Verb CreatePowerCycle(Option<string> config)
    {
        var of = new Argument<string>("of") { Description = "The bus, or one of its devices.", HelpName = "BUS|DEVICE" };
        var yes = new Option<bool>("--yes") { Description = "Do it without asking." };
        var command = new Verb(
            "power-cycle", "Switch the supply of a bus off and on, by its supply_relay: all devices on it lose their power.", PowerCycle)
        {
            of, yes, config,
        };
        command.SetAction(async (result, cancellationToken) =>
            result.GetValue(yes) || Confirm(
                $"take the power from all devices on the bus of {result.GetRequiredValue(of)}", result.InvocationConfiguration.Error, out var refused)
                ? await ControlCommand.AskAsync(
                    result.InvocationConfiguration,
                    result.GetRequiredValue(config),
                    "device-power-cycle",
                    request => request.WriteString("of", result.GetRequiredValue(of)),
                    PrintPower,
                    cancellationToken,
                    LineWork.Max + ControlClient.Patience)
                : refused);
        return command;
    }

    private static Argument<string> Device() => new("device") { Description = "The device.", HelpName = "DEVICE" };

    private static bool Confirm(string what, TextWriter error, out int refused)
    {
        refused = ExitCode.Misuse;
        if (Console.IsInputRedirected)
        {
            error.WritePlain($"nobody is there to ask whether to {what}: say so with --yes");
            return false;
        }

        error.Write($"{what}? yes or no: ");
        error.Flush();
        refused = ExitCode.Wrong;
        return Console.In.ReadLine()?.Trim() is "yes" or "y";
    }

    private static void PrintIdentity(JsonElement body, TextWriter output)
    {
        output.WritePlain($"{body.GetProperty("device").GetString()}: {body.GetProperty("model").GetString()}, {body.GetProperty("where").GetString()}");
        output.WritePlain($"  serial {body.GetProperty("serial").GetString() ?? "not told"}, firmware {body.GetProperty("firmware").GetString() ?? "not told"}");
        if (body.GetProperty("configured_serial").GetString() is { } configured
            && !string.Equals(configured, body.GetProperty("serial").GetString(), StringComparison.OrdinalIgnoreCase))
        {
            output.WritePlain($"  the configuration has serial = \"{configured}\": pond-gateway device replace notes a change");
        }
    }

    private static void PrintAddress(JsonElement body, string config, TextWriter output)
    {
        var device = body.GetProperty("device").GetString()!;
        var address = body.GetProperty("address").GetRawText();
        output.WritePlain($"{device}: answers at {address}, no longer at {body.GetProperty("was").GetRawText()}");
        output.WritePlain($"  now write address = {address} {ConfiguredLine.Of(config, device, "address")}, then pond-gateway reload");
    }

    private static void PrintReplaced(JsonElement body, string config, TextWriter output)
    {
        var device = body.GetProperty("device").GetString()!;
        var serial = body.GetProperty("serial").GetString();
        output.WritePlain($"{device}: now the piece {serial}, before {body.GetProperty("was").GetString() ?? "one whose number nobody noted"}");
        output.WritePlain($"  now write serial = \"{serial}\" {ConfiguredLine.Of(config, device, "serial")}, then pond-gateway reload, and calibrate it");
    }

    private static void PrintPower(JsonElement body, TextWriter output) => output.WritePlain(
        $"bus {body.GetProperty("bus").GetString()}: the supply was switched off and on: "
        + string.Join(", ", body.GetProperty("devices").EnumerateArray().Select(device => device.GetString())));
}
