namespace PondSentinel.Gateway.Buffering;

/// <summary>The records or the events: segments on the card, and what became of each number.</summary>
/// <param name="Kind">What its frames carry.</param>
/// <param name="Ring">The segments.</param>
/// <param name="Ledger">What became of each number.</param>
/// <param name="BytesMax">Most bytes of its segments.</param>
internal sealed record NumberedStream(FrameKind Kind, SegmentRing Ring, StreamLedger Ledger, long BytesMax)
{
    /// <summary>Segments of thinned records; null where the stream is never thinned.</summary>
    public ThinnedRing? Thinned { get; init; }

    /// <summary>All its segments, the oldest numbers first.</summary>
    public IEnumerable<SegmentRing> Rings => Thinned is { } thinned ? [thinned.Ring, Ring] : [Ring];

    /// <summary>Bytes of all its segments on the card.</summary>
    public long Bytes => Rings.Sum(ring => ring.Bytes);

    /// <summary>The lowest number of an epoch that lies in a segment.</summary>
    /// <param name="epoch">The epoch.</param>
    public long? FirstOnCard(string epoch) => Rings.Min(ring => ring.FirstAbove(epoch, -1));
}
