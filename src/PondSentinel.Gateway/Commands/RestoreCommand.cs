using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Backup;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway restore</c>: makes this machine the gateway that a backup was made of.</summary>
internal static class RestoreCommand
{
    private const string Description =
        """
        Make this machine the gateway that a backup was made of. All of the file is
        checked before anything is touched; nothing that is there is overwritten unless
        --replace says so; a gateway that runs is left alone. The restored gateway
        begins to number its records anew, so it is no second one with the same numbers.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var file = new Argument<string>("file") { Description = "The backup.", HelpName = "FILE" };
        var replace = new Option<bool>("--replace") { Description = "Replace what is there already." };
        var anywhere = new Option<bool>("--anywhere")
        {
            Description = $"Write where its configuration says, also outside of the configuration's folder and {Restoration.UsualState}.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check it and say what would be written." };
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var command = new Verb(
            "restore",
            Description,
            "pond-gateway restore gz-07.tar --dry-run",
            "sudo pond-gateway restore gz-07.tar",
            "sudo pond-gateway restore gz-07.tar --replace")
        {
            file, replace, anywhere, dryRun, json, config,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(config),
            result.GetRequiredValue(file),
            (result.GetValue(replace), result.GetValue(anywhere), result.GetValue(dryRun), result.GetValue(json)),
            result.InvocationConfiguration));
        return command;
    }

    /// <summary>Writes what is in a backup.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="file">The backup.</param>
    public static void Write(Utf8JsonWriter json, BackupManifest manifest, string file)
    {
        json.WriteString("file", file);
        json.WriteString("gateway", manifest.Gateway);
        json.WriteString("site", manifest.Site);
        json.WriteNumber("made_ms", manifest.Made.ToUnixTimeMilliseconds());
        JsonLine.Texts(json, "members", manifest.Entries.Select(entry => entry.Name));
    }

    private static int Run(
        string path, string file, (bool Replace, bool Anywhere, bool Dry, bool Json) asked, InvocationConfiguration console)
    {
        var isBegun = false;
        try
        {
            using var archive = BackupArchive.Open(file);
            var restoration = new Restoration(archive, path, asked.Anywhere);
            var replaced = restoration.Replaced.Select(each => each.Path).ToHashSet(StringComparer.Ordinal);
            if (!asked.Dry)
            {
                restoration.Restore(asked.Replace, () => isBegun = true);
            }

            if (asked.Json)
            {
                console.Output.WriteLine(JsonLine.Of(writer =>
                {
                    Write(writer, archive.Manifest, file);
                    writer.WriteBoolean("restored", !asked.Dry);
                }));
                return ExitCode.Good;
            }

            foreach (var each in restoration.Files)
            {
                console.Output.WritePlain($"  {each.Path}{(replaced.Contains(each.Path) ? " (was there)" : "")}");
            }

            console.Output.WritePlain(FormattableString.Invariant(
                $"gateway {archive.Manifest.Gateway} at site {archive.Manifest.Site}, backup of {archive.Manifest.Made:yyyy-MM-dd HH:mm} UTC"));
            console.Output.WritePlain(asked.Dry ? "nothing is changed (--dry-run)" : "restored; start it: systemctl start pond-gateway");
            return ExitCode.Good;
        }
        catch (Exception e) when (e is BackupRefusedException or IOException or UnauthorizedAccessException)
        {
            console.Error.WritePlain(
                $"{(isBegun ? "restored in part, do it again with --replace" : "nothing is changed")}: {(e is BackupRefusedException ? $"{file}: " : "")}{FileFailure.Said(e)}");
            return ExitCode.Wrong;
        }
    }
}
