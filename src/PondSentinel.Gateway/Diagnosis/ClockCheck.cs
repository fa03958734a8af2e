using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;

namespace PondSentinel.Gateway.Diagnosis;

/// <summary>Looks at the clock.</summary>
internal static class ClockCheck
{
    /// <summary>Looks.</summary>
    /// <param name="now">What the clock says.</param>
    /// <param name="vouchedBy">Who vouches for it; null where nobody does.</param>
    public static Finding Look(DateTimeOffset now, string? vouchedBy)
    {
        var built = DateTimeOffset.FromUnixTimeMilliseconds(BuildDate.Ms);
        return now < built ? Finding.Bad("clock-wrong", IsoTime.Seconds(now), IsoTime.Seconds(built)[..10])
            : vouchedBy is null ? Finding.Warn("clock-unknown", IsoTime.Seconds(now))
            : Finding.Good("clock-good", vouchedBy);
    }
}
