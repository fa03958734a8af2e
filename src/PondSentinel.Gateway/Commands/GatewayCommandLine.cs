using System.CommandLine;
using System.CommandLine.Invocation;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Commands;

/// <summary>The command line of <c>pond-gateway</c>.</summary>
public static class GatewayCommandLine
{
    private const string Description =
        """
        Reads the sensors of a site, keeps what they say in a durable buffer and
        publishes it over MQTT.

        Exit codes: 0 good, 1 something found wrong or not done, 2 misuse.

        Examples:
          pond-gateway check                       list the configuration's mistakes
          pond-gateway init                        a first configuration, by questions
          pond-gateway run                         read, buffer and publish
          pond-gateway apply new.toml              other settings for one that runs
          pond-gateway backup gz-07.tar            what makes this gateway, in a file
          pond-gateway status                      how the running gateway is
          pond-gateway logs --since 2h             what it says of itself
          pond-gateway doctor                      what is wrong, and what to do
          pond-gateway scan                        who is on the lines
          pond-gateway read pond-ph --raw          one reading now, with its bytes
          pond-gateway maintenance on pond-ph --reason "cleaning"
          pond-gateway export /media/usb --from 2026-11-01 --to 2026-11-08
          pond-gateway VERB --help                 more of each, with examples
        """;

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

        // Its own handling of signals would end the process 2 s after the first, in the middle of a shutdown.
        var code = await parsed.InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            Output = output,
            Error = error,
        });
        return parsed.Action is ParseErrorAction ? ExitCode.Misuse : code;
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
        var root = new RootCommand(VerbHelp.Flowing(Description))
        {
            InitCommand.Create(config), CheckCommand.Create(config), RunCommand.Create(config), ReloadCommand.Create(config), ApplyCommand.Create(config), StatusCommand.Create(config), LogsCommand.Create(config), ReadCommand.Create(config),
            DoctorCommand.Create(config), ScanCommand.Create(config), DeviceCommand.Create(config),
            MaintenanceCommand.Create(config), AlarmCommand.Create(config), SampleCommand.Create(config), ModelsCommand.Create(config), BufferCommand.Create(config), ExportCommand.Create(config), CalibrationCommand.Create(config), BackupCommand.Create(config), RestoreCommand.Create(config), QualityCommand.Create(), DeriveCommand.Create(),
        };
        VerbHelp.Give(root);
        return root;
    }
}
