using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace PondSentinel.Gateway.Commands;

/// <summary>A verb whose help ends with examples.</summary>
/// <param name="name">What it is called.</param>
/// <param name="description">What it does; its prose flows, what is indented stays as it is and has at most <see cref="VerbHelp.ColumnsMax"/> - 2
/// characters a line.</param>
/// <param name="examples">Lines with examples, each of at most <see cref="VerbHelp.ColumnsMax"/> - 2 characters.</param>
internal sealed class Verb(string name, string description, params IReadOnlyList<string> examples) : Command(name, VerbHelp.Flowing(description))
{
    /// <summary>Lines with examples.</summary>
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>Help for a phone's terminal: no line is wider than it.</summary>
/// <param name="plain">Writes all but the examples.</param>
/// <param name="overview">The help of the whole program.</param>
internal sealed class VerbHelp(HelpAction plain, VerbOverview overview) : SynchronousCommandLineAction
{
    /// <summary>Columns of the terminal.</summary>
    public const int ColumnsMax = 80;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Has a command and all below it help so.</summary>
    /// <param name="root">The command.</param>
    /// <param name="overview">Its own help.</param>
    public static void Give(RootCommand root, VerbOverview overview)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new VerbHelp((HelpAction)option.Action!, overview);
        }
    }

    /// <summary>A description without the line breaks of the source within its prose: where a line ends depends on the indent, which is
    /// wider in the list of verbs than in a verb's own help.</summary>
    /// <param name="description">As it is written; blank and indented lines stay.</param>
    public static string Flowing(string description)
    {
        var lines = description.Split('\n');
        var flowing = new StringBuilder(lines[0]);
        foreach (var (before, line) in lines.Zip(lines.Skip(1)))
        {
            flowing.Append(IsProse(before) && IsProse(line) ? ' ' : '\n').Append(line);
        }

        return flowing.ToString();
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is RootCommand)
        {
            overview.Write(parseResult.InvocationConfiguration.Output);
            return ExitCode.Good;
        }

        plain.MaxWidth = ColumnsMax;
        var code = plain.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb { Examples: { Count: > 0 } examples })
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }
        }

        return code;
    }

    private static bool IsProse(string line) => line is not ("" or [' ', ..]);
}
