using Microsoft.Extensions.Logging;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Uplink;

/// <summary>Keeps a lane back after the broker has thrown away or refused its message, so that the same bytes are not sent
/// again and again to nobody: 5 s, then twice as long each time up to 5 min. A word of the backend ends it where nobody had
/// subscribed; of what a broker refuses the backend knows nothing.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="time">The clock.</param>
/// <param name="log">The journal.</param>
internal sealed class LanePause(TimeProvider time, ILogger log)
{
    /// <summary>The first pause: 5 s.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause: 5 min.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // What goes on for a week is one line an hour.
    private static readonly TimeSpan SameReasonInterval = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private TimeSpan next = First;
    private bool isUnheard;
    private (string? Reason, long At) told;
    private TaskCompletionSource? lifted;
    private long begun;
    private TimeSpan length;

    /// <summary>Whether the lane may send.</summary>
    public bool IsOver
    {
        get
        {
            lock (gate)
            {
                return lifted is null || time.GetElapsedTime(begun) >= length;
            }
        }
    }

    /// <summary>Waits until the lane may send.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task end;
            TimeSpan left;
            lock (gate)
            {
                if (lifted is null || (left = length - time.GetElapsedTime(begun)) <= TimeSpan.Zero)
                {
                    return;
                }

                end = lifted.Task;
            }

            // Lifted, over or stopped: which of them it was is looked at anew.
            await end.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Begins a pause.</summary>
    /// <param name="answer">What the broker said.</param>
    /// <param name="topic">To which topic.</param>
    public void Begin(SendAnswer answer, string topic)
    {
        TimeSpan pause;
        var why = answer.Why ?? "refused";
        lock (gate)
        {
            isUnheard = answer.Outcome == SendOutcome.Unheard;
            lifted = new TaskCompletionSource();
            begun = time.GetTimestamp();
            length = pause = next;
            next = next * 2 < Longest ? next * 2 : Longest;
            if (told.Reason == why && time.GetElapsedTime(told.At) < SameReasonInterval)
            {
                return;
            }

            told = (why, time.GetTimestamp());
        }

        if (answer.Outcome == SendOutcome.Unheard)
        {
            why += "; check that the backend runs and its session at the broker lives";
        }

        log.LogWarning("uplink: {Topic}: {Why}; it stays in the buffer, next try in {Pause}", topic, why, Units.Text(pause));
    }

    /// <summary>Ends the pause where it was only that nobody had subscribed.</summary>
    public void LiftUnheard()
    {
        lock (gate)
        {
            if (!isUnheard)
            {
                return;
            }
        }

        Lift();
    }

    /// <summary>Ends the pause, where there is one, and forgets how long the last was.</summary>
    public void Lift()
    {
        TaskCompletionSource? ended;
        lock (gate)
        {
            next = First;
            told = default;
            ended = lifted;
            lifted = null;
        }

        ended?.SetResult();
    }
}
