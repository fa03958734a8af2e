namespace PondSentinel.Gateway.Buffering;

/// <summary>The records or the events: segments on the card, and what became of each number.</summary>
/// <param name="Kind">What its frames carry.</param>
/// <param name="Ring">The segments.</param>
/// <param name="Ledger">What became of each number.</param>
/// <param name="BytesMax">Most bytes of its segments.</param>
internal sealed record NumberedStream(FrameKind Kind, SegmentRing Ring, StreamLedger Ledger, long BytesMax);
