namespace PondSentinel.Gateway.Time;

/// <summary>The time at which the certificate of another machine is judged.</summary>
/// <remarks>A gateway whose clock nobody vouches for has to reach the backend to learn the time, over a link whose
/// certificates have dates. It judges them at the latest time that has certainly passed, and not before the certificate
/// itself begins: an old certificate cannot be passed off as a new one further back than the newest record.</remarks>
/// <param name="clock">The clock.</param>
/// <param name="newestMs">No record of the buffer is newer, UTC ms since 1970.</param>
/// <param name="builtMs">When the program was built, UTC ms since 1970.</param>
internal sealed class CertificateTime(GatewayClock clock, Func<long> newestMs, long builtMs)
{
    // What is on the card may say any time.
    private static readonly long LatestMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The time to judge a certificate at.</summary>
    /// <param name="notBefore">From when on it is valid.</param>
    public (DateTimeOffset Time, bool IsKnown) For(DateTimeOffset notBefore)
    {
        var now = clock.Now();
        return now.Trust is not null
            ? (DateTimeOffset.FromUnixTimeMilliseconds(now.WallMs), true)
            : (Later(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(newestMs(), builtMs, LatestMs)), notBefore), false);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
