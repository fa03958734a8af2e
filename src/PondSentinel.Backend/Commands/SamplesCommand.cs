using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Configuration;
using PondSentinel.Backend.Samples;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend samples</c>: what was measured by hand, and how far the probes are from it.</summary>
internal static class SamplesCommand
{
    /// <summary>Exit code where the samples or the probes' values cannot be read.</summary>
    public const int Bad = 1;

    private const int NewestUsual = 50;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string?> config)
    {
        var folder = CommandSettings.FolderOption();
        var gateway = new Option<string?>("--gateway") { Description = "Only this gateway.", HelpName = "NAME" };
        var newest = new Option<int>("--newest") { Description = "How many.", HelpName = "COUNT", DefaultValueFactory = _ => NewestUsual };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command("samples", "List grab samples, newest first, with the probe's value nearest in time and the difference.")
        {
            config, folder, gateway, newest, json,
        };
        newest.Validators.Add(static result =>
        {
            // What is no number is told by the parser.
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count < 1)
            {
                result.AddError("--newest must be 1 or more; leave it out for the usual 50");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            if (CommandSettings.Read(result, config, folder) is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            return await RunAsync(
                configuration, result.GetValue(gateway), result.GetValue(newest), result.GetValue(json),
                result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancellationToken);
        });
        return command;
    }

    /// <summary>Lists them.</summary>
    /// <returns>The exit code: 0 or <see cref="Bad"/>.</returns>
    internal static async Task<int> RunAsync(
        BackendConfiguration configuration,
        string? gateway,
        int newest,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        if (Samples(configuration.Folder, gateway, newest, error) is not { } samples)
        {
            return Bad;
        }

        if (samples.Count == 0)
        {
            error.WritePlain("there are no grab samples; pond-gateway sample add enters one");
            return 0;
        }

        string? unasked = null;
        try
        {
            await using var store = BackendHost.OpenStore(configuration, TimeProvider.System, NullLoggerFactory.Instance);
            foreach (var sample in samples)
            {
                var pair = new SamplePair(sample, Probe: null);
                try
                {
                    pair = unasked is null ? await SamplePair.OfAsync(sample, store, cancellationToken) : pair;
                }
                catch (StoreUnavailableException e)
                {
                    unasked = e.Message;
                }

                output.WritePlain(json ? Json(pair) : Line(pair, unasked is null));
            }
        }
        catch (IOException e)
        {
            unasked = e.Message;
        }

        if (unasked is null)
        {
            return 0;
        }

        error.WritePlain($"the values of the probes cannot be read: {unasked}");
        return Bad;
    }

    private static List<SamplePoint>? Samples(string folder, string? gateway, int newest, TextWriter error)
    {
        if (CommandSettings.StateIn(folder, error) is not { } path)
        {
            return null;
        }

        try
        {
            using var connection = new StateDatabase(path).Connect();
            using var transaction = connection.BeginTransaction(deferred: true);
            var table = new SampleTable(transaction);
            return table.IsThere ? table.Newest(gateway, newest) : [];
        }
        catch (IOException e)
        {
            // Its message names the file.
            error.WritePlain(e.Message);
            return null;
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException)
        {
            error.WritePlain($"{path}: {e.Message}");
            return null;
        }
    }

    private static string Line(SamplePair pair, bool wasAsked)
    {
        var sample = pair.Sample;
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{Time(sample)} {sample.Beside.Gateway} {sample.Beside.Device}.{sample.Beside.Channel}: ");
        line.Append(CultureInfo.InvariantCulture, $"sample {sample.Value} {sample.Beside.Measurand.Unit} (");
        line.AppendJoin(", ", new[] { sample.Method, sample.Laboratory, sample.Who }.Where(text => text.Length > 0));
        line.Append(sample.Note.Length > 0 ? $": {sample.Note})" : ")");
        if (pair.Probe is not { } probe)
        {
            return line.Append(wasAsked ? "; the probe has no value within 15 min" : "").ToString();
        }

        var apart = ApartSeconds(sample, probe);
        line.Append(CultureInfo.InvariantCulture, $"; probe {probe.Value} {Wording.Token(probe.Flag)}, ");
        line.Append(CultureInfo.InvariantCulture, $"{Math.Abs(apart)} s {(apart < 0 ? "before" : "after")}: {pair.Text}");
        return line.ToString();
    }

    private static string Json(SamplePair pair) => JsonLine.Of(json =>
    {
        var sample = pair.Sample;
        json.WriteString("taken", Time(sample));
        json.WriteString("gateway", sample.Beside.Gateway);
        json.WriteString("site", sample.Beside.Site);
        json.WriteString("station", sample.Beside.Station);
        json.WriteString("device", sample.Beside.Device);
        json.WriteString("channel", sample.Beside.Channel);
        json.WriteString("measurand", sample.Beside.Measurand.WireName);
        json.WriteNumber("value", sample.Value);
        json.WriteString("method", sample.Method);
        json.WriteString("lab", sample.Laboratory);
        json.WriteString("who", sample.Who);
        json.WriteString("note", sample.Note);
        if (pair.Probe is { } probe)
        {
            json.WriteNumber("probe", probe.Value);
            json.WriteNumber("probe_qc", (int)probe.Flag);
            json.WriteNumber("probe_after_s", ApartSeconds(sample, probe));
            json.WriteNumber("difference", pair.Difference!.Value);
        }
    });

    private static long ApartSeconds(SamplePoint sample, NearValue probe) => (probe.TimeNs - sample.TimeNs) / 1_000_000_000;

    private static string Time(SamplePoint sample) =>
        IsoTime.Seconds(DateTimeOffset.FromUnixTimeMilliseconds(sample.TimeNs / 1_000_000));
}
