namespace PondSentinel.Gateway.Uplink;

/// <summary>Keeps the backlog under its bytes a second: after each message it waits as long as the message should have taken.
/// Used by one lane.</summary>
/// <param name="bytesPerSecond">The limit; null for none.</param>
/// <param name="time">The clock.</param>
internal sealed class BacklogPace(long? bytesPerSecond, TimeProvider time)
{
    private long last;
    private TimeSpan rest = TimeSpan.Zero;

    /// <summary>Whether the next message may go.</summary>
    public bool IsDue => Left <= TimeSpan.Zero;

    private TimeSpan Left => rest - time.GetElapsedTime(last);

    /// <summary>Notes a message.</summary>
    /// <param name="bytes">Its bytes.</param>
    public void Note(int bytes)
    {
        if (bytesPerSecond is { } rate)
        {
            last = time.GetTimestamp();
            rest = TimeSpan.FromSeconds((double)bytes / rate);
        }
    }

    /// <summary>Waits until the next message may go.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Left is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancellationToken);
        }
    }
}
