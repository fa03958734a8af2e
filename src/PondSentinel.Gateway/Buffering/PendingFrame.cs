namespace PondSentinel.Gateway.Buffering;

/// <summary>A frame on its way to the card.</summary>
/// <param name="Stream">The stream it belongs to.</param>
/// <param name="Epoch">The epoch that numbered it.</param>
/// <param name="Number">Its number.</param>
/// <param name="Bytes">The frame without its checksum.</param>
/// <param name="Ticket">Completed when it is durable.</param>
internal sealed record PendingFrame(
    NumberedStream Stream, EpochLedger Epoch, long Number, byte[] Bytes, TaskCompletionSource Ticket);
