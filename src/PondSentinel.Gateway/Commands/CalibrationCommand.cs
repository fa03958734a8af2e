using System.CommandLine;
using PondSentinel.Calibration;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway calibration</c>: the records of calibrations.</summary>
internal static class CalibrationCommand
{
    private const string Description =
        """
        The records of calibrations. They are kept apart from the configuration and never changed, only added to.
        """;

    private const string AddDescription =
        """
        Judge a calibration and keep it: readings in 1 to 3 standards, as
        VALUE=RAW[,lot=LOT][,name=NAME].

        RAW is what the instrument showed: mV of an electrode behind an analog input,
        else the number in the channel's unit. Refused readings are kept too, with the
        reasons, and change nothing. Exit 0: accepted; 1: refused, or the store did
        not take it; 2: what was written makes no sense.

        FILE.toml:
          who = "Li"                              else the user
          temperature_c = 22
          standard = [
            { value = 4.01, raw = 176.9, lot = "A17", name = "buffer pH 4.01" },
            { value = 6.86, raw = 8.2 },
          ]
          found = [{ value = 4.01, raw = 171.0 }] before cleaning
          at = "2026-11-26T09:30:00Z"             else now
          every = "14d"                           until the next, else what is usual
          held_by_instrument = false              true: by its maker's program
          note = "new membrane"
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var folder = new Option<string?>("--folder") { Description = "Another folder of records, for example a backup.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var list = new Verb("list", "What is in force, what is due, what cannot be read; exit 1 where something is overdue or cannot be read.", "pond-gateway calibration list")
        {
            config, folder, json,
        };
        list.SetAction(result => Look(result, config, folder, (configuration, store) => CalibrationList.Write(
            CalibratedChannel.Of(configuration), store, ToldIn(result.GetValue(folder) ?? CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id)),
            TimeProvider.System.GetUtcNow(), result.GetValue(json), result.InvocationConfiguration.Output)));
        var id = new Argument<string>("id") { Description = "Its name.", HelpName = "ID" };
        var show = new Verb(
            "show",
            "One record in full, as JSON; how far off the instrument was found, and how USGS rates that, on a second line. Exit 1 where there is none of that name.",
            "pond-gateway calibration show c20261126-213000") { id, config, folder };
        show.SetAction(result => Look(result, config, folder, (configuration, store) => CalibrationList.Show(
            result.GetRequiredValue(id), CalibratedChannel.Of(configuration), store, result.InvocationConfiguration)));
        var target = new Option<string>("--out") { Description = "An empty folder, or one that is made.", HelpName = "DIR", Required = true };
        var backup = new Verb("backup", "Copy all records, those that cannot be read too; exit 1 where some cannot.", "pond-gateway calibration backup --out /media/usb/calibrations") { config, target };
        backup.SetAction(result => Look(result, config, folder, (configuration, store) => CalibrationBackup.Write(
            CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id), store, result.GetRequiredValue(target),
            result.InvocationConfiguration)));
        return new Verb(
            "calibration",
            Description,
            "pond-gateway calibration list                  what is in force and due",
            "pond-gateway calibration show c20261126-213000",
            "pond-gateway calibration add pond1.ph --standard 4.01=176.9,lot=A17",
            "pond-gateway calibration run pond1.ph --standard 7.00 --temp 22",
            "pond-gateway calibration backup --out /media/usb/calibrations") { list, show, Add(config, json), CalibrationRunCommand.Create(config, json), backup };
    }

    private static Verb Add(Option<string> config, Option<bool> json)
    {
        var channel = new Argument<string>("channel") { Description = "The channel, as device.channel.", HelpName = "CHANNEL" };
        var who = MaintenanceCommand.Who();
        var standards = Readings("--standard", "A reading in a standard, up to three.");
        var found = Readings("--found", "The same before cleaning.");
        var celsius = new Option<double?>("--temp") { Description = "Temperature of the standards, °C; else 25.", HelpName = "C" };
        var id = new Option<string?>("--id") { Description = "Name of the record; else one by its time.", HelpName = "ID" };
        var note = new Option<string?>("--note") { Description = "What else is to be known.", HelpName = "TEXT" };
        var isHeld = new Option<bool>("--held-by-instrument") { Description = "It was done with the instrument's own program; the readings are those after." };
        var file = new Option<string?>("--file") { Description = "All of this from a file.", HelpName = "FILE.toml" };
        var isDry = new Option<bool>("--dry-run") { Description = "Judge, and keep nothing." };
        var command = new Verb(
            "add",
            AddDescription,
            "pond-gateway calibration add pond1.ph --standard 4.01=176.9 --dry-run",
            "pond-gateway calibration add pond1.nh4n --file nh4n.toml") { channel, who, standards, found, celsius, id, note, isHeld, file, isDry, json, config };
        command.SetAction(async (result, cancellationToken) =>
        {
            var error = result.InvocationConfiguration.Error;
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            CalibrationDraft? draft;
            if (result.GetValue(file) is { } path)
            {
                (draft, var unreadable, var problems) = CalibrationReadings.Load(path, now);
                if (draft is null)
                {
                    error.WriteFindings(unreadable, problems, []);
                    return ExitCode.Misuse;
                }
            }
            else if (result.GetValue(standards) is not { Length: > 0 } left)
            {
                error.WritePlain("say what was read: --standard VALUE=RAW, or --file FILE.toml");
                return ExitCode.Misuse;
            }
            else
            {
                draft = new CalibrationDraft
                {
                    By = result.GetValue(who) ?? MaintenanceCommand.Caller,
                    TimeMs = now,
                    Celsius = result.GetValue(celsius) ?? 25,
                    AsLeft = left,
                    AsFound = result.GetValue(found) ?? [],
                    Id = result.GetValue(id),
                    Note = result.GetValue(note),
                    IsHeldByInstrument = result.GetValue(isHeld),
                };
            }

            return await CalibrationAdd.RunAsync(
                result.GetRequiredValue(channel), draft, result.GetRequiredValue(config), result.GetValue(isDry), result.GetValue(json),
                result.InvocationConfiguration, cancellationToken);
        });
        return command;
    }

    private static Func<string, long?> ToldIn(string folder) =>
        Directory.Exists(folder) ? new CalibrationTold(LinuxCard.ToRead(folder, "calibration store")).FirstSeenMs : _ => null;

    private static Option<StandardReading[]> Readings(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "VALUE=RAW",
        CustomParser = argument =>
        {
            List<StandardReading> readings = [];
            foreach (var token in argument.Tokens)
            {
                if (CalibrationReadings.Parse(token.Value) is not { } reading)
                {
                    argument.AddError($"{token.Value} is no reading; write VALUE=RAW, for example 4.01=176.9,lot=A17");
                    return [];
                }

                readings.Add(reading);
            }

            return [.. readings];
        },
    };

    private static int Look(
        ParseResult result, Option<string> config, Option<string?> folder, Func<GatewayConfiguration, CalibrationStore, int> look)
    {
        var error = result.InvocationConfiguration.Error;
        var loaded = GatewayConfigurationFile.Load(result.GetRequiredValue(config));
        if (loaded.Configuration is not { } configuration)
        {
            error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
            return ExitCode.Misuse;
        }

        var named = result.GetValue(folder);
        try
        {
            return look(configuration, named is null ? CalibrationRoom.Look(configuration) : CalibrationStore.Open(LinuxCard.ToRead(named, "calibration store")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WritePlain($"{named ?? CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id)}: {e.Message}");
            return named is null ? ExitCode.Wrong : ExitCode.Misuse;
        }
    }
}
