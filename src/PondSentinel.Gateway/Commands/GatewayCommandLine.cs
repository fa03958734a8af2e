using System.CommandLine;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Commands;

/// <summary>The command line of <c>pond-gateway</c>.</summary>
public static class GatewayCommandLine
{
    private const string Description =
        """
        Reads the sensors of a site, keeps what they say in a durable buffer and publishes it over MQTT.

        Examples:
          pond-gateway check                               list every mistake in /etc/pondsentinel/gateway.toml
          pond-gateway check --config gateway.toml         the same of another file
          pond-gateway run                                 read, buffer and publish until stopped
          pond-gateway run --witness durable.txt           and write down every record that is safe on the card
          pond-gateway status                              how the running gateway is
          pond-gateway maintenance on pond-ph --reason "cleaning"     its values are not the water's for an hour
          pond-gateway sample add pond-nh4.nh4n 12.4 --taken 2026-11-01T06:30Z     a value measured by hand, beside the probe's
          pond-gateway models                              the sensors it can read, by your own profiles too
          pond-gateway models yosemitech-y532              one of them: outputs, line, what is unsure, calibration
          pond-gateway buffer stat                         how much is kept, what was lost and why
          pond-gateway calibration list                    what is in force, what is due
          pond-gateway qc may.csv --tests ph.toml          flag a recorded series, to tune the tests on it
        """;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code: 0 good, 1 wrong arguments, a failure or something found wrong, 2 a configuration that cannot be used.</returns>
    public static Task<int> InvokeAsync(string[] arguments) => InvokeAsync(arguments, Console.Out, Console.Error);

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where all else goes.</param>
    /// <returns>The exit code.</returns>
    internal static Task<int> InvokeAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The configuration.",
            HelpName = "FILE",
            DefaultValueFactory = _ => GatewayConfigurationFile.DefaultPath,
        };
        var root = new RootCommand(Description)
        {
            CheckCommand.Create(config), RunCommand.Create(config), StatusCommand.Create(config), MaintenanceCommand.Create(config),
            SampleCommand.Create(config),
            ModelsCommand.Create(config), BufferCommand.Create(config), CalibrationCommand.Create(config), QualityCommand.Create(),
        };

        // Its own handling of signals would end the process 2 s after the first, in the middle of a shutdown.
        return root.Parse(arguments).InvokeAsync(new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            Output = output,
            Error = error,
        });
    }
}
