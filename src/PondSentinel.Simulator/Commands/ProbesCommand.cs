using System.CommandLine;
using System.Globalization;
using System.Text;
using PondSentinel.Simulator.Devices;
using PondSentinel.Terminal;

namespace PondSentinel.Simulator.Commands;

/// <summary><c>pond-sim probes</c>: the virtual site alone.</summary>
internal static class ProbesCommand
{
    private const int BrokerPort = 1883;
    private const ulong SeedDefault = 1;
    private const double StartMinutesMax = 24 * 60;

    private const string Description =
        """
        Runs only the virtual probes, each line behind a terminal of its own.

        Writes FOLDER/gateway.toml for `pond-gateway run --config`, prints the ports and then `ready`, and goes on until
        stopped. Commands on standard input, one a line; each is answered. `help` lists the faults and which device has which,
        for example `mute downstream-nh4`, `late downstream-nh4 1500`, `error downstream-turbidity` (its wiper is stuck),
        `ok downstream-nh4`, `unplug uart-dust`, `plug uart-dust`.
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var folder = new Option<string>("--folder")
        {
            Description = "Where the links to the ports go. Created where it is missing.",
            HelpName = "DIR",
            Required = true,
        };
        var log = SimulationOptions.Log();
        var seed = SimulationOptions.Seed();
        var speed = SimulationOptions.Speed();
        var start = Start();
        var command = new Command("probes", Description) { folder, log, seed, speed, start };
        command.SetAction((result, _) => RunAsync(
            Path.GetFullPath(result.GetRequiredValue(folder)),
            result.GetValue(log),
            result.GetValue(seed) ?? SeedDefault,
            result.GetRequiredValue(speed),
            TimeSpan.FromMinutes(result.GetValue(start))));
        return command;
    }

    private static Option<double> Start()
    {
        var start = new Option<double>("--start")
        {
            Description = "Simulated minute of the day to begin with; the leak begins in minute 60. Default 0.",
            HelpName = "MINUTES",
        };
        start.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= StartMinutesMax))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--start is 0 to {StartMinutesMax}."));
            }
        });
        return start;
    }

    private static async Task<int> RunAsync(string folder, string? logPath, ulong seed, double speed, TimeSpan start)
    {
        using var stop = new StopSignals();
        try
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "gateway.toml"),
                SiteConfiguration.Text(speed, folder, Path.Combine(folder, "buffer"), BrokerPort),
                stop.Token);
            await using var served = logPath is null
                ? TextWriter.Null
                : new StreamWriter(logPath, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            var clock = new SiteClock(TimeProvider.System, start, speed);
            var log = new ServedLog(served, TimeProvider.System, clock);
            using var site = new VirtualSite(folder, seed, clock, log, TimeProvider.System);
            foreach (var line in site.Lines)
            {
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{line.Link} {line.Baud} baud"));
            }

            await Console.Out.WriteLineAsync("ready");
            await Console.Out.FlushAsync(stop.Token);
            await FaultConsole.FollowAsync(site.Commands, site.Failed, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
