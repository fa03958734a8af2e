using System.Text;
using PondSentinel.Gateway.Guiding;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>The terminal of somebody who is guided. Lines are typed as the kernel edits them, up to Enter: that works over any link.
/// </summary>
/// <param name="output">The terminal.</param>
/// <param name="screen">The same, to draw on.</param>
/// <param name="input">What is typed.</param>
internal sealed class GuideTerminal(TextWriter output, TerminalScreen screen, TextReader input) : IGuideScreen
{
    /// <inheritdoc/>
    public int ColumnsMax => screen.ColumnsMax;

    /// <inheritdoc/>
    public int LinesMax => screen.LinesMax;

    /// <summary>The terminal of this process.</summary>
    /// <param name="output">Its output.</param>
    /// <returns>Null where there is none that somebody sits at.</returns>
    public static GuideTerminal? Of(TextWriter output) => !Console.IsInputRedirected && TerminalScreen.Of(output) is { } screen
        ? new GuideTerminal(output, screen, new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        : null;

    /// <inheritdoc/>
    public void Say(string line)
    {
        output.WritePlain(line);
        output.Flush();
    }

    /// <inheritdoc/>
    public void Draw(IReadOnlyList<string> lines) => screen.Draw(lines, static _ => "...");

    /// <inheritdoc/>
    public Task<string?> NextLineAsync() => Task.Run(input.ReadLine);
}
