using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>From records to points: one channel of one record is one point. Pure.</summary>
internal static class Points
{
    // What 64 bits of nanoseconds hold, and InfluxDB with them, less a millisecond for the number in it.
    private const long TimeMsMax = 9_223_372_036_853;

    // Sums and cubes of it stay finite, and nothing that anybody measures comes near it.
    private const double NumberMax = 1e100;

    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(2);

    /// <summary>What is no older than this is of now: a gateway sends what is new before any backlog, and gathers it for minutes.</summary>
    public static readonly TimeSpan OfNow = TimeSpan.FromMinutes(15);

    /// <summary>The latest time that a true clock may give, ms since 1970. What is later is stored, and moves nothing that goes by
    /// what is newest: it would make every true value late.</summary>
    /// <param name="now">The backend's time.</param>
    public static long AheadMs(DateTimeOffset now) => (now + AheadMax).ToUnixTimeMilliseconds();

    /// <summary>Why a record is refused though it is well formed; null where it is taken. No store holds a time beyond its 64 bits, and
    /// nothing can be made of numbers whose sum is infinite: one of them would end all means, and with them the backend.</summary>
    public static Standing? Refusal(DeviceRecord record) =>
        record.TimeMs is < -TimeMsMax or > TimeMsMax || record.Channels.Any(channel =>
            IsBeyond(channel.Value) || IsBeyond(channel.Raw) || IsBeyond(channel.Low) || IsBeyond(channel.High))
            ? Standing.Range
            : null;

    /// <summary>The points of a record. Those of a revision have the key of the record it revises.</summary>
    /// <param name="site">Where the record, or the one it revises, was taken.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="record">The record.</param>
    public static IEnumerable<Point> Of(string site, Batch batch, DeviceRecord record)
    {
        var identity = record.Revises ?? new RecordId(batch.Epoch, record.Sequence);
        return record.Channels.Select(channel => new Point
        {
            Measurand = channel.Measurand,
            Site = site,
            Station = record.Station,
            Gateway = batch.Gateway,
            Device = record.Device,
            Channel = channel.Channel,
            TimeNs = Point.KeyNs(record.TimeMs, identity.Sequence),
            Epoch = identity.Epoch,
            Sequence = identity.Sequence,
            Clock = batch.Clock?.Source ?? ClockSource.Est,
            Value = channel,
            CoveredMs = record.CoveredMs,
            IsRevision = record.Revises is not null,
        });
    }

    private static bool IsBeyond(double? number) => Math.Abs(number ?? 0) > NumberMax;
}
