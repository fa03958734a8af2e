using System.CommandLine;
using PondSentinel.Gateway.Backup;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway backup</c>: all that makes a gateway this one, in one file.</summary>
internal static class BackupCommand
{
    private const string Description =
        """
        Put all that makes this gateway what it is into one file: configuration, own
        profiles, keys and certificates, calibrations, maintenance, what drivers must
        not forget. Not the buffer, unless --with-buffer asks for it, with the service
        stopped. The file holds keys: it is readable for its owner alone.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var file = new Argument<string>("file") { Description = "The backup to make; not there yet.", HelpName = "FILE" };
        var withBuffer = new Option<bool>("--with-buffer") { Description = "The buffer too: what is not sent yet." };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb(
            "backup",
            Description,
            "pond-gateway backup gz-07.tar",
            "sudo pond-gateway backup /media/stick/gz-07.tar --with-buffer")
        {
            file, withBuffer, json, config,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(config), result.GetRequiredValue(file), result.GetValue(withBuffer), result.GetValue(json), result.InvocationConfiguration));
        return command;
    }

    private static int Run(string path, string target, bool withBuffer, bool json, InvocationConfiguration console)
    {
        var loaded = GatewayConfigurationFile.Load(path);
        if (loaded.Configuration is not { } configuration)
        {
            console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        try
        {
            using var claim = withBuffer ? Claim(configuration.Buffer.Folder) : null;
            var manifest = BackupWriter.Write(
                target, configuration, new BackupPlaces(path, configuration).There(withBuffer), TimeProvider.System.GetUtcNow());
            Tell(manifest, target, json, console.Output);
            return ExitCode.Good;
        }
        catch (Exception e) when (e is BackupRefusedException or IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain($"no backup is made: {FileFailure.Said(e)}");
            return ExitCode.Wrong;
        }
    }

    private static IDisposable? Claim(string folder) => Directory.Exists(folder) ? LinuxCard.ToRead(folder).Claim() : null;

    private static void Tell(BackupManifest manifest, string target, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonLine.Of(writer => RestoreCommand.Write(writer, manifest, target)));
            return;
        }

        foreach (var entry in manifest.Entries)
        {
            output.WritePlain($"  {entry.Name}");
        }

        output.WritePlain(FormattableString.Invariant(
            $"{target}: gateway {manifest.Gateway}, {manifest.Entries.Count} files, {manifest.Entries.Sum(entry => entry.Bytes)} bytes"));
    }
}
