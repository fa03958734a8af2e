using PondSentinel.Sensors;

namespace PondSentinel.Tests.Sensors;

/// <summary>A turn on a bus whose other devices take no time: it only remembers what was waited off the bus.</summary>
/// <param name="time">Waits.</param>
internal sealed class RecordingTurn(TimeProvider time) : IBusTurn
{
    private readonly LoneTurn lone = new(time);

    public List<TimeSpan> Pauses { get; } = [];

    public ValueTask PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        Pauses.Add(pause);
        return lone.PauseAsync(pause, cancellationToken);
    }

    public void BeginMeasuring()
    {
    }
}
