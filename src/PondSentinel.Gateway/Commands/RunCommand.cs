using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Applying;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway run</c>: the gateway itself.</summary>
internal static class RunCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var witness = new Option<string?>("--witness")
        {
            Description = "Append a line for each record that is durable: epoch, number, time, device, values.",
            HelpName = "FILE",
        };
        var command = new Verb(
            "run",
            "Read, buffer and publish until stopped; on SIGHUP read the configuration anew.",
            "pond-gateway run",
            "pond-gateway run --witness durable.txt   and write down what is on the card")
        {
            config, witness,
        };
        command.SetAction((result, _) => RunAsync(
            result.GetRequiredValue(config), result.GetValue(witness), result.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(string config, string? witnessPath, TextWriter error)
    {
        var loaded = TriedConfiguration.LoadAtStart(config);
        error.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Warnings);
        if (loaded.Configuration is not { } configuration)
        {
            return ExitCode.Misuse;
        }

        using var stop = new StopSignals();
        var journal = new RecentLines(Journal.ForThisProcess(TimeProvider.System), TimeProvider.System);
        var loops = new LoopWatch(TimeProvider.System);
        var service = ServiceWatch.ForThisProcess(loops, TimeProvider.System, journal);
        var reload = new ReloadSource(config, loaded);
        using var hangup = ReloadOnHangup(reload);
        var watching = service.RunAsync(stop.Token);
        try
        {
            await using var witness = witnessPath is null
                ? null
                : new StreamWriter(witnessPath, append: true, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            await GatewayHost.RunAsync(
                configuration,
                new GatewayHostOptions { Log = journal, Recent = journal, Witness = witness, Loops = loops, Started = service.Ready, Reload = reload },
                stop.Token);
            await watching;
            return ExitCode.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder of the buffer or the witness: nothing here can mend it, and a stack trace helps nobody.
            journal.LogCritical("{Reason}", e.Message);
            return ExitCode.Wrong;
        }
    }

    // At a terminal it means that the terminal is gone, and ends the process as it always does.
    private static PosixSignalRegistration? ReloadOnHangup(ReloadSource reload) => Console.IsInputRedirected
        ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reload.Ask();
        })
        : null;
}
