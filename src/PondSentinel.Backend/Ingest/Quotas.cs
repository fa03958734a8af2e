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

    /// <summary>Events kept; the oldest make room.</summary>
    public int Events { get; init; } = 10_000;

    /// <summary>Bytes of an event, a state or a health message.</summary>
    public int MessageBytes { get; init; } = 32 * 1024;

    /// <summary>Bytes of a description of channels.</summary>
    public int MetaBytes { get; init; } = 256 * 1024;
}
