using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Sensors;

/// <summary>A turn on a line whose other devices take no time: it remembers what was waited off the line, and the waiting takes no time
/// but that of the clock.</summary>
internal sealed class RecordedTurn : IBusTurn
{
    private readonly TimeProvider time;
    private readonly long begun;
    private readonly Action<TimeSpan> advance;

    /// <summary>Begins now.</summary>
    /// <param name="time">The clock.</param>
    public RecordedTurn(FakeTimeProvider time)
        : this(time, time.Advance)
    {
    }

    /// <summary>Begins now.</summary>
    /// <param name="time">The clock.</param>
    public RecordedTurn(HastyTime time)
        : this(time, time.Advance)
    {
    }

    private RecordedTurn(TimeProvider time, Action<TimeSpan> advance) =>
        (this.time, this.advance, begun) = (time, advance, time.GetTimestamp());

    /// <summary>What was waited off the line.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>When each of them began, since this was made.</summary>
    public List<TimeSpan> PausedAt { get; } = [];

    /// <summary>When measuring was said to begin, since this was made.</summary>
    public List<TimeSpan> MeasuringAt { get; } = [];

    /// <summary>What was waited, in seconds.</summary>
    public IEnumerable<double> Seconds => Pauses.Select(pause => pause.TotalSeconds);

    /// <summary>Called at each wait.</summary>
    public Action? OnPause { get; set; }

    public ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        Pauses.Add(pause);
        PausedAt.Add(time.GetElapsedTime(begun));
        OnPause?.Invoke();
        if (pause > TimeSpan.Zero)
        {
            advance(pause);
        }

        return ValueTask.CompletedTask;
    }

    public void BeginMeasuring() => MeasuringAt.Add(time.GetElapsedTime(begun));
}
