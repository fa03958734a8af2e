using System.Text;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>A terminal on which a picture is drawn over again: only the three control sequences that every terminal since the VT100
/// knows (ECMA-48: CUP, EL, ED).</summary>
/// <param name="output">The terminal.</param>
/// <param name="size">Its columns and lines now.</param>
internal sealed class TerminalScreen(TextWriter output, Func<(int Columns, int Lines)> size)
{
    private const string Home = "\u001b[H";
    private const string ToEndOfLine = "\u001b[K";
    private const string ToEndOfScreen = "\u001b[J";

    // Narrower than that nothing can be read.
    private const int ColumnsMin = 20;
    private const int LinesMin = 5;

    // Lines of a VT100, which is what a terminal behind a serial line is that says it has none.
    private const int LinesUnsaid = 24;

    private bool isFirst = true;

    /// <summary>Columns that a line may have: those of the terminal, and no more than <see cref="VerbHelp.ColumnsMax"/>.</summary>
    public int ColumnsMax => size().Columns is var columns and > 0 ? Math.Clamp(columns, ColumnsMin, VerbHelp.ColumnsMax) : VerbHelp.ColumnsMax;

    /// <summary>Lines that a picture may have. The last one of the terminal stays empty, so that what is typed there does not move the
    /// picture.</summary>
    public int LinesMax => (size().Lines is var count and > 0 ? Math.Max(count, LinesMin) : LinesUnsaid) - 1;

    /// <summary>The terminal behind an output.</summary>
    /// <param name="output">The output of the program.</param>
    /// <returns>Null where it is none that can be drawn on.</returns>
    public static TerminalScreen? Of(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
            ? new TerminalScreen(output, static () => (Console.WindowWidth, Console.WindowHeight))
            : null;

    /// <summary>Draws a picture over the last one.</summary>
    /// <param name="lines">Its lines, each at most <see cref="ColumnsMax"/> wide.</param>
    /// <param name="more">What is said instead of the last lines, where there are more than the terminal has.</param>
    public void Draw(IEnumerable<string> lines, Func<int, string> more)
    {
        var linesMax = LinesMax;
        List<string> all = [.. lines];
        if (all.Count > linesMax)
        {
            var left = all.Count - linesMax + 1;
            all.RemoveRange(linesMax - 1, left);
            all.Add(more(left));
        }

        var picture = new StringBuilder(isFirst ? $"{Home}{ToEndOfScreen}" : Home);
        isFirst = false;
        foreach (var line in all)
        {
            picture.Append(PlainLines.Plain(line)).Append(ToEndOfLine).Append('\n');
        }

        output.Write(picture.Append(ToEndOfScreen));
        output.Flush();
    }
}
