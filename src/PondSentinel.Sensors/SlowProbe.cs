namespace PondSentinel.Sensors;

/// <summary>How seldom that is asked which does not answer: often enough to see it come back, so seldom that its neighbours on the
/// line lose nothing by it.</summary>
public static class SlowProbe
{
    private const int Intervals = 10;

    private static readonly TimeSpan Max = TimeSpan.FromSeconds(60);

    /// <summary>The time between two such questions: ten intervals of the device, 60 s at the most.</summary>
    /// <param name="interval">Time between its polls.</param>
    public static TimeSpan Every(TimeSpan interval) => interval < Max / Intervals ? interval * Intervals : Max;
}
