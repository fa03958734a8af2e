using System.CommandLine;
using PondSentinel.Backend.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend run</c>: the backend itself.</summary>
internal static class RunCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = "Keep everything in this folder, whatever the configuration says.",
            HelpName = "FOLDER",
        };
        var command = new Command("run", "Ingest, store, watch and show until stopped.") { config, folder };
        command.SetAction((result, _) => RunAsync(
            result.GetValue(config), result.GetValue(folder), result.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(string? config, string? folder, TextWriter error)
    {
        var loaded = BackendConfigurationFile.LoadOrDefault(config);
        error.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is not { } configuration)
        {
            return CheckCommand.Bad;
        }

        var journal = Journal.ForThisProcess(TimeProvider.System);
        if (folder is null && !Path.IsPathRooted(configuration.Folder))
        {
            journal.LogCritical("This user has no home to keep anything in. Name a folder with --folder.");
            return 1;
        }

        if (loaded.IsDefault)
        {
            journal.LogInformation(
                "No {File}, so the defaults hold: rules for stations called outlet, and for dust anywhere.",
                BackendConfigurationFile.DefaultPath);
        }

        configuration = configuration with { Folder = Path.GetFullPath(folder ?? configuration.Folder) };
        return await RunAsync(configuration, journal);
    }

    private static async Task<int> RunAsync(BackendConfiguration configuration, Journal journal)
    {
        using var stop = new StopSignals();
        using var loggers = new JournalFactory(journal);
        var loops = new LoopWatch(TimeProvider.System);
        var service = ServiceWatch.ForThisProcess(loops, TimeProvider.System, journal);
        var watching = service.RunAsync(stop.Token);
        void Tell(BackendEndpoints endpoints)
        {
            journal.LogInformation(
                "Broker {Host}:{Port}, page {Page}, folder {Folder}. Stop with Ctrl-C.",
                configuration.Broker.Listen?.ToString() ?? configuration.Broker.Host, endpoints.BrokerPort, endpoints.Page?.ToString() ?? "none", configuration.Folder);
            service.Ready();
        }

        try
        {
            await BackendHost.RunAsync(
                configuration, new BackendHostOptions { Loggers = loggers, Started = Tell, Loops = loops }, stop.Token);
            await watching;
            return 0;
        }
        catch (IOException e)
        {
            // A port or the folder: nothing here can mend it, and a stack trace helps nobody.
            journal.LogCritical("{Reason}", e.Message);
            return 1;
        }
    }
}
