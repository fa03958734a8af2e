using PondSentinel.Wire;

namespace PondSentinel.Gateway.Time;

/// <summary>Names of clock sources as they stand on the wire.</summary>
internal static class ClockSourceTokens
{
    extension(ClockSource source)
    {
        /// <summary>The token on the wire.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined source.</exception>
        public string Token => source switch
        {
            ClockSource.Gps => "gps",
            ClockSource.Ntp => "ntp",
            ClockSource.Rtc => "rtc",
            ClockSource.Srv => "srv",
            ClockSource.Est => "est",
            _ => throw new ArgumentOutOfRangeException(nameof(source), source, "Not a defined source."),
        };
    }
}
