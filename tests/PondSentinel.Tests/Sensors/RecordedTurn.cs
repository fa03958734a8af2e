using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Sensors;

/// <summary>A turn on a line, on which waiting takes no time but that of the clock.</summary>
/// <param name="time">The clock.</param>
internal sealed class RecordedTurn(FakeTimeProvider time) : IBusTurn
{
    /// <summary>Seconds that were waited off the line.</summary>
    public List<double> Pauses { get; } = [];

    /// <summary>When measuring was said to begin, seconds after the start of the clock.</summary>
    public List<double> MeasuringAt { get; } = [];

    /// <summary>Called at each wait.</summary>
    public Action? OnPause { get; set; }

    public ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        Pauses.Add(pause.TotalSeconds);
        OnPause?.Invoke();
        time.Advance(pause);
        return ValueTask.CompletedTask;
    }

    public void BeginMeasuring() => MeasuringAt.Add((time.GetUtcNow() - time.Start).TotalSeconds);
}
