namespace PondSentinel.Gateway.Uplink;

/// <summary>Keeps the backlog under its bytes a second: after each message it waits as long as the message should have taken.
/// Used by one lane.</summary>
/// <param name="rate">The limit, bytes a second; null for none, 0 where nothing may go. It may change.</param>
/// <param name="time">The clock.</param>
internal sealed class BacklogPace(Func<double?> rate, TimeProvider time)
{
    // How soon a change of the limit is noticed.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private long last;
    private int bytes;

    /// <summary>Whether the next message may go.</summary>
    public bool IsDue => Left <= TimeSpan.Zero;

    private TimeSpan Left => rate() switch
    {
        null => TimeSpan.Zero,
        <= 0 => TimeSpan.MaxValue,
        { } limit when bytes / limit < TimeSpan.MaxValue.TotalSeconds / 2 => TimeSpan.FromSeconds(bytes / limit) - time.GetElapsedTime(last),
        _ => TimeSpan.MaxValue,
    };

    /// <summary>Notes a message.</summary>
    /// <param name="count">Its bytes.</param>
    public void Note(int count)
    {
        last = time.GetTimestamp();
        bytes = count;
    }

    /// <summary>Waits until the next message may go.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Left is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left < LookInterval ? left : LookInterval, time, cancellationToken);
        }
    }
}
