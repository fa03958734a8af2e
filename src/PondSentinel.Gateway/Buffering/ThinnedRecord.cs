namespace PondSentinel.Gateway.Buffering;

/// <summary>A record that stands for others of its device, or one that found no others and stays as it was.</summary>
/// <param name="Number">Its number: the last of those that it stands for.</param>
/// <param name="Record">The record. Where it stands for others, each channel has lowest, highest and count, and its value is
/// the mean.</param>
/// <param name="CoveredMs">Time from the first record that it stands for to the last, ms; null where it stayed as it was.
/// </param>
/// <param name="Replaced">The others, by rising number; their records are gone.</param>
internal sealed record ThinnedRecord(
    long Number, BufferedRecord Record, long? CoveredMs, IReadOnlyList<long> Replaced);
