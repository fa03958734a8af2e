using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Buffering.Viewing;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway export</c>: what was measured in a span of time onto a stick, for where no network is.</summary>
internal static class ExportCommand
{
    private const int NamesMax = 64;
    private const string Mounts = "/proc/self/mounts";

    private const string Description =
        """
        What was measured in a span of time, as CSV onto a stick: a file named by the
        gateway and the time, and its SHA-256 beside it for sha256sum -c. The file is
        there whole or not at all; the buffer keeps everything. The gateway may run.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var folder = new Argument<string>("folder") { Description = "Where to: a folder that is there.", HelpName = "FOLDER" };
        var from = BufferCommand.Time("--from", "From this time on: 2026-11-01, 2026-11-01T06:30Z or 2026-11-01T14:30+08:00.");
        var to = BufferCommand.Time("--to", "Before this time.");
        from.Required = to.Required = true;
        var channels = new Option<string[]>("--channel")
        {
            Description = "Only this channel, or this device; may be said again.",
            HelpName = "CHANNEL",
            Arity = new ArgumentArity(1, NamesMax),
        };
        var command = new Verb(
            "export",
            Description,
            "pond-gateway export /media/usb --from 2026-11-01 --to 2026-11-08",
            "pond-gateway export . --from 2026-11-01T08:00+08:00 --to 2026-11-02",
            "    --channel pond-ph.ph --channel pond-nh4")
        {
            folder, from, to, channels, config,
        };
        command.SetAction(result => Run(
            result.InvocationConfiguration,
            result.GetRequiredValue(config),
            result.GetRequiredValue(folder),
            new ExportedSpan(result.GetValue(from), result.GetValue(to), result.GetValue(channels) ?? [])));
        return command;
    }

    private static int Run(InvocationConfiguration console, string config, string folder, ExportedSpan span)
    {
        var loaded = GatewayConfigurationFile.Load(config);
        if (loaded.Configuration is not { } configuration)
        {
            console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        if (!Directory.Exists(folder))
        {
            console.Error.WritePlain($"{folder} is no folder: plug the stick in, and mount it; lsblk shows where it is");
            return ExitCode.Misuse;
        }

        // An empty folder where a stick should be is what people miss, and it fills the card.
        var mounts = File.ReadAllText(Mounts);
        if (MountedPlace.Of(Path.GetFullPath(folder), mounts).Place == MountedPlace.Of(Path.GetFullPath(configuration.Buffer.Folder), mounts).Place)
        {
            console.Error.WritePlain($"warning: {folder} is on the card of this machine, not on a stick; lsblk shows whether one is mounted");
        }

        try
        {
            using var view = BufferView.Open(LinuxCard.ToRead(configuration.Buffer.Folder), configuration.Buffer.BytesMax);
            return BufferExport.Write(view, span, Path.Combine(folder, Name(configuration.Id, span)), console, hasSum: true);
        }
        catch (IOException e)
        {
            console.Error.WritePlain(e.Message);
            return ExitCode.Wrong;
        }
    }

    // No colon: a stick has FAT.
    private static string Name(string gateway, ExportedSpan span) => $"{gateway}_{Compact(span.From)}_{Compact(span.To)}.csv";

    private static string? Compact(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
