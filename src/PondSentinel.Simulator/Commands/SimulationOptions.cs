using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Simulator.Commands;

/// <summary>Options of the verbs, with errors that say what is allowed.</summary>
internal static class SimulationOptions
{
    /// <summary>The default speed: one real minute is one simulated hour.</summary>
    public const double SpeedDefault = 60;

    private const double SpeedMin = 0.1;
    private const double SpeedMax = 100_000;
    private const int PortMax = 65_535;

    // A hundred years: beyond, no site has ever stood.
    private static readonly TimeSpan SimulatedMax = TimeSpan.FromDays(36_600);

    /// <summary><c>--speed</c>.</summary>
    public static Option<double> Speed() => new("--speed")
    {
        Description = "Simulated seconds in a real second; 1 is real time.",
        HelpName = "K",
        DefaultValueFactory = _ => SpeedDefault,
        CustomParser = result => Parsed<double>(
            result,
            double.TryParse(Word(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var speed)
                && speed is >= SpeedMin and <= SpeedMax ? speed : null,
            "--speed is a number, 0.1 to 100000."),
    };

    /// <summary><c>--seed</c>.</summary>
    public static Option<ulong?> Seed() => new("--seed")
    {
        Description = "The world: the same seed gives the same pond. Default 1.",
        HelpName = "N",
        CustomParser = result => Parsed<ulong>(
            result,
            ulong.TryParse(Word(result), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : null,
            "--seed is a whole number, 0 or more."),
    };

    /// <summary><c>--log</c>.</summary>
    public static Option<string?> Log() => new("--log")
    {
        Description = "Append a line for each answer with measured values that went out: UTC ms, simulated s, device, register, bytes, values.",
        HelpName = "FILE",
    };

    /// <summary><c>--port</c>.</summary>
    /// <param name="standard">The port where nobody says otherwise.</param>
    public static Option<int> Port(int standard) => new("--port")
    {
        Description = "Port of the page on 127.0.0.1; 0 takes a free one.",
        HelpName = "P",
        DefaultValueFactory = _ => standard,
        CustomParser = result => Parsed<int>(
            result,
            int.TryParse(Word(result), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port <= PortMax ? port : null,
            "--port is a whole number, 0 to 65535."),
    };

    /// <summary><c>--until</c>.</summary>
    public static Option<TimeSpan?> Until() => new("--until")
    {
        Description = "End at this simulated time since the site's beginning, for example 90m or 5h45m.",
        HelpName = "SIMTIME",
        CustomParser = result => Parsed(
            result, SimulatedTime(Word(result)), "--until is a time since the site's beginning, for example 90m, 6h or 5h45m."),
    };

    /// <summary>Reads a time of one or more parts, each as in a configuration: <c>5h45m</c>.</summary>
    /// <param name="text">The time.</param>
    /// <returns>The time, above zero and at most a hundred years; or null where the text is none.</returns>
    public static TimeSpan? SimulatedTime(string text)
    {
        var sum = TimeSpan.Zero;
        var start = 0;
        for (var end = 1; end <= text.Length; end++)
        {
            // A part ends where a letter is followed by something else, or by nothing.
            if (!char.IsAsciiLetter(text[end - 1]) || (end < text.Length && char.IsAsciiLetter(text[end])))
            {
                continue;
            }

            if (Units.Duration(text[start..end]) is not { } part || part > SimulatedMax - sum)
            {
                return null;
            }

            sum += part;
            start = end;
        }

        return start == text.Length && sum > TimeSpan.Zero ? sum : null;
    }

    private static string Word(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";

    private static T Parsed<T>(ArgumentResult result, T? value, string otherwise)
        where T : struct
    {
        if (value is null)
        {
            result.AddError(otherwise);
        }

        return value.GetValueOrDefault();
    }
}
