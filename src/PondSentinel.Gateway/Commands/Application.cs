using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Applying;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>One run of <c>pond-gateway apply</c>.</summary>
/// <param name="path">The configuration that is replaced.</param>
/// <param name="console">Where to.</param>
internal sealed class Application(string path, InvocationConfiguration console)
{
    // These say where the note of a trial lies: with another gateway id or another folder nobody would find it after a restart.
    private static readonly string[] PlaceOfTheNote = ["gateway.id", "buffer.folder"];

    private IReadOnlyList<SettingChange> changes = [];
    private ControlReply? reload;
    private string? noTrial;
    private string? kept;
    private bool isWritten;
    private bool isTried;

    /// <summary>How long the broker may take.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>Whether nothing is changed.</summary>
    public required bool IsDry { get; init; }

    /// <summary>Whether to print JSON.</summary>
    public required bool IsJson { get; init; }

    /// <summary>Runs it.</summary>
    /// <param name="file">The new configuration; null for the one before.</param>
    /// <param name="cancellationToken">Ends the waits for the gateway.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(string? file, CancellationToken cancellationToken)
    {
        try
        {
            var place = new ConfigurationPlace(path);
            if (file is not null && Path.GetFullPath(file) == place.Target)
            {
                return Refuse(ExitCode.Misuse, $"{file} is the configuration itself: change a copy and apply that, or have it read anew with pond-gateway reload");
            }

            if ((file is null ? Before(place) : GatewayConfigurationFile.Load(file, "name the one to put in place")) is not { } wanted)
            {
                return Refuse(ExitCode.Wrong, $"there is none before {path}: nothing was applied yet");
            }

            console.Error.WriteFindings(wanted.Unreadable, wanted.Problems, wanted.Warnings);
            if (wanted.Configuration is null)
            {
                return ExitCode.Misuse;
            }

            return await RunAsync(place, wanted, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse(
                ExitCode.Wrong,
                isWritten ? e.Message : $"nothing is changed: {FileFailure.Said(e)}");
        }
    }

    private async Task<int> RunAsync(ConfigurationPlace place, LoadedConfiguration wanted, CancellationToken cancellationToken)
    {
        // What runs, which is another than the file says where that was refused.
        var now = TriedConfiguration.Load(path);
        changes = SettingsDifference.Of(now.Settings, wanted.Settings);
        if (!IsJson)
        {
            foreach (var line in changes.SelectMany(change => change.Lines))
            {
                console.Output.WritePlain(line);
            }
        }

        var same = !now.StandsIn && now.Text == wanted.Text;
        if (!IsDry && !same)
        {
            var client = now.Configuration?.Control is { } control ? new ControlClient(control.Socket, TimeProvider.System) : null;
            if (client is not null && await ArmAsync(client, wanted, cancellationToken) is { } failure)
            {
                return Refuse(ExitCode.Wrong, failure);
            }

            place.Replace(wanted.Text);
            isWritten = true;
            kept = place.Kept is [var newest, ..] ? place.PathOf(newest.Number) : null;
            reload = client is null
                ? null
                : await client.AskAsync("reload", static _ => { }, ControlClient.Patience, cancellationToken);
        }

        Tell(same);
        return reload is ControlReply.NotDone { IsNobodyThere: false } ? ExitCode.Wrong : ExitCode.Good;
    }

    // The note is on the card before the file is: a power cut in between leaves a note of a file that never was.
    private async Task<string?> ArmAsync(ControlClient client, LoadedConfiguration wanted, CancellationToken cancellationToken)
    {
        if (!changes.Any(change => change.Group == "uplink"))
        {
            return null;
        }

        if (wanted.Configuration!.Uplink is null)
        {
            noTrial = "there is no [uplink] any more, so there is no link to wait for";
            return null;
        }

        if (changes.FirstOrDefault(change => PlaceOfTheNote.Contains(change.Path)) is { Path: { } place })
        {
            return $"{place} and [uplink] change at once: after a restart nobody could go back; apply one, then the other";
        }

        switch (await client.AskAsync(
            "try",
            json =>
            {
                json.WriteString("tried", wanted.Digest);
                json.WriteNumber("within_s", (long)Within.TotalSeconds);
            },
            ControlClient.Patience,
            cancellationToken))
        {
            case ControlReply.Done(var body):
                isTried = body.GetProperty("armed").GetBoolean();
                noTrial = body.GetProperty("why").GetString();
                return null;
            case ControlReply.NotDone { IsNobodyThere: true }:
                return null;
            case ControlReply.NotDone(var why):
                return $"nothing is changed: {why}";
            default:
                throw new InvalidOperationException("Not a defined reply.");
        }
    }

    // Where the file was refused that is what the gateway goes by, whatever was applied in between.
    private LoadedConfiguration? Before(ConfigurationPlace place) => TriedConfiguration.Load(path) is { StandsIn: true } inForce
        ? inForce
        : place.Kept is [var newest, ..] ? GatewayConfigurationFile.Load(place.PathOf(newest.Number)) : null;

    private int Refuse(int code, string why)
    {
        console.Error.WritePlain(why);
        return code;
    }

    private void Tell(bool same)
    {
        if (IsJson)
        {
            console.Output.WriteLine(JsonLine.Of(Write));
            return;
        }

        if (changes.Count == 0)
        {
            console.Output.WritePlain(same ? "the same, letter by letter: nothing to do" : "no setting differs");
        }

        foreach (var left in changes.Where(change => ReloadPlan.IsLeft(change.Path) && (IsDry || reload is ControlReply.Done)))
        {
            console.Output.WritePlain($"as before until a restart: {left.Path}");
        }

        if (isWritten)
        {
            console.Output.WritePlain($"{path}: written{(kept is null ? "" : $", the one before is kept as {kept}")}");
            TellOfTheGateway();
        }
        else if (IsDry)
        {
            console.Output.WritePlain("nothing is changed (--dry-run)");
        }
    }

    private void TellOfTheGateway()
    {
        switch (reload)
        {
            case ControlReply.Done(var body):
                console.Output.WritePlain($"gateway: {body.GetProperty("summary").GetString()}");
                if (isTried)
                {
                    console.Output.WritePlain($"on trial: without a link to the broker within {Units.Text(Within)} the gateway goes back by itself");
                }
                else if (noTrial is not null)
                {
                    console.Output.WritePlain($"no trial: {noTrial}");
                }

                break;
            case null when kept is not null:
                console.Output.WritePlain("no gateway was told: the one before does not say where; if one runs, pond-gateway reload has it go by this");
                break;
            case ControlReply.NotDone { IsNobodyThere: true } or null:
                console.Output.WritePlain("no gateway runs by it: it holds from the next start on");
                break;
            case ControlReply.NotDone(var why):
                console.Error.WritePlain($"written, but the gateway does not go by it: {why}");
                break;
        }
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteString("file", path);
        ReloadVerb.Settings(json, "settings", [.. changes.Where(change => !ReloadPlan.IsLeft(change.Path))]);
        ReloadVerb.Settings(json, "left", [.. changes.Where(change => ReloadPlan.IsLeft(change.Path))]);
        json.WriteBoolean("written", isWritten);
        json.WriteBoolean("tried", isTried);
        json.WriteString("no_trial", noTrial);
        json.WriteBoolean("running", reload is ControlReply.Done);
        json.WriteString("failure", reload is ControlReply.NotDone { IsNobodyThere: false } failed ? failed.Why : null);
    }
}
