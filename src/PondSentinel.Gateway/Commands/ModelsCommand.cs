using System.CommandLine;
using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Profiles;
using PondSentinel.Terminal;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway models</c>: the sensors that the gateway can read.</summary>
internal static class ModelsCommand
{
    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration, which names the folder of the owner's own profiles.</param>
    public static Command Create(Option<string> config)
    {
        var id = new Argument<string?>("model")
        {
            Description = "One of them, in full.",
            HelpName = "MODEL",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Verb(
            "models",
            "List the sensors that the gateway can read, those of your own profiles too; exit 1 where the one asked for is not among them, 2 where a profile or the configuration cannot be used.",
            "pond-gateway models",
            "pond-gateway models yosemitech-y532     outputs, line, calibration")
        {
            id,
            config,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(config);

            // One that nobody named need not be there.
            var isNamed = result.GetResult(config) is { Implicit: false };
            var loaded = isNamed || File.Exists(path)
                ? GatewayConfigurationFile.LoadModels(path)
                : new LoadedModels { Models = SensorCatalogue.Models };
            return Run(result.GetValue(id), loaded, result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        });
        return command;
    }

    private const string TellsSerial = "  it tells its serial number, which is held against serial of the device";
    private const string BySettings = "its outputs are those that its settings name";

    private static int Run(string? id, LoadedModels loaded, TextWriter output, TextWriter error)
    {
        // Those that can be read are shown all the same.
        error.WriteFindings(loaded.Unreadable, loaded.Problems, []);
        var found = loaded.Unreadable is null && loaded.Problems.Count == 0 ? 0 : ExitCode.Misuse;
        if (id is null)
        {
            foreach (var model in loaded.Models.Values.OrderBy(model => model.Id, StringComparer.Ordinal))
            {
                output.WritePlain(Headline(model));
                output.WritePlain($"  {(model.Outputs.Count > 0 ? string.Join(", ", model.Outputs.Select(each => each.Name)) : BySettings)}");
            }

            return found;
        }

        if (loaded.Models.GetValueOrDefault(id) is not { } one)
        {
            var nearest = Units.Nearest(id, loaded.Models.Keys);
            error.WritePlain($"there is no model \"{id}\"; {(nearest is null ? "pond-gateway models lists them" : $"did you mean {nearest}?")}");
            return found == 0 ? 1 : found;
        }

        Describe(one, output);
        if (one.Profile is { } profile)
        {
            Describe(profile, output);
        }
        else
        {
            DescribeLines(one, output);
        }

        return found;
    }

    private static string Headline(SensorModel model) =>
        $"{model.Id}: {model.Name}, {model.Grade}, {Verified(model)}{(SensorCatalogue.Models.ContainsKey(model.Id) ? "" : ", by a profile of your own")}";

    private static string Verified(SensorModel model) => $"verified on hardware: {(model.VerifiedOnHardware ? "yes" : "no")}";

    private static void Describe(SensorModel model, TextWriter output)
    {
        output.WritePlain(Headline(model));
        foreach (var unsure in model.Unsure)
        {
            output.WritePlain($"  unsure: {unsure}");
        }

        foreach (var each in model.Outputs)
        {
            var range = each.Range is { } band
                ? string.Create(CultureInfo.InvariantCulture, $", {band.Low} to {band.High}")
                : "";
            output.WritePlain($"  {each.Name}: {each.Measurand.Label}, {each.Measurand.Unit}{range}{(each.Method is { } method ? $"; {method}" : "")}");
        }
    }

    // What a profile says of its line itself.
    private static void DescribeLines(SensorModel model, TextWriter output)
    {
        if (model.Outputs.Count == 0)
        {
            output.WritePlain($"  {BySettings}");
        }

        foreach (var attachment in model.Attachments)
        {
            output.WritePlain($"  on a {BusSection.Word(attachment.Kind)} bus, {attachment.Addresses?.Range ?? "which it has for itself, without an address"}");
        }

        if (model.ReadSettings is not null)
        {
            output.WritePlain($"  keys of its own: see hardware/sensors/{model.Id}.md");
        }

        if (model.TellsSerial)
        {
            output.WritePlain(TellsSerial);
        }
    }

    private static void Describe(DeviceProfile profile, TextWriter output)
    {
        var line = profile.Line;
        output.WritePlain(string.Create(
            CultureInfo.InvariantCulture,
            $"  from the factory: {line.Baud} baud, {line.Frame}, address {line.Address}"));
        if (line.AddressSpacing > 1)
        {
            output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"  addresses on one line at least {line.AddressSpacing} apart"));
        }

        if (profile.Sequence is { } sequence)
        {
            var prelude = sequence.Prelude.Count == 0 ? "" : $", a command and {Units.Text(sequence.Settle)} after it";
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"  a poll: {sequence.Burst} readings{prelude}; warm-up {Units.Text(sequence.WarmUp)}; all this is left out by sequence = false"));
        }

        if (profile.Identity is not null)
        {
            output.WritePlain(TellsSerial);
        }

        if (profile.AddressChange is { } change)
        {
            output.WritePlain($"  new address by pond-gateway device set-address: {ProfileHex.Text(change.Write.Span)} ADDRESS {ProfileHex.Text(change.After.Span)}".TrimEnd());
        }

        if (profile.Calibration is { } calibration)
        {
            Describe(calibration, output);
        }

        output.WritePlain($"  source: {profile.Source.Manual}; {profile.Source.Revision}; {profile.Source.Where}");
    }

    private static void Describe(ProfileCalibration calibration, TextWriter output)
    {
        var every = calibration.Every is { } often ? $" every {Units.Text(often)}" : "";
        var check = calibration.CheckEvery is { } checking ? $", checked every {Units.Text(checking)}" : "";
        output.WritePlain($"  calibrated{every}{check}{(calibration.Note is { } note ? $": {note}" : "")}");
        foreach (var point in calibration.Points)
        {
            output.WritePlain(string.Create(
                CultureInfo.InvariantCulture,
                $"    {point.Standard}: {point.Output} {point.Value}, after {Units.Text(point.Soak)}: {ProfileHex.Text(point.Command.Send.Span)}"));
        }

        foreach (var code in calibration.Status?.Codes ?? [])
        {
            output.WritePlain(string.Create(CultureInfo.InvariantCulture, $"    status {code.Value:X2}: {code.Text}"));
        }

        foreach (var part in calibration.Parts)
        {
            output.WritePlain($"    {part.Name}: at most {Units.Text(part.Life)}");
        }
    }
}
