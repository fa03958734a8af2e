namespace PondSentinel.Gateway.Buffering;

/// <summary>How the bytes of a buffer are divided. Depends on <see cref="BufferOptions.BytesMax"/> alone; a buffer that was
/// written with another shape is read all the same.</summary>
/// <param name="SegmentBytes">Bytes of a segment of records: a sixteenth, 4 KiB to 4 MiB.</param>
/// <param name="EventSegmentBytes">Bytes of a segment of events: a sixty-fourth, 4 KiB to 1 MiB.</param>
/// <param name="EventBytesMax">Most bytes of events: an eighth.</param>
/// <param name="LedgerSlotBytes">Bytes of a slot of the ledger: a sixty-fourth, 4 to 128 KiB.</param>
/// <param name="SetAsideBytesMax">Most bytes of files set aside as unreadable: an eighth.</param>
internal readonly record struct BufferShape(
    int SegmentBytes, int EventSegmentBytes, long EventBytesMax, int LedgerSlotBytes, long SetAsideBytesMax)
{
    private const int PageBytes = 4096;

    /// <summary>The shape for a bound.</summary>
    /// <param name="bytesMax">The bound.</param>
    public static BufferShape For(long bytesMax) => new(
        Pages(bytesMax / 16, 4 << 20), Pages(bytesMax / 64, 1 << 20), bytesMax / 8, Pages(bytesMax / 64, 128 << 10), bytesMax / 8);

    private static int Pages(long bytes, int max) => (int)Math.Clamp(bytes / PageBytes * PageBytes, PageBytes, max);
}
