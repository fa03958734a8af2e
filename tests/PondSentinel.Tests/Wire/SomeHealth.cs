using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>Health of a gateway of which nothing is to be said.</summary>
internal static class SomeHealth
{
    public static readonly HealthMessage Well = new()
    {
        TimeMs = 0, UptimeSeconds = 1, Unsettled = 0, UnsettledBytes = 0, BufferBytes = 0, BufferBytesMax = 1, BytesSent = 0, Connects = 1,
        Clock = new ClockStamp(ClockSource.Ntp, 5),
    };
}
