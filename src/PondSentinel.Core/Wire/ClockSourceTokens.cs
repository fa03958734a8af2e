namespace PondSentinel.Wire;

/// <summary>Names of <see cref="ClockSource"/> on the wire and in the stores. A contract: never rename.</summary>
public static class ClockSourceTokens
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

    /// <summary>Reads a token.</summary>
    /// <param name="token">A token from the wire, exact.</param>
    /// <param name="source">The source, where the token is known.</param>
    public static bool TryParse(string token, out ClockSource source)
    {
        foreach (var candidate in Enum.GetValues<ClockSource>())
        {
            if (string.Equals(candidate.Token, token, StringComparison.Ordinal))
            {
                source = candidate;
                return true;
            }
        }

        source = default;
        return false;
    }
}
