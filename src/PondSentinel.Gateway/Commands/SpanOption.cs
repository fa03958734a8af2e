using System.CommandLine.Parsing;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Commands;

/// <summary>Reads how long something is to be, as an option says it.</summary>
internal static class SpanOption
{
    /// <summary>Reads it.</summary>
    /// <param name="argument">What the option was given.</param>
    /// <param name="option">The option.</param>
    /// <param name="min">Shortest.</param>
    /// <param name="max">Longest.</param>
    /// <param name="example">Two that are good, for who wrote none.</param>
    /// <returns>Null where it is none, which the argument tells then.</returns>
    public static TimeSpan? Parse(ArgumentResult argument, string option, TimeSpan min, TimeSpan max, string example)
    {
        var text = argument.Tokens[0].Value;
        if (Units.Duration(text) is { } length && length >= min && length <= max)
        {
            return length;
        }

        argument.AddError($"{option} {text} is not from {Units.Text(min)} to {Units.Text(max)}; write for example {example}");
        return null;
    }
}
