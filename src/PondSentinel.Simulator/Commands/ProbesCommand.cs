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
        stopped. Commands on standard input, one a line; each is answered by a line:
          mute DEVICE            it says nothing          garble DEVICE   one bit of each answer is wrong
          late DEVICE MS         it answers that late     wiper DEVICE    the turbidity probe's wiper is stuck
          ok DEVICE              it is well again
          unplug LINE            the cable is pulled out  plug LINE       and plugged in again
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
        var log = new Option<string?>("--log")
        {
            Description = "Append a line for each answer with measured values that went out: UTC ms, simulated s, device, register, bytes, values.",
            HelpName = "FILE",
        };
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
            await FollowAsync(site, stop.Token);
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

    private static async Task FollowAsync(VirtualSite site, CancellationToken cancellationToken)
    {
        // Reading a console cannot be cancelled, so it has a thread that the end of the process takes away.
        var failed = site.Failed.WaitAsync(cancellationToken);
        var commanded = true;
        while (commanded)
        {
            var reading = Task.Run(Console.In.ReadLine, CancellationToken.None);
            if (await Task.WhenAny((Task)reading, failed) == failed)
            {
                break;
            }

            var text = await reading;
            commanded = text is not null;
            if (!string.IsNullOrWhiteSpace(text))
            {
                Console.Out.WritePlain(site.Command(text));
                await Console.Out.FlushAsync(cancellationToken);
            }
        }

        // Where nobody will command any more, the probes go on.
        throw new IOException(await failed);
    }
}
