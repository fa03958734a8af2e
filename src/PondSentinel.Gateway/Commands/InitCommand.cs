using System.CommandLine;
using System.Text;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Initial;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway init</c>: a first configuration by a few questions.</summary>
internal static class InitCommand
{
    private const string Description =
        """
        Write a first configuration, with comments, that passes check: for Modbus probes on
        a serial line. What no option says is asked at a terminal. Nothing that is there is
        ever overwritten. For other lines see what pond-gateway scan prints.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var id = new Option<string?>("--id") { Description = "Name of the gateway, also at the broker.", HelpName = "NAME" };
        var site = new Option<string?>("--site") { Description = "Name of the site.", HelpName = "NAME" };
        var station = new Option<string?>("--station") { Description = "Name of the place where the probes measure.", HelpName = "NAME" };
        var port = new Option<string?>("--port") { Description = "The serial port.", HelpName = "/dev/serial/by-id/…" };
        var devices = new Option<string[]>("--device")
        {
            Description = "A probe: its model and its address. Again for each.",
            HelpName = "MODEL@ADDRESS",
            AllowMultipleArgumentsPerToken = false,
        };
        var broker = new Option<string?>("--broker") { Description = "Host of the broker; none for records that are only kept.", HelpName = "HOST" };
        var authority = new Option<string?>("--ca") { Description = "Who may have signed the broker's certificate; with it TLS.", HelpName = "FILE" };
        var certificate = new Option<string?>("--certificate") { Description = "The gateway's own certificate.", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "Its key.", HelpName = "FILE" };
        var buffer = new Option<string?>("--buffer") { Description = $"Folder of the buffer; else {InitialSettings.UsualBuffer}.", HelpName = "FOLDER" };
        var command = new Verb(
            "init",
            Description,
            "sudo pond-gateway init",
            "pond-gateway init --config new.toml --id gz-07 --site zudong \\",
            "  --port /dev/ttyUSB0 --device yosemitech-y532@3 --broker b.example.org")
        {
            id, site, station, port, devices, broker, authority, certificate, key, buffer, config,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(config),
            new InitialSettings
            {
                Id = result.GetValue(id),
                Site = result.GetValue(site),
                Station = result.GetValue(station),
                Port = result.GetValue(port),
                Devices = result.GetValue(devices) ?? [],
                Broker = result.GetValue(broker),
                Authority = result.GetValue(authority),
                Certificate = result.GetValue(certificate),
                Key = result.GetValue(key),
                Buffer = result.GetValue(buffer) ?? InitialSettings.UsualBuffer,
            },
            Console.IsInputRedirected ? null : Console.In,
            result.InvocationConfiguration));
        return command;
    }

    /// <summary>Runs it.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="settings">What is known.</param>
    /// <param name="input">Who answers; null where nobody is there.</param>
    /// <param name="console">Where to.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(string path, InitialSettings settings, TextReader? input, InvocationConfiguration console)
    {
        if (Path.Exists(path))
        {
            console.Error.WritePlain($"{path} is there already, and init overwrites nothing: change it with pond-gateway apply, or name another with --config");
            return ExitCode.Wrong;
        }

        if (input is not null)
        {
            settings = new Interview(input, console.Output).Complete(settings);
        }
        else if (settings.Missing is { Count: > 0 } missing)
        {
            console.Error.WritePlain($"nobody is there to ask: say {string.Join(", ", missing)}");
            return ExitCode.Misuse;
        }

        var text = settings.Text();
        var loaded = GatewayConfigurationFile.Read(path, text);
        console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is null)
        {
            console.Error.WritePlain("nothing is written");
            return ExitCode.Misuse;
        }

        try
        {
            Write(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain($"nothing is written: {FileFailure.Said(e)}");
            return ExitCode.Wrong;
        }

        console.Output.WritePlain($"{path}: written; look it through, then: pond-gateway doctor, and systemctl start pond-gateway");
        return ExitCode.Good;
    }

    private static void Write(string path, string text)
    {
        var target = new ConfigurationPlace(path).Target;
        using (var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write))
        {
            FolderOwner.Give(target);
            FileRights.MakeShared(target);
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        LinuxCard.ToRead(Path.GetDirectoryName(target) ?? "/").SyncFolder();
    }
}
