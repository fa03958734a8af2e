using System.CommandLine;

namespace PondSentinel.Gateway.Commands;

/// <summary>Verbs that are looked for together.</summary>
/// <param name="Title">What for.</param>
/// <param name="Verbs">The verbs, each with what it does in a few words.</param>
internal sealed record VerbGroup(string Title, params IReadOnlyList<(Command Verb, string Brief)> Verbs);

/// <summary>The help of the whole program: all verbs on one screen of a phone, and no more of each than finds it.</summary>
/// <param name="head">What the program is; one line.</param>
/// <param name="groups">All verbs.</param>
/// <param name="tail">What else there is to know, line by line.</param>
internal sealed class VerbOverview(string head, IReadOnlyList<VerbGroup> groups, params IReadOnlyList<string> tail)
{
    /// <summary>Lines of a screen.</summary>
    public const int LinesMax = 45;

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    public void Write(TextWriter output)
    {
        var width = groups.SelectMany(group => group.Verbs).Max(verb => verb.Verb.Name.Length);
        output.WriteLine(head);
        output.WriteLine();
        output.WriteLine("Usage:");
        output.WriteLine("  pond-gateway VERB [options]     VERB --help tells more, with examples");
        output.WriteLine();

        // This word, and two blanks before each verb, are what the man page is made by.
        output.WriteLine("Commands:");
        foreach (var group in groups)
        {
            output.WriteLine($" {group.Title}");
            foreach (var (verb, brief) in group.Verbs)
            {
                output.WriteLine($"  {verb.Name.PadRight(width)}  {brief}");
            }
        }

        output.WriteLine();
        foreach (var line in tail)
        {
            output.WriteLine(line);
        }
    }
}
