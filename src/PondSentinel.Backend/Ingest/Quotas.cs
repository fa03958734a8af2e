using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>What one gateway may take up. Beyond it that gateway is refused, and no other notices.</summary>
internal sealed record Quotas
{
    /// <summary>Epochs with a gap.</summary>
    public int Epochs { get; init; } = 256;

    /// <summary>Ranges that the settled numbers of one epoch make: each gap costs one.</summary>
    public int Runs { get; init; } = 4_096;

    /// <summary>Different channels, each with its station and measurand: series in the store.</summary>
    public int Channels { get; init; } = 1_024;

    /// <summary>Rows that it may add to the state database in a day, in the long run: ranges, epochs, revisions, refusals. What is
    /// settled in order adds none.</summary>
    public int RowsADay { get; init; } = 100_000;

    /// <summary>Events kept; the oldest make room.</summary>
    public int Events { get; init; } = 10_000;

    /// <summary>Sites under which its state, health and meta are kept; the oldest make room.</summary>
    public int Sites { get; init; } = 4;

    /// <summary>Bytes of messages refused whole that are kept and settled, a UTC day. What is beyond it stays with the gateway.
    /// </summary>
    public long RefusedBytesADay { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of values that the store refuses, as dead letters of a UTC day. Of what is beyond it only the archive has
    /// the batch.</summary>
    public long LetterBytesADay { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of an event. A gateway's buffer holds bodies of 64 KiB.</summary>
    public int EventBytes { get; init; } = 72 * 1024;

    /// <summary>Bytes of any other message but a batch: the contract's largest is a description.</summary>
    public int MessageBytes { get; init; } = MetaCodec.BytesMax;
}
