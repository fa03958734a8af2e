using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PondSentinel.Gateway.Commands;

/// <summary>A verb whose help ends with examples.</summary>
/// <param name="name">What it is called.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Lines with examples, each of at most <see cref="VerbHelp.ColumnsMax"/> - 2 characters.</param>
internal sealed class Verb(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    /// <summary>Lines with examples.</summary>
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>Help for a phone's terminal: no line is wider than it.</summary>
/// <param name="plain">Writes all but the examples.</param>
internal sealed class VerbHelp(HelpAction plain) : SynchronousCommandLineAction
{
    /// <summary>Columns of the terminal.</summary>
    public const int ColumnsMax = 80;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Has a command and all below it help so.</summary>
    /// <param name="root">The command.</param>
    public static void Give(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new VerbHelp((HelpAction)option.Action!);
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
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
}
