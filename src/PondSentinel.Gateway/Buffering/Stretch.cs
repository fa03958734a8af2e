using PondSentinel.Wire;

namespace PondSentinel.Gateway.Buffering;

/// <summary>Consecutive numbers that lie one after the other in a segment; of thinned records rising ones, with those left
/// out that they stand for.</summary>
/// <param name="Epoch">Their epoch.</param>
/// <param name="Range">The numbers, from the first to the last.</param>
/// <param name="Offset">Where the first begins.</param>
/// <param name="Bytes">How many bytes they take.</param>
internal readonly record struct Stretch(string Epoch, SequenceRange Range, int Offset, int Bytes);

/// <summary>A frame read back.</summary>
/// <param name="Kind">What it carries.</param>
/// <param name="Version">Layout of the body.</param>
/// <param name="Number">The number.</param>
/// <param name="Body">The body.</param>
/// <param name="IsUnsaved">Whether it is in memory alone, because the card does not take it.</param>
internal readonly record struct StoredFrame(
    FrameKind Kind, byte Version, long Number, byte[] Body, bool IsUnsaved = false);
