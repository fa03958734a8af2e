using PondSentinel.Toml;

namespace PondSentinel.Backend.Broker;

/// <summary>What one gateway may send, section <c>[quota]</c>. What is beyond it is acknowledged to the broker and let go: without
/// a receipt the gateway sends it again.</summary>
public sealed record GatewayQuota
{
    /// <summary>Every message counts so many bytes more than it has: it costs work, however small it is.</summary>
    public const int MessageBytes = 8 * 1024;

    private const long RateMin = 64 * 1024;
    private const long RateMax = 1L << 30;
    private const long DayMin = 1 << 20;
    private const long DayMax = 1L << 40;

    // By default as many small messages as a broker queues for a backend that was away: all of them come at once then.
    private const int BurstSeconds = 96;

    /// <summary>Bytes a second in the long run, <see cref="MessageBytes"/> for each message included. Default 1 MiB.</summary>
    public long BytesPerSecond { get; init; } = 1 << 20;

    /// <summary>The same for a day: it bounds what a gateway adds to disks. Default 1 GiB, which a message each second all day does not
    /// reach.</summary>
    public long BytesPerDay { get; init; } = 1L << 30;

    /// <summary>Bytes that may come at once: 96 s of <see cref="BytesPerSecond"/>.</summary>
    public long BurstBytes => BurstSeconds * BytesPerSecond;

    /// <summary>Reads <c>[quota]</c>.</summary>
    /// <param name="section">The section, or null.</param>
    internal static GatewayQuota Read(TomlSection? section)
    {
        var defaults = new GatewayQuota();
        var rate = section?.Bytes("rate", RateMin, RateMax);
        var day = section?.Bytes("day", DayMin, DayMax);
        section?.RefuseUnknownKeys();
        return new GatewayQuota
        {
            BytesPerSecond = rate ?? defaults.BytesPerSecond,
            BytesPerDay = day ?? defaults.BytesPerDay,
        };
    }
}
