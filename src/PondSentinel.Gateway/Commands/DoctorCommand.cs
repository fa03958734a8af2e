using System.CommandLine;
using System.Text.Json;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Gateway.Diagnosis;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary><c>pond-gateway doctor</c>: what is wrong at the site, and what to do.</summary>
internal static class DoctorCommand
{
    private const string Description =
        """
        What is wrong, and what to do: configuration, service, clock, card, certificate,
        ports, devices, broker. Where the gateway does not run its devices are asked,
        and those that are silent looked for at other ids and baud rates, up to a minute
        each. Nothing is changed. Exit 1 where a line is bad.
        """;

    /// <summary>The verb.</summary>
    /// <param name="config">The option that names the configuration.</param>
    public static Command Create(Option<string> config)
    {
        var json = new Option<bool>("--json") { Description = "As one JSON object." };
        var language = LanguageOption();
        var command = new Verb(
            "doctor",
            Description,
            "pond-gateway doctor",
            "sudo pond-gateway doctor --lang zh       and see who holds a port")
        {
            json, language, config,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var path = result.GetRequiredValue(config);
            var findings = await new Doctor(TimeProvider.System).LookAsync(path, GatewayConfigurationFile.Load(path), cancellationToken);
            return Tell(findings, LanguageOf(result.GetValue(language)), result.GetValue(json), result.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>The option that names a language.</summary>
    internal static Option<string?> LanguageOption()
    {
        var language = new Option<string?>("--lang") { Description = "en or zh; else that of the terminal.", HelpName = "LANGUAGE" };
        language.AcceptOnlyFromAmong("en", "zh");
        return language;
    }

    /// <summary>The language that is meant.</summary>
    /// <param name="named">The option's value.</param>
    internal static Language LanguageOf(string? named) => Languages.Of(named, Environment.GetEnvironmentVariable);

    /// <summary>Prints findings.</summary>
    /// <param name="findings">The findings.</param>
    /// <param name="language">In which language.</param>
    /// <param name="json">Whether to write JSON.</param>
    /// <param name="output">Where to.</param>
    /// <returns>The exit code.</returns>
    internal static int Tell(IReadOnlyList<Finding> findings, Language language, bool json, TextWriter output)
    {
        var worst = findings.Max(finding => finding.Severity);
        if (json)
        {
            output.WriteLine(JsonLine.Of(writer =>
            {
                writer.WriteString("worst", Word(worst));
                writer.WriteStartArray("findings");
                foreach (var finding in findings)
                {
                    Write(writer, finding, language);
                }

                writer.WriteEndArray();
            }));
        }
        else
        {
            foreach (var finding in findings)
            {
                Print(finding, language, output);
            }
        }

        return worst == Severity.Bad ? ExitCode.Wrong : ExitCode.Good;
    }

    private static void Write(Utf8JsonWriter json, Finding finding, Language language)
    {
        var (what, mend) = DoctorWords.Of(finding, language);
        json.WriteStartObject();
        json.WriteString("level", Word(finding.Severity));
        json.WriteString("code", finding.Code);
        JsonLine.Texts(json, "about", finding.Arguments);
        json.WriteString("what", what);
        if (mend.Length > 0)
        {
            json.WriteString("do", mend);
        }

        json.WriteEndObject();
    }

    private static void Print(Finding finding, Language language, TextWriter output)
    {
        var (what, mend) = DoctorWords.Of(finding, language);
        foreach (var line in Columns.Wrap($"{Word(finding.Severity),-4}  {what}", VerbHelp.ColumnsMax, indent: 6))
        {
            output.WritePlain(line);
        }

        foreach (var line in mend.Length == 0 ? [] : Columns.Wrap($"      > {mend}", VerbHelp.ColumnsMax, indent: 8))
        {
            output.WritePlain(line);
        }
    }

    private static string Word(Severity severity) => severity switch
    {
        Severity.Good => "good",
        Severity.Warn => "warn",
        _ => "bad",
    };
}
