using System.CommandLine;
using System.Globalization;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend restored</c>: says that the backend's folder was restored from a backup.</summary>
internal static class RestoredCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "The backend's folder, whatever the configuration says.",
            HelpName = "FOLDER",
        };
        var command = new Command(
            "restored",
            "Say that the folder was restored from a backup: gateways then send again what they still hold. Stop the backend first.")
        {
            config, folder,
        };
        command.SetAction(result => Restored(
            result.GetValue(config), result.GetValue(folder), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static int Restored(string? config, string? folder, TextWriter output, TextWriter error)
    {
        var loaded = BackendConfigurationFile.LoadOrDefault(config);
        if (folder is null && loaded.Configuration is null)
        {
            error.WriteLine("The configuration cannot be used: see pond-backend check. Or name the folder with --folder.");
            return CheckCommand.Bad;
        }

        var place = Path.GetFullPath(folder ?? loaded.Configuration!.Folder);
        var state = Path.Combine(place, BackendHost.StateFile);
        if (!File.Exists(state))
        {
            error.WriteLine($"{state} is not there. Put the backup back first, or name another folder with --folder.");
            return 1;
        }

        try
        {
            using var claim = FolderClaim.Take(place);
            var raised = Restoration.Declare(new StateDatabase(state), TimeProvider.System.GetUtcNow());
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{state}: generation {raised}. At the next start every gateway sends again what it still holds."));
            return 0;
        }
        catch (IOException e)
        {
            error.WriteLine(e.Message);
            return 1;
        }
    }
}
