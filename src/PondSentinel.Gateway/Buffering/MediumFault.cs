using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Remembers whether something on the card can be written, and says so in the journal when that changes.</summary>
/// <param name="what">What is written, for people.</param>
/// <param name="consequence">What it means while it cannot be, for people.</param>
/// <param name="log">The journal.</param>
/// <param name="changed">Told when it fails and when it works again.</param>
internal sealed class MediumFault(string what, string consequence, ILogger log, Action? changed = null)
{
    /// <summary>What is wrong, in one line for people; null when nothing is.</summary>
    public string? Line { get; private set; }

    /// <summary>Takes note of how a write ended.</summary>
    /// <param name="failure">Why it failed; null where it did not.</param>
    public void Note(IOException? failure)
    {
        if (failure is null)
        {
            if (Line is not null)
            {
                Line = null;
                log.LogInformation("buffer: {What} can be written again", what);
                changed?.Invoke();
            }

            return;
        }

        var isNew = Line is null;
        Line = $"{what} cannot be written: {failure.Message}";

        if (isNew)
        {
            log.LogError(
                "buffer: {What} cannot be written ({Reason}); {Consequence} Check the card, its room and its mount",
                what, failure.Message, consequence);
            changed?.Invoke();
        }
    }
}
