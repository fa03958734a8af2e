using System.CommandLine;

namespace PondSentinel.Simulator.Commands;

/// <summary>The command line of <c>pond-sim</c>.</summary>
public static class SimulatorCommandLine
{
    private const string Description =
        """
        Simulates a leaching pond, the stream below it and the probes of a gateway.

        Examples:
          pond-sim demo                                    pond, gateway, backend and page in one process
          pond-sim demo --data ~/pond --port 8090          keep what is stored; go on there next time
          pond-sim demo --speed 100 --until 6h --json      a whole story, for a program to read
          pond-sim probes --folder /tmp/site --log served.txt
                                                           only the probes, for a gateway of your own
          pond-sim devices --config gateway.toml --folder /tmp/twins
                                                           a twin for each device of your own configuration
        """;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code: 0 good, 1 wrong arguments or something that stands in the way.</returns>
    public static Task<int> InvokeAsync(string[] arguments)
    {
        var root = new RootCommand(Description) { DemoCommand.Create(), ProbesCommand.Create(), DevicesCommand.Create() };

        // Its own handling of signals would end the process 2 s after the first, in the middle of a shutdown.
        return root.Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
