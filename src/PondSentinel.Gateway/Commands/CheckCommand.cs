using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway check</c>: lists every mistake in the configuration.</summary>
public static class CheckCommand
{
    /// <summary>Exit code where the configuration cannot be used.</summary>
    public const int Bad = 2;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the file.</param>
    public static Command Create(Option<string> config)
    {
        var command = new Command("check", "List every mistake in the configuration; exit 2 when there is one.") { config };
        command.SetAction(result =>
            Run(result.GetRequiredValue(config), result.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">Receives the findings.</param>
    /// <returns>The exit code: 0 or <see cref="Bad"/>.</returns>
    public static int Run(string path, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return Report(path, GatewayConfigurationFile.Load(path), output);
    }

    /// <summary>Says what came of reading a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="loaded">What came of it.</param>
    /// <param name="output">Receives the findings.</param>
    internal static int Report(string path, LoadedConfiguration loaded, TextWriter output)
    {
        WriteFindings(loaded, output);
        if (loaded.Configuration is not { } configuration)
        {
            return Bad;
        }

        Write(output, $"{path}: good");
        Write(output, $"gateway {configuration.Id} at site {configuration.Site}, {configuration.Stations.Count} stations");
        foreach (var load in loaded.Loads)
        {
            var bus = configuration.Buses.First(candidate => candidate.Id == load.Bus);
            Write(
                output,
                string.Create(CultureInfo.InvariantCulture, $"bus {bus.Id}: {bus.Port}, {bus.Baud} baud, busy {load.Share * 100:0.#} % of the time"));
            foreach (var device in configuration.Devices.Where(device => device.Bus == bus.Id))
            {
                var channels = string.Join(", ", device.Channels.Select(channel => channel.Id));
                Write(output, $"  {device.Id}: {device.Model}, every {Units.Text(device.Interval)}: {channels}");
            }
        }

        var buffer = configuration.Buffer;
        Write(
            output,
            $"buffer: {buffer.Folder}, at most {Units.Text(buffer.BytesMax)}, a power cut loses at most {Units.Text(buffer.CommitWindow)}");
        Write(output, configuration.Uplink is { } uplink
            ? string.Create(CultureInfo.InvariantCulture, $"uplink: {uplink.Host}, port {uplink.Port}, receipts from {uplink.ReceiptsFrom}")
            : "no [uplink]: records are kept in the buffer and go nowhere");
        return 0;
    }

    /// <summary>Writes mistakes and warnings, one a line.</summary>
    /// <param name="loaded">What came of reading the file.</param>
    /// <param name="output">Where to.</param>
    internal static void WriteFindings(LoadedConfiguration loaded, TextWriter output)
    {
        if (loaded.Unreadable is { } why)
        {
            Write(output, why);
        }

        foreach (var problem in loaded.Problems)
        {
            Write(output, problem.ToString());
        }

        foreach (var warning in loaded.Warnings)
        {
            Write(output, (warning with { What = $"warning: {warning.What}" }).ToString());
        }

        if (loaded.Problems.Count > 0)
        {
            Write(output, loaded.Problems.Count == 1 ? "1 mistake" : FormattableString.Invariant($"{loaded.Problems.Count} mistakes"));
        }
    }

    // A file can hold any character; a terminal must not act on them.
    private static void Write(TextWriter output, string line) =>
        output.WriteLine(string.Concat(line.Select(character => char.IsControl(character) ? '?' : character)));
}
