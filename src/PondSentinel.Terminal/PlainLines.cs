using System.Globalization;
using PondSentinel.Toml;

namespace PondSentinel.Terminal;

/// <summary>Lines for a terminal. A file or a message can hold any character; a terminal must not act on them.</summary>
public static class PlainLines
{
    extension(TextWriter output)
    {
        /// <summary>Writes one line; every control character in it becomes a question mark.</summary>
        /// <param name="line">The line.</param>
        public void WritePlain(string line) => output.WriteLine(Plain(line));

        /// <summary>Writes what is wrong with a configuration, one finding a line, and how many mistakes there are.</summary>
        /// <param name="unreadable">Why the file could not be read at all; null where it could.</param>
        /// <param name="problems">Its mistakes.</param>
        /// <param name="warnings">What is unwise.</param>
        public void WriteFindings(string? unreadable, IReadOnlyList<Problem> problems, IReadOnlyList<Problem> warnings)
        {
            if (unreadable is not null)
            {
                output.WritePlain(unreadable);
            }

            foreach (var problem in problems)
            {
                output.WritePlain(problem.ToString());
            }

            foreach (var warning in warnings)
            {
                output.WritePlain((warning with { What = $"warning: {warning.What}" }).ToString());
            }

            if (problems.Count > 0)
            {
                output.WritePlain(problems.Count == 1
                    ? "1 mistake"
                    : string.Create(CultureInfo.InvariantCulture, $"{problems.Count} mistakes"));
            }
        }
    }

    /// <summary>A line on which no terminal acts: every control character in it becomes a question mark, those that turn the
    /// direction of writing too.</summary>
    /// <param name="line">The line.</param>
    public static string Plain(string line) => line.Any(IsHostile)
        ? string.Concat(line.Select(character => IsHostile(character) ? '?' : character))
        : line;

    // Lines and paragraphs of Unicode, and its embeddings, overrides and isolates (UAX 9).
    private static bool IsHostile(char character) =>
        char.IsControl(character) || character is >= '\u2028' and <= '\u202e' or >= '\u2066' and <= '\u2069';
}
