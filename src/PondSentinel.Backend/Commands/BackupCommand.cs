using System.CommandLine;
using System.Globalization;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend backup</c>: a copy of all that this backend keeps.</summary>
internal static class BackupCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config)
    {
        var target = new Argument<string>("target") { Description = "The folder to make for it.", HelpName = "TARGET" };
        var folder = CommandSettings.FolderOption();
        var archive = new Option<bool>("--archive") { Description = "The archive of raw messages too: as large as all that ever came." };
        var replace = new Option<bool>("--replace") { Description = "Replace the backup that is there, once the new one is whole." };
        var command = new Command(
            "backup",
            "Copy state, embedded store, refused messages and configuration into a new folder, with check sums. The backend may run. InfluxDB has a backup of its own: make that one after this one.")
        {
            target, config, folder, archive, replace,
        };
        command.SetAction(result =>
        {
            if (CommandSettings.Read(result, config, folder) is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            return Run(
                Path.GetFullPath(configuration.Folder),
                BackendConfigurationFile.PathOf(result.GetValue(config)),
                Path.GetFullPath(result.GetValue(target)!),
                result.GetValue(archive),
                result.GetValue(replace),
                configuration.Influx?.Url,
                result.InvocationConfiguration.Output,
                result.InvocationConfiguration.Error);
        });
        return command;
    }

    private static int Run(string folder, string? configuration, string target, bool withArchive, bool replace, Uri? influx, TextWriter output, TextWriter error)
    {
        try
        {
            var (files, bytes) = BackupMaker.Make(folder, configuration, target, withArchive, replace);
            output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"{target}: {files} files, {bytes} bytes; sha256sum -c {BackupSums.FileName} checks them"));
            if (influx is not null)
            {
                output.WritePlain($"the values are in {influx}: back that up now, by its own means");
            }

            return 0;
        }
        catch (IOException e)
        {
            error.WritePlain(e.Message);
            return 1;
        }
    }
}
