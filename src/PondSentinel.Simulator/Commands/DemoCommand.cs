using System.CommandLine;
using System.CommandLine.Parsing;
using PondSentinel.Simulator.Demo;
using PondSentinel.Terminal;
using PondSentinel.Toml;

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
        var port = new Option<int>("--port")
        {
            Description = "Port of the page on 127.0.0.1; 0 takes a free one.",
            HelpName = "P",
            DefaultValueFactory = _ => PortDefault,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 0 and <= 65_535))
            {
                result.AddError("--port is 0 to 65535.");
            }
        });
        var data = new Option<string?>("--data")
        {
            Description = "Keep everything in this folder, and go on there. Without it a folder is made and removed at the end.",
            HelpName = "DIR",
        };
        var until = new Option<TimeSpan?>("--until")
        {
            Description = "End at this simulated time since the site's beginning, for example 6h.",
            HelpName = "SIMTIME",
            CustomParser = Duration,
        };
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

    private static TimeSpan? Duration(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Units.Duration(text) is { } duration && duration > TimeSpan.Zero)
        {
            return duration;
        }

        result.AddError("--until is a time, for example 90m or 6h.");
        return null;
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
