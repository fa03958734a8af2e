using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Commands;

/// <summary>The command line of <c>pond-gateway</c>.</summary>
public static class GatewayCommandLine
{
    private const string Description = "Reads the sensors of a site, keeps what they say, and publishes it over MQTT.";

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code: 0 good, 1 a failure or something found wrong, 2 arguments or a configuration that cannot be used.</returns>
    public static Task<int> InvokeAsync(string[] arguments) => InvokeAsync(arguments, Console.Out, Console.Error);

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where all else goes.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> InvokeAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var parsed = Root().Parse(arguments);
        if (parsed.Action is ParseErrorAction wrong)
        {
            return Refuse(parsed, wrong, error);
        }

        // Its own handling of signals would end the process 2 s after the first, in the middle of a shutdown.
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            Output = output,
            Error = error,
        });
    }

    // What is wrong, and where more is told: a screen of help behind it would push it out of a phone's sight.
    private static int Refuse(ParseResult parsed, ParseErrorAction wrong, TextWriter error)
    {
        wrong.ShowHelp = parsed.Tokens.Count == 0;
        parsed.Invoke(new InvocationConfiguration { Output = error, Error = error });
        if (!wrong.ShowHelp)
        {
            var verb = string.Join(' ', Above(parsed.CommandResult).Reverse());
            error.WriteLine($"{(verb.Length > 0 ? $"pond-gateway {verb}" : "pond-gateway")} --help tells more");
        }

        return ExitCode.Misuse;
    }

    private static IEnumerable<string> Above(CommandResult command)
    {
        for (var at = command; at.Parent is CommandResult above; at = above)
        {
            yield return at.Command.Name;
        }
    }

    /// <summary>The whole command line.</summary>
    internal static RootCommand Root()
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The configuration.",
            HelpName = "FILE",
            DefaultValueFactory = _ => GatewayConfigurationFile.DefaultPath,
        };
        IReadOnlyList<VerbGroup> groups = Groups(config);
        var root = new RootCommand(Description);
        foreach (var (verb, _) in groups.SelectMany(group => group.Verbs))
        {
            root.Add(verb);
        }

        VerbHelp.Give(root, new VerbOverview(
            Description,
            groups,
            "Options:",
            $"  -c, --config FILE  the configuration, else {GatewayConfigurationFile.DefaultPath}",
            "  -h, --help         this, and of a verb more",
            "  --version          which version this is",
            "",
            "Exit codes: 0 good, 1 something found wrong or not done, 2 misuse."));
        return root;
    }

    private static IReadOnlyList<VerbGroup> Groups(Option<string> config) =>
    [
        new(
            "How it is",
            (StatusCommand.Create(config), "how the running gateway is; --watch: again and again"),
            (DoctorCommand.Create(config), "what is wrong at the site, and what to do"),
            (ReadCommand.Create(config), "one reading now; --raw: with its bytes"),
            (LogsCommand.Create(config), "what the gateway says of itself"),
            (AlarmCommand.Create(config), "its own alarms and relays: list, silence, test")),
        new(
            "Work at the site",
            (MaintenanceCommand.Create(config), "say that somebody works at a probe, or no longer"),
            (CalibrateCommand.Create(config), "be guided through a calibration, standard by standard"),
            (CalibrationCommand.Create(config), "run, judge and keep calibrations"),
            (SampleCommand.Create(config), "enter a value measured by hand or in a laboratory"),
            (DeviceCommand.Create(config), "identify, readdress, exchange a probe; cut its power"),
            (ScanCommand.Create(config), "who is on the lines, as configuration")),
        new(
            "Settings",
            (InitCommand.Create(config), "a first configuration, by a few questions"),
            (CheckCommand.Create(config), "list every mistake in the configuration"),
            (ApplyCommand.Create(config), "put another one in its place, with a way back"),
            (ReloadCommand.Create(config), "have the running gateway read it anew"),
            (ModelsCommand.Create(config), "the sensors that can be read"),
            (RunCommand.Create(config), "the gateway itself: what its service runs")),
        new(
            "What was measured",
            (ExportCommand.Create(config), "as CSV onto a stick"),
            (BufferCommand.Create(config), "how much is kept, what was lost; stat, verify, dump"),
            (QualityCommand.Create(), "flag a recorded series by the tests of quality"),
            (DeriveCommand.Create(), "compute channels from recorded ones")),
        new(
            "The machine",
            (BackupCommand.Create(config), "all that makes this gateway, in one file"),
            (RestoreCommand.Create(config), "make this machine the gateway of a backup")),
    ];
}
