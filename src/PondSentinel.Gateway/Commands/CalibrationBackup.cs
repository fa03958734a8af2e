using System.CommandLine;
using System.Globalization;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>Copies calibrations.</summary>
internal static class CalibrationBackup
{
    /// <summary>Copies every file as it is, durably.</summary>
    /// <param name="folder">The folder of the records.</param>
    /// <param name="store">What can be read of it.</param>
    /// <param name="target">Where to: a folder without records.</param>
    /// <param name="console">Where to say so.</param>
    /// <returns>The exit code.</returns>
    public static int Write(string folder, CalibrationStore store, string target, InvocationConfiguration console)
    {
        ICard card;
        try
        {
            card = LinuxCard.At(target, "backup");
        }
        catch (IOException e)
        {
            console.Error.WritePlain($"{target}: {e.Message}");
            return ExitCode.Wrong;
        }

        if (card.List().Any(CalibrationFile.IsRecord))
        {
            console.Error.WritePlain($"{target}: there are records already; name an empty folder");
            return ExitCode.Misuse;
        }

        var names = store.Records.Count + store.Damaged.Count + store.Unsettled.Count == 0
            ? []
            : Directory.GetFiles(folder).Select(path => Path.GetFileName(path))
                .Where(name => CalibrationFile.IsRecord(name) || BrokenOffFile.IsOne(name)).ToList();
        foreach (var name in names)
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, name));
            using var file = card.Create(name, bytes.Length);
            file.Write(0, bytes);
            file.Sync();
        }

        card.SyncFolder();
        console.Output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"{names.Count} {(names.Count == 1 ? "record" : "records")} copied to {target}"));
        foreach (var damaged in store.Damaged)
        {
            console.Error.WritePlain(damaged.ToString());
        }

        return store.Damaged.Count == 0 ? 0 : ExitCode.Wrong;
    }
}
