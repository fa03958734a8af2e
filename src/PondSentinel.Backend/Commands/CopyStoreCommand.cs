using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using PondSentinel.Backend.Backup;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary><c>pond-backend copy-store</c>: from the embedded store to InfluxDB.</summary>
internal static class CopyStoreCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    /// <param name="time">The clock.</param>
    public static Command Create(Option<string?> config, TimeProvider time)
    {
        var folder = CommandSettings.FolderOption();
        var command = new Command(
            "copy-store",
            "Copy what the embedded store holds into the InfluxDB of [influx], and hold every value against what reads there. Nothing is deleted; it may be run again. Stop the backend first.")
        {
            config, folder,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            if (CommandSettings.Read(result, config, folder) is not { } configuration)
            {
                return CheckCommand.Bad;
            }

            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (configuration.Influx is not { } influx)
            {
                error.WritePlain("the configuration has no [influx]: write where to copy to, then run this, then start the backend");
                return CheckCommand.Bad;
            }

            return await RunAsync(Path.GetFullPath(configuration.Folder), influx, time, output, error, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string folder, InfluxOptions influx, TimeProvider time, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, BackendHost.StoreFile);
        if (!File.Exists(path))
        {
            error.WritePlain($"{path} is not there: nothing is to be copied. Name the backend's folder with --folder.");
            return 1;
        }

        try
        {
            using var claim = FolderClaim.Take(folder);
            await using var from = new EmbeddedStore(path);
            await using var to = new InfluxStore(influx, time, NullLogger<InfluxStore>.Instance);
            var copy = new StoreCopy(from, to, to);
            await copy.RunAsync(
                (series, points) => output.WritePlain(string.Create(
                    CultureInfo.InvariantCulture, $"{series.Site} {series.Station} {series.Gateway} {series.Device}.{series.Channel} {series.Measurand.WireName}: {points} values")),
                cancellationToken);
            copy.Refused.ForEach(refused => error.WritePlain($"{influx.Url} refuses {refused}"));
            output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"{copy.Points} values copied and read back the same, {copy.Refused.Count} refused; {path} is as it was"));
            return copy.Refused.Count == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or StoreUnavailableException)
        {
            error.WritePlain($"{CommandSettings.Told(e)} What was copied stays.");
            return 1;
        }
    }
}
