using PondSentinel.Toml;

namespace PondSentinel.Backend.Completeness;

/// <summary>Settings and bounds of the ledger.</summary>
public sealed record CompletenessOptions
{
    /// <summary>How far the days of the ledger are ahead of UTC, from -12 h to +14 h, whole minutes. Default: UTC.</summary>
    public TimeSpan UtcOffset { get; init; }

    /// <summary>A record that comes later than this after its time is late; until then a poll that is not here is not missed.
    /// </summary>
    public static TimeSpan LateAfter { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How long rows and the facts behind them are kept.</summary>
    internal const long DaysKept = 400;

    /// <summary>Days ahead of the backend's clock that are counted: gateways with a clock that is a little wrong.</summary>
    internal const long DaysAhead = 1;

    /// <summary>A gateway that has given no sign for so long is taken for taken down, until it speaks again.</summary>
    internal static TimeSpan TakenDownAfter { get; } = TimeSpan.FromDays(31);

    /// <summary>Most channels, devices, lives and descriptions of a gateway.</summary>
    internal const int ChannelsMax = 1_024;

    /// <inheritdoc cref="ChannelsMax"/>
    internal const int DevicesMax = 256;

    /// <inheritdoc cref="ChannelsMax"/>
    internal const int LivesMax = 1_024;

    /// <summary>Most different descriptions of a gateway.</summary>
    internal const int MetasMax = 64;

    /// <summary>Most slots that are accounted together; a gap that reaches over more is cut.</summary>
    internal const long SlotsMax = 4_000_000;

    /// <summary>Most records that are accounted together: in memory each takes 200 bytes. Days that have more by themselves are not
    /// accounted for.</summary>
    internal const int MarksMax = 1_500_000;

    /// <summary>Most bytes that are read for it, of about 5 a record and 3 at least.</summary>
    internal const long MarkBytesMax = 16 * 1024 * 1024;

    /// <summary>Most bytes of records that a gap joins; one that reaches over more is cut.</summary>
    internal const long JoinedBytesMax = 6 * 1024 * 1024;

    private static readonly TimeSpan OffsetMin = TimeSpan.FromHours(-12);
    private static readonly TimeSpan OffsetMax = TimeSpan.FromHours(14);

    /// <summary>Reads <c>[completeness]</c>.</summary>
    /// <param name="section">The section, or null.</param>
    internal static CompletenessOptions Read(TomlSection? section)
    {
        if (section is null)
        {
            return new CompletenessOptions();
        }

        var offset = Parse(section.Text("utc_offset") ?? "0m");
        section.RefuseUnknownKeys();
        if (offset is { } known && known >= OffsetMin && known <= OffsetMax && known.Ticks % TimeSpan.TicksPerMinute == 0)
        {
            return new CompletenessOptions { UtcOffset = known };
        }

        section.Report(
            "utc_offset", "utc_offset of [completeness] is no offset from -12h to 14h in whole minutes",
            "write utc_offset = \"8h\" for China, \"-5h\" for Lima, \"345m\" for Nepal");
        return new CompletenessOptions();
    }

    // A duration as everywhere, but it may be negative.
    private static TimeSpan? Parse(string text)
    {
        var isNegative = text.StartsWith('-');
        return Units.Duration(isNegative ? text[1..] : text) is { } duration ? (isNegative ? -duration : duration) : null;
    }
}
