using System.Text.Json;
using PondSentinel.Gateway.Control;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Commands;

/// <summary>Asks a running gateway again and again how it is; where it does not answer, as while it is restarted, it says so and tries
/// again.</summary>
/// <param name="client">Asks it.</param>
/// <param name="view">Shows what it answers.</param>
/// <param name="interval">Time between an answer and the next question.</param>
/// <param name="time">For waiting.</param>
internal sealed class StatusWatch(ControlClient client, IStatusView view, TimeSpan interval, TimeProvider time)
{
    /// <summary>Least seconds between two.</summary>
    public const int SecondsMin = 1;

    /// <summary>Most seconds between two.</summary>
    public const int SecondsMax = 60;

    /// <summary>Seconds between two where nobody says.</summary>
    public const int SecondsUnsaid = 2;

    /// <summary>Watches until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                switch (await client.AskAsync(StatusVerb.Verb, static _ => { }, ControlClient.Patience, cancellationToken))
                {
                    case ControlReply.Done(var body):
                        view.Show(body);
                        break;
                    case ControlReply.NotDone(var why):
                        view.ShowFailure(why);
                        break;
                    default:
                        throw new InvalidOperationException("Not a defined reply.");
                }

                await Task.Delay(interval, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }
}

/// <summary>Where a watched gateway is shown.</summary>
internal interface IStatusView
{
    /// <summary>Shows how it is.</summary>
    /// <param name="body">Its answer.</param>
    void Show(JsonElement body);

    /// <summary>Shows why it does not answer.</summary>
    /// <param name="why">One line: what is wrong, and what to do.</param>
    void ShowFailure(string why);
}

/// <summary>One JSON object a line: an answer, or <c>{"error":…}</c>.</summary>
/// <param name="output">Where to.</param>
internal sealed class StatusJsonView(TextWriter output) : IStatusView
{
    /// <inheritdoc/>
    public void Show(JsonElement body) => Write(body.GetRawText());

    /// <inheritdoc/>
    public void ShowFailure(string why) => Write(JsonLine.Of(json => json.WriteString("error", why)));

    // Whoever reads the other end of a pipe sees each when it is said.
    private void Write(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}

/// <summary>Blocks of lines with an empty one between them, where there is no terminal.</summary>
/// <param name="output">Where answers go.</param>
/// <param name="error">Where it is said that there is none; once for each reason.</param>
/// <param name="words">In which language.</param>
/// <param name="seconds">Seconds between two.</param>
internal sealed class StatusTextView(TextWriter output, TextWriter error, StatusWords words, int seconds) : IStatusView
{
    private bool isFirst = true;
    private string? failure;

    /// <inheritdoc/>
    public void Show(JsonElement body)
    {
        failure = null;
        if (!isFirst)
        {
            output.WriteLine();
        }

        isFirst = false;
        foreach (var line in StatusLines.Of(body, words))
        {
            output.WritePlain(line);
        }

        output.Flush();
    }

    /// <inheritdoc/>
    public void ShowFailure(string why)
    {
        if (why != failure)
        {
            failure = why;
            error.WritePlain(why);
            error.WritePlain(words.TryingAgain(seconds));
        }
    }
}

/// <summary>One picture that is drawn over again, no larger than the terminal.</summary>
/// <param name="screen">The terminal.</param>
/// <param name="words">In which language.</param>
/// <param name="seconds">Seconds between two.</param>
internal sealed class StatusScreenView(TerminalScreen screen, StatusWords words, int seconds) : IStatusView
{
    /// <inheritdoc/>
    public void Show(JsonElement body) => screen.Draw(StatusLines.Of(body, words, screen.ColumnsMax), words.MoreLines);

    /// <inheritdoc/>
    public void ShowFailure(string why) => screen.Draw(
        Columns.Wrap(why, screen.ColumnsMax, indent: 2).Append(words.TryingAgain(seconds)), words.MoreLines);
}
