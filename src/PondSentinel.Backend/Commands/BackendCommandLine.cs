using System.CommandLine;
using PondSentinel.Backend.Configuration;

namespace PondSentinel.Backend.Commands;

/// <summary>The command line of <c>pond-backend</c>.</summary>
public static class BackendCommandLine
{
    private const string Description =
        """
        Takes in what gateways publish, stores it once, watches limits, notifies, and shows what is now on a page.

        Examples:
          pond-backend run                                 everything on this machine: broker, store, page on port 8080
          pond-backend run --config backend.toml           with a configuration
          pond-backend check                               list every mistake in /etc/pondsentinel/backend.toml
          pond-backend decode 2026-07-01.jsonl             print a day of the archive for a person
          pond-backend dead-letters list                   what the store refused; resubmit DAY gives it to the store again
          pond-backend refused list                        messages refused whole; resubmit DAY takes them in once more
          pond-backend backup /media/usb/2026-07-01        state, embedded store and configuration, while it runs
          pond-backend restore /media/usb/2026-07-01       put a backup back; restored says so of one put back by hand
          pond-backend copy-store                          from the embedded store into InfluxDB, held against it
          pond-backend gateway list                        when each gateway was heard; gateway retire for one that was taken down
          pond-backend ledger --day 2026-07-01             what became of every poll that was due on a day
          pond-backend recompute gz-07 pond1.ph --help     compute history anew by another calibration
          pond-backend rules try --rules backend.toml --input may.csv    when the alarms would have rung
          pond-backend average pm10.csv --kind pm10-24h-gb the days of a recorded series, as a standard asks for
          pond-backend alarms list                         what is an alarm now; alarms ack, silence, history, test
          pond-backend account add li.na --role operator   who may sign in on the page; audit tells who did what there
          pond-backend samples                             what was measured by hand, and how far the probes are from it
          mosquitto_sub -C 1 -t 'pond/v1/+/+/state' | pond-backend decode -
        """;

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The exit code: 0 good, 1 a failure or a malformed message, 2 a configuration or arguments that cannot be used.
    /// </returns>
    public static async Task<int> InvokeAsync(string[] arguments)
    {
        var config = new Option<string?>("--config", "-c")
        {
            Description = $"The configuration. Default: {BackendConfigurationFile.DefaultPath}, or the built-in one where that is missing.",
            HelpName = "FILE",
        };
        var root = new RootCommand(Description)
        {
            CheckCommand.Create(config),
            RunCommand.Create(config),
            DecodeCommand.Create(),
            DeadLettersCommand.Create(config, TimeProvider.System),
            RefusedCommand.Create(config, TimeProvider.System),
            BackupCommand.Create(config),
            RestoreCommand.Create(config, TimeProvider.System),
            RestoredCommand.Create(config),
            CopyStoreCommand.Create(config, TimeProvider.System),
            GatewayCommand.Create(config, TimeProvider.System),
            LedgerCommand.Create(config),
            ReportCommand.Create(config, TimeProvider.System),
            RecomputeCommand.Create(config, TimeProvider.System),
            RulesCommand.Create(config),
            AverageCommand.Create(),
            SamplesCommand.Create(config),
            AlarmsCommand.Create(config, TimeProvider.System),
            AccountCommand.Create(config, TimeProvider.System, PasswordPrompt.ForThisProcess()),
            AccountCommand.CreateAudit(config, TimeProvider.System),
        };

        // Its own handling of signals would end the process 2 s after the first, in the middle of a shutdown.
        var parsed = root.Parse(arguments);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? CheckCommand.Bad : code;
    }
}
