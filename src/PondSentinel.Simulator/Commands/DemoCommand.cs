using System.CommandLine;
using PondSentinel.Simulator.Demo;
using PondSentinel.Terminal;

namespace PondSentinel.Simulator.Commands;

/// <summary><c>pond-sim demo</c>: the whole product around a simulated site.</summary>
internal static class DemoCommand
{
    private const int PortDefault = 8080;

    private const string Description =
        """
        Runs pond, probes, gateway, broker, backend and page in one process, and tells what happens.

        A simulated hour after the start the pond leaks; the alarm goes out about half an hour after that and is over by
        itself; dust rises once. At the default speed that is one minute, half a minute, and six minutes for all of it.

        Examples:
          pond-sim demo                                    page on http://127.0.0.1:8080
          pond-sim demo --speed 1                          in real time
          pond-sim demo --seed 7 --data ~/pond             another pond, and kept: the next start goes on there
          pond-sim demo --until 6h --json                  ends by itself; one JSON object a line
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var speed = SimulationOptions.Speed();
        var seed = SimulationOptions.Seed();
        var port = SimulationOptions.Port(PortDefault);
        var data = new Option<string?>("--data")
        {
            Description = "Keep everything in this folder, and go on there. Without it a folder is made and removed at the end.",
            HelpName = "DIR",
        };
        data.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is "")
            {
                result.AddError("--data names a folder.");
            }
        });
        var until = SimulationOptions.Until();
        var json = new Option<bool>("--json") { Description = "Tell what happens as JSON, one object a line." };
        var command = new Command("demo", Description) { speed, seed, port, data, until, json };
        command.SetAction((result, _) => RunAsync(new DemoOptions
        {
            Speed = result.GetRequiredValue(speed),
            Seed = result.GetValue(seed),
            Port = result.GetRequiredValue(port),
            Folder = result.GetValue(data),
            Until = result.GetValue(until),
            Json = result.GetValue(json),
        }));
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options)
    {
        using var stop = new StopSignals();
        await using var lines = new LineQueue(Console.Out, TimeProvider.System);
        IDemoReport report = options.Json ? new JsonReport(lines) : new PlainReport(lines, PlainReport.WantsColour);
        try
        {
            await new DemoRun(options, report, TimeProvider.System).RunAsync(stop.Token);
            return 0;
        }
        catch (DemoObstacleException e)
        {
            Console.Error.WritePlain(e.Message);
            return 1;
        }
    }
}
