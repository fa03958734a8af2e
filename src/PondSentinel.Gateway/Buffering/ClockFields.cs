using PondSentinel.Gateway.Time;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Clock readings and stamps as fields.</summary>
internal static class ClockFields
{
    private const byte NoTrust = 0;

    // No time is farther from 1970 or from boot: 2^60 ticks are 3,650 years. Sums of what is read cannot overflow.
    private const long Bound = 1L << 60;

    /// <summary>Writes a reading.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="clock">The reading.</param>
    public static void Write(FieldWriter fields, ClockReading clock)
    {
        fields.Identifier(clock.Boot);
        fields.Signed(clock.BootTime.Ticks);
        fields.Signed(clock.WallMs);
        if (clock.Trust is { } stamp)
        {
            Write(fields, stamp);
        }
        else
        {
            fields.Byte(NoTrust);
        }
    }

    /// <summary>Reads a reading.</summary>
    /// <param name="fields">Where from.</param>
    public static ClockReading Read(ref FieldReader fields)
    {
        var boot = fields.Identifier();
        var ticks = Bounded(ref fields);
        var wallMs = Bounded(ref fields);
        return new ClockReading(boot, new TimeSpan(ticks), wallMs, ReadStamp(ref fields));
    }

    /// <summary>Writes an anchor.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="anchor">The anchor.</param>
    public static void Write(FieldWriter fields, ClockAnchor anchor) =>
        Write(fields, new ClockReading(anchor.Boot, anchor.BootTime, anchor.WallMs, anchor.Stamp));

    /// <summary>Reads an anchor.</summary>
    /// <param name="fields">Where from.</param>
    public static ClockAnchor ReadAnchor(ref FieldReader fields)
    {
        var clock = Read(ref fields);
        if (clock.Trust is null)
        {
            fields.Fail();
        }

        return new ClockAnchor(clock.Boot, clock.BootTime, clock.WallMs, clock.Trust ?? default);
    }

    // Codes on the card: never renumber. They are not the enumeration's values, which no file depends on.
    private static void Write(FieldWriter fields, ClockStamp stamp)
    {
        fields.Byte(stamp.Source switch
        {
            ClockSource.Gps => 1,
            ClockSource.Ntp => 2,
            ClockSource.Rtc => 3,
            ClockSource.Srv => 4,
            ClockSource.Est => 5,
            _ => throw new ArgumentOutOfRangeException(nameof(stamp), stamp.Source, "Not a defined source."),
        });
        fields.Unsigned(Math.Clamp(stamp.ErrorMs, 0, Bound));
    }

    private static long Bounded(ref FieldReader fields)
    {
        var value = fields.Signed();
        return value is >= -Bound and <= Bound ? value : (long)fields.Fail();
    }

    private static ClockStamp? ReadStamp(ref FieldReader fields)
    {
        ClockSource? source = fields.Byte() switch
        {
            1 => ClockSource.Gps,
            2 => ClockSource.Ntp,
            3 => ClockSource.Rtc,
            4 => ClockSource.Srv,
            5 => ClockSource.Est,
            NoTrust => null,
            _ => (ClockSource)fields.Fail(),
        };
        return source is { } known ? new ClockStamp(known, fields.Unsigned(Bound)) : null;
    }
}
