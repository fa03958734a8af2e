using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>What all verbs share that ask a running gateway: it is found by its configuration.</summary>
internal static class ControlCommand
{
    /// <summary>Asks the gateway, and prints its answer or why there is none.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="write">Writes the members of the request's body.</param>
    /// <param name="print">Prints what the gateway answered.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="patience">How long the answer may take; null for <see cref="ControlClient.Patience"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> AskAsync(
        InvocationConfiguration console,
        string config,
        string verb,
        Action<Utf8JsonWriter> write,
        Action<JsonElement, TextWriter> print,
        CancellationToken cancellationToken,
        TimeSpan? patience = null)
    {
        if (Open(console, config) is not { } client)
        {
            return ExitCode.Misuse;
        }

        switch (await client.AskAsync(verb, write, patience ?? ControlClient.Patience, cancellationToken))
        {
            case ControlReply.Done(var body):
                print(body, console.Output);
                return ExitCode.Good;
            case ControlReply.NotDone(var why):
                console.Error.WritePlain(why);
                return ExitCode.Wrong;
            default:
                throw new InvalidOperationException("Not a defined reply.");
        }
    }

    /// <summary>Finds the gateway by its configuration.</summary>
    /// <param name="console">Where it is said why it cannot be found.</param>
    /// <param name="config">The configuration.</param>
    /// <returns>Null where the configuration cannot be used: misuse.</returns>
    public static ControlClient? Open(InvocationConfiguration console, string config)
    {
        var loaded = GatewayConfigurationFile.Load(config);
        if (loaded.Configuration is { Control: { } control })
        {
            return new ControlClient(control.Socket, TimeProvider.System);
        }

        // Who has just spoilt the file wants to know how the gateway is, or to silence its siren, before it is mended.
        if (loaded is { Configuration: null, Control: { } known } && File.Exists(known.Socket))
        {
            console.Error.WritePlain($"{config}: {(loaded.Problems.Count == 1 ? "1 mistake" : $"{loaded.Problems.Count} mistakes")}, which pond-gateway check lists; the gateway that runs goes by what was before");
            return new ControlClient(known.Socket, TimeProvider.System);
        }

        console.Error.WriteFindings(loaded.Unreadable, loaded.Problems, loaded.Configuration is null ? [] : loaded.Warnings);
        return null;
    }
}
