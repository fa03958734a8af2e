using System.CommandLine;
using System.Globalization;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend restore</c>: puts a backup back.</summary>
internal static class RestoreCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var backup = new Argument<string>("backup") { Description = "What pond-backend backup made.", HelpName = "BACKUP" };
        var folder = CommandSettings.FolderOption();
        var replace = new Option<bool>("--replace") { Description = "Move aside what is in the folder; else it must be empty." };
        var command = new Command(
            "restore",
            "Check a backup and put it back into the backend's folder; gateways then send again what it lacks and they still hold. Stop the backend first. The configuration is left to you.")
        {
            backup, config, folder, replace,
        };
        command.SetAction(result =>
        {
            // Where the folder is named, no configuration is needed: it may be lost with the machine.
            if ((result.GetValue(folder) ?? CommandSettings.Read(result, config, folder: null)?.Folder) is not { } place)
            {
                return CheckCommand.Bad;
            }

            return Run(
                Path.GetFullPath(result.GetValue(backup)!),
                Path.GetFullPath(place),
                result.GetValue(replace),
                time,
                result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error);
        });
        return command;
    }

    private static int Run(string backup, string folder, bool replace, TimeProvider time, TextWriter output, TextWriter error)
    {
        try
        {
            var (generation, aside) = BackupReturn.Restore(backup, folder, replace, time.GetUtcNow());
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: restored, generation {generation}. At the next start every gateway sends again what it still holds."));
            if (aside is not null)
            {
                output.WritePlain($"what was there is in {aside}; delete it when you miss nothing");
            }

            if (Path.Combine(backup, BackupMaker.ConfigurationFile) is var file && File.Exists(file))
            {
                output.WritePlain($"the configuration of then is {file}; compare it with {BackendConfigurationFile.DefaultPath}");
            }

            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WritePlain(e.Message);
            return 1;
        }
    }
}
