using System.CommandLine;
using System.Text;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Simulator.Commands;

/// <summary><c>pond-sim devices</c>: a twin for each device of a gateway's own configuration.</summary>
internal static class DevicesCommand
{
    private const ulong SeedDefault = 1;
    private static readonly TimeSpan EveryMin = TimeSpan.FromMilliseconds(100);

    private const string Description =
        """
        Serves a twin for each device of a gateway's configuration, so that the gateway can run without hardware.

        Writes DIR/gateway.toml, the same file with other ports and another folder of the buffer; prints where each line is,
        what cannot be served and what to do about it, the command that runs the gateway with it, and then `ready`; goes on
        until stopped. Commands on standard input, one a line; each is answered. `help` lists the faults and which device has
        which, for example `mute pond-nh4`, `late pond-nh4 1500`, `ok pond-nh4`, `unplug rs485`, `plug rs485`.

        Examples:
          pond-sim devices --config deploy/gateway.sample.toml --folder /tmp/twins
          pond-sim devices -c gateway.toml --folder /tmp/twins --every 1s     ask each second, without warm-up and bursts
          pond-sim devices -c gateway.toml --folder /tmp/twins --fault "mute pond-nh4" --log served.txt
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var config = new Option<string>("--config", "-c")
        {
            Description = "The gateway's configuration.",
            HelpName = "FILE",
            Required = true,
        };
        var folder = new Option<string>("--folder")
        {
            Description = "Where ports and the changed configuration go. Created where it is missing. Default: twins, here.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "twins",
        };
        var log = SimulationOptions.Log();
        var seed = SimulationOptions.Seed();
        var fault = new Option<string[]>("--fault")
        {
            Description = "A command to begin with, as on standard input. May be given several times.",
            HelpName = "COMMAND",
        };
        var every = Every();
        var command = new Command("devices", Description) { config, folder, log, seed, fault, every };
        command.SetAction((result, _) => RunAsync(new Options(
            result.GetRequiredValue(config),
            Path.GetFullPath(result.GetRequiredValue(folder)),
            result.GetValue(log),
            result.GetValue(seed) ?? SeedDefault,
            result.GetValue(fault) ?? [],
            result.GetValue(every) is { } text ? Units.Duration(text) : null)));
        return command;
    }

    private static Option<string?> Every()
    {
        var every = new Option<string?>("--every")
        {
            Description = "Have all devices asked so often, without warm-up, wiping and bursts of readings, for example 1s.",
            HelpName = "TIME",
        };
        every.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && !(Units.Duration(text) >= EveryMin && Units.Duration(text) <= TimeSpan.FromDays(1)))
            {
                result.AddError("--every is a time from 100ms to 1d, for example 1s.");
            }
        });
        return every;
    }

    private static async Task<int> RunAsync(Options options)
    {
        using var stop = new StopSignals();
        try
        {
            var configuration = TwinConfiguration.Load(options.Config);
            var loaded = configuration.Loaded;
            Console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            if (loaded.Configuration is null)
            {
                return 2;
            }

            if (Made(options.Folder) is { } unmade)
            {
                Console.Error.WritePlain(unmade);
                return 1;
            }

            await using var served = options.Log is null
                ? TextWriter.Null
                : new StreamWriter(options.Log, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            var clock = new SiteClock(TimeProvider.System, TimeSpan.Zero, speed: 1);
            var world = new TwinWorld(
                new TwinSenses(options.Seed, clock), new ServedLog(served, TimeProvider.System, clock), TimeProvider.System);
            using var site = new TwinSite(loaded.Configuration, options.Folder, world);
            var path = Path.Combine(options.Folder, "gateway.toml");
            await File.WriteAllTextAsync(
                path, configuration.For(site.Lines, Path.Combine(options.Folder, "gateway.buffer"), options.Every), stop.Token);
            if (Tell(site, path, options.Faults) is { } wrong)
            {
                Console.Error.WritePlain(wrong);
                return 1;
            }

            await FaultConsole.FollowAsync(site.Commands, site.Failed, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WritePlain(e.Message);
            return 1;
        }
    }

    // Null, or why the folder cannot be made.
    private static string? Made(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"--folder {folder} cannot be made: {e.Message.TrimEnd('.')}; name a folder that you may write to";
        }
    }

    // Null, or the first fault that was not understood.
    private static string? Tell(TwinSite site, string configuration, IReadOnlyList<string> faults)
    {
        foreach (var line in site.Lines)
        {
            Console.Out.WritePlain($"{line.Bus}: {line.Place}");
        }

        foreach (var note in site.Notes)
        {
            Console.Out.WritePlain(note);
        }

        foreach (var fault in faults)
        {
            var (isUnderstood, said) = site.Commands.Do(fault);
            if (!isUnderstood)
            {
                return said;
            }

            Console.Out.WritePlain(said);
        }

        Console.Out.WritePlain($"pond-gateway run --config {configuration}");
        Console.Out.WriteLine("ready");
        Console.Out.Flush();
        return null;
    }

    private sealed record Options(
        string Config, string Folder, string? Log, ulong Seed, IReadOnlyList<string> Faults, TimeSpan? Every);
}
