using System.CommandLine;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Gateway.Guiding;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway calibrate</c>: somebody who holds a probe is guided through its calibration.</summary>
internal static class CalibrateCommand
{
    private static readonly TimeSpan SteadyMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SteadyMax = TimeSpan.FromMinutes(10);

    private const string Description =
        """
        Be guided through the calibration of a probe, at a terminal: standard by standard, with a live chart that says when the reading is steady; at the end slope and offset against their limits, accepted or refused with reasons. Standards of pH are taken at their temperature.

        An instrument that holds its calibration is told by its maker's recipe, as by calibration run. Meanwhile the values of the device are marked. Where the link breaks nothing is half recorded, the mark ends by itself, and who starts again within an hour may go on with what was taken.

        Exit 0: accepted; 1: refused or left; 2: misuse, or no terminal: then see pond-gateway calibration add.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var device = new Argument<string>("device") { Description = "The device; or the channel, as device.channel.", HelpName = "DEVICE" };
        var channel = new Option<string?>("--channel") { Description = "Which channel, where several can be calibrated.", HelpName = "NAME" };
        var standards = new Option<string?>("--standards") { Description = "What the bottles say, in the order in which they are used.", HelpName = "VALUE,…" };
        var points = new Option<int?>("--points") { Description = "How many of the usual standards, 1 to 3.", HelpName = "N" };
        var who = MaintenanceCommand.Who();
        var lot = new Option<string?>("--lot") { Description = "The lot on the bottles.", HelpName = "LOT" };
        var celsius = new Option<double?>("--temp") { Description = "Temperature of the standards, °C; else the probe's.", HelpName = "C" };
        var steady = new Option<TimeSpan?>("--steady")
        {
            Description = "How long a reading has to be steady, 10s to 10m; else 1m.",
            HelpName = "TIME",
            CustomParser = argument => SpanOption.Parse(argument, "--steady", SteadyMin, SteadyMax, "30s or 2m"),
        };
        var isDry = new Option<bool>("--dry-run") { Description = "Record nothing, and tell no instrument anything." };
        var language = DoctorCommand.LanguageOption();
        var command = new Verb(
            "calibrate",
            Description,
            "pond-gateway calibrate pond-ph --who \"Wang Fang\" --lang zh",
            "pond-gateway calibrate pond-turb --standards 0,100 --lot A17",
            "pond-gateway calibrate stream-ph --dry-run       only look how it is")
        {
            device, channel, standards, points, who, lot, celsius, steady, isDry, language, config,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var console = result.InvocationConfiguration;
            if (GuideTerminal.Of(console.Output) is not { } terminal)
            {
                console.Error.WritePlain("calibrate guides somebody at a terminal, and this is none; what was read in standards is kept with pond-gateway calibration add");
                return Task.FromResult(ExitCode.Misuse);
            }

            var loaded = GatewayConfigurationFile.Load(result.GetRequiredValue(config));
            if (loaded.Configuration is not { Control: { } control } configuration)
            {
                console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Configuration is null ? [] : loaded.Warnings);
                return Task.FromResult(ExitCode.Misuse);
            }

            var (options, misuse) = Meant(
                CalibratedChannel.Of(configuration), result.GetRequiredValue(device), result.GetValue(channel), result.GetValue(standards),
                meant => new GuideOptions(meant, result.GetValue(who) ?? MaintenanceCommand.Caller)
                {
                    Points = result.GetValue(points),
                    Lot = result.GetValue(lot),
                    Celsius = result.GetValue(celsius),
                    Steady = result.GetValue(steady) ?? StabilityLimits.Window,
                    IsDry = result.GetValue(isDry),
                });
            if (options is null)
            {
                console.Error.WritePlain(misuse!);
                return Task.FromResult(ExitCode.Misuse);
            }

            return GuideAsync(options, control.Socket, terminal, DoctorCommand.LanguageOf(result.GetValue(language)), cancellationToken);
        });
        return command;
    }

    /// <summary>What is meant by arguments.</summary>
    /// <param name="channels">All channels.</param>
    /// <param name="device">The device, or the channel as <c>device.channel</c>.</param>
    /// <param name="channel">Its channel; null where it has one that is calibrated.</param>
    /// <param name="standards">What the bottles say, with commas; null for those that are usual.</param>
    /// <param name="of">Makes the options of a channel.</param>
    /// <returns>The options; or what is wrong with the arguments.</returns>
    internal static (GuideOptions? Options, string? Misuse) Meant(
        IReadOnlyList<CalibratedChannel> channels, string device, string? channel, string? standards, Func<CalibratedChannel, GuideOptions> of)
    {
        var calibrated = channels.Where(each => each.Kind is not null).ToList();
        var named = calibrated.Where(each => (each.Device == device || each.Name == device) && (channel is null || each.Id == channel)).ToList();
        switch (named)
        {
            case []:
                return (null, $"there is nothing to calibrate at {device}{(channel is null ? "" : $".{channel}")}; {Findings.Meant(channel is null ? device : $"{device}.{channel}", [.. calibrated.Select(each => each.Name)])}");
            case [_, _, ..]:
                return (null, $"{device} has several channels: say --channel with one of {string.Join(", ", named.Select(each => each.Id))}");
        }

        var options = of(named[0]);
        if (standards is not null)
        {
            var values = standards.Split(',').Select(CalibrationReadings.Number).ToList();
            if (values.Count > CalibrationFit.StandardsMax || values.Distinct().Count() < values.Count || values.Contains(null))
            {
                return (null, $"--standards takes 1 to {CalibrationFit.StandardsMax} different numbers with commas between, for example 6.86,4.00; not {standards}");
            }

            options = options with { Standards = [.. values.Select(value => value!.Value)] };
        }

        return Unfit(options) is { } unfit ? (null, unfit) : (options, null);
    }

    private static string? Unfit(GuideOptions options)
    {
        if (options.Standards is null && CalibrationGuide.Offered(options.Channel.Measurand, points: null).Count == 0)
        {
            return $"no standards are usual for {options.Channel.Measurand.Label}: say --standards with what the bottles say, in {options.Channel.Measurand.Unit}";
        }

        if (options.Points is < 1 or > CalibrationFit.StandardsMax)
        {
            return $"--points takes 1 to {CalibrationFit.StandardsMax}";
        }

        if (options.Celsius is { } celsius && !(celsius >= CalibrationReadings.CelsiusMin && celsius <= CalibrationReadings.CelsiusMax))
        {
            return FormattableString.Invariant($"--temp takes {CalibrationReadings.CelsiusMin} to {CalibrationReadings.CelsiusMax} °C, not {celsius}");
        }

        foreach (var (option, text, most) in new[] { ("--who", options.Who, CalibrationRecord.ByLengthMax), ("--lot", options.Lot ?? "-", StandardReading.TextLengthMax) })
        {
            if (text.Length == 0 || text.Length > most || text.Any(char.IsControl))
            {
                return $"{option} takes a text of 1 to {most} characters in one line";
            }
        }

        return null;
    }

    private static async Task<int> GuideAsync(
        GuideOptions options, string socket, IGuideScreen screen, Language language, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cancellationToken);
        var client = new ControlClient(socket, TimeProvider.System);
        return await new CalibrationGuide(
            options,
            new GuideGateway(client.AskAsync, options.Channel, options.Who, language),
            new GuideTalk(screen, TimeProvider.System, either.Token),
            new GuideWords(language),
            TimeProvider.System).RunAsync(either.Token);
    }
}
