using PondSentinel.Toml;

namespace PondSentinel.Backend.Retention;

/// <summary>How long the measurement store keeps what: <c>[store]</c> of the configuration. Means of days stay for ever.</summary>
public sealed record StoreRetention
{
    /// <summary>The shortest that records may be kept: alarms, averages and revisions look back over a month.</summary>
    public static readonly TimeSpan RecordsMin = TimeSpan.FromDays(35);

    private static readonly TimeSpan KeepMax = TimeSpan.FromDays(36_500);

    /// <summary>Records. Default a year.</summary>
    public TimeSpan Records { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Means of ten minutes; not less than records. Default 5 years.</summary>
    public TimeSpan TenMinutes { get; init; } = TimeSpan.FromDays(1_826);

    /// <summary>Whether anything is deleted at all; means are made in any case. Default yes.</summary>
    public bool Expires { get; init; } = true;

    /// <summary>How long after its first start the backend deletes nothing. Default 14 days, in which who never wrote how long is told; none
    /// where it is written.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Reads it.</summary>
    /// <param name="section">The section; null for none.</param>
    public static StoreRetention Read(TomlSection? section)
    {
        var usual = new StoreRetention();
        var records = section?.Duration("keep_raw", RecordsMin, KeepMax) ?? usual.Records;
        var named = section?.Duration("keep_10min", RecordsMin, KeepMax);
        var read = new StoreRetention
        {
            Records = records,
            TenMinutes = named ?? (records > usual.TenMinutes ? records : usual.TenMinutes),
            Grace = section is null ? usual.Grace : TimeSpan.Zero,
            Expires = section?.Flag("expire") ?? usual.Expires,
        };
        if (read.TenMinutes < records)
        {
            section?.Report(
                "keep_10min", "keep_10min of [store] is shorter than keep_raw, so that means would go before the records they are made of",
                "make keep_10min the longer one, or remove it");
        }

        section?.RefuseUnknownKeys();
        return read;
    }
}
