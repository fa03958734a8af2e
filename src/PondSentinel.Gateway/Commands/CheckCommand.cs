using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Derivation;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;
using PondSentinel.Tls;
using PondSentinel.Toml;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway check</c>: lists every mistake in the configuration.</summary>
public static class CheckCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the file.</param>
    public static Command Create(Option<string> config)
    {
        var command = new Verb(
            "check",
            "List every mistake in the configuration; exit 2 when there is one.",
            "pond-gateway check",
            "pond-gateway check --config gateway.toml")
        {
            config,
        };
        command.SetAction(result =>
            Run(result.GetRequiredValue(config), result.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">Receives the findings.</param>
    /// <returns>The exit code: 0 or <see cref="ExitCode.Misuse"/>.</returns>
    public static int Run(string path, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var loaded = GatewayConfigurationFile.Load(path);
        var code = Report(path, loaded, output);
        foreach (var trouble in loaded.Configuration is { } configuration ? CalibrationRoom.Troubles(configuration) : [])
        {
            output.WritePlain($"warning: calibrations: {trouble}");
        }

        if (TriedConfiguration.Load(path).StandsIn)
        {
            output.WritePlain("warning: it was tried and refused, for want of a link to the broker: the gateway goes by the one before; pond-gateway apply --undo puts that back");
        }

        return code;
    }

    /// <summary>Says what came of reading a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loaded">What came of it.</param>
    /// <param name="output">Receives the findings.</param>
    internal static int Report(string path, LoadedConfiguration loaded, TextWriter output)
    {
        output.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is not { } configuration)
        {
            return ExitCode.Misuse;
        }

        output.WritePlain($"{path}: good");
        output.WritePlain($"gateway {configuration.Id} at site {configuration.Site}, {configuration.Stations.Count} stations");
        foreach (var load in loaded.Loads)
        {
            var bus = configuration.Buses.First(candidate => candidate.Id == load.Bus);
            output.WritePlain(
                string.Create(CultureInfo.InvariantCulture, $"bus {bus.Id}: {bus.Line.Description}, busy {load.Share * 100:0.#} % of the time"));
            foreach (var device in configuration.Devices.Where(device => device.Bus == bus.Id))
            {
                var channels = string.Join(", ", device.Channels.Select(channel => channel.Id));
                var verified = configuration.Models[device.Model].VerifiedOnHardware ? "" : ", verified on hardware: no";
                output.WritePlain($"  {device.Id}: {device.Model}{verified}, every {Units.Text(device.Interval)}: {channels}");
            }
        }

        foreach (var device in configuration.Devices)
        {
            if (device.Settings is DerivedSettings derived)
            {
                var channels = string.Join(", ", derived.Channels.Select(channel => $"{channel.Id} = {channel.Formula.Name}"));
                output.WritePlain($"derived {device.Id}, every {Units.Text(device.Interval)}: {channels}");
            }
        }

        output.WritePlain($"clock: {Believed(configuration.Clock)}");
        var buffer = configuration.Buffer;
        output.WritePlain(
            $"buffer: {buffer.Folder}, at most {Units.Text(buffer.BytesMax)}, a power cut loses at most {Units.Text(buffer.CommitWindow)}");
        if (configuration.Uplink is not { } uplink)
        {
            output.WritePlain("no [uplink]: records are kept in the buffer and go nowhere");
            return 0;
        }

        output.WritePlain(string.Create(
            CultureInfo.InvariantCulture, $"uplink: {uplink.Host}, port {uplink.Port}, {Secured(uplink.Tls)}receipts from {uplink.ReceiptsFrom}"));
        if (uplink.Tls is { } tls)
        {
            using var files = TlsFiles.Read(tls, out var failure);
            failure ??= OwnCertificate.FaultOfClient(
                files!, tls, configuration.Id, _ => (TimeProvider.System.GetUtcNow(), IsKnown: true));
            output.WritePlain(failure is null ? "  its files can be read" : $"  warning: {failure}");
        }

        return 0;
    }

    private static string Secured(TlsOptions? tls) => tls is null
        ? ""
        : $"TLS by {tls.Authority ?? "the system's authorities"}{(tls.Certificate is { } own ? $" as {own}" : "")}, ";

    private static string Believed(ClockOptions clock)
    {
        var daemon = clock.Discipline == ClockSource.Gps ? "GPS by way of the kernel" : "NTP by way of the kernel";
        return clock.Source switch
        {
            ClockPolicy.Rtc => $"{daemon}, else the backend, else the battery-backed clock within {Units.Text(clock.RtcError)} at boot",
            ClockPolicy.System => $"{daemon}, else the backend, else the system's within {Units.Text(clock.RtcError)} at boot, by your word",
            _ => $"{daemon}, else the backend",
        };
    }
}
