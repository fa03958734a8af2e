namespace PondSentinel.Wire;

/// <summary>Batches as bytes: JSON in columns, gzip where asked for. README.md of this folder describes every member.</summary>
public static class BatchCodec
{
    /// <summary>The content type that goes with a batch.</summary>
    public const string ContentType = "application/vnd.pondsentinel.batch+json; v=1";

    /// <summary>Writes a batch.</summary>
    /// <param name="batch">The batch; every number of its range is a record or gone.</param>
    /// <param name="compress">Whether to pack it with gzip.</param>
    /// <returns>The payload; it may be larger than <see cref="Batch.SentBytesMax"/>: the caller then sends fewer records.
    /// </returns>
    /// <exception cref="ArgumentException">The batch breaks the contract.</exception>
    public static byte[] Encode(Batch batch, bool compress = true) => throw new NotSupportedException();

    /// <summary>Reads a batch, packed or not.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static BatchDecoding Decode(ReadOnlySpan<byte> payload) => throw new NotSupportedException();
}

/// <summary>What came of reading a batch.</summary>
/// <param name="Batch">The batch; null where it is malformed.</param>
/// <param name="Malformed">What is wrong and where, in one line for people; null where nothing is.</param>
/// <param name="Run">Epoch and range of a malformed batch where they could be read, so that it can be settled as refused.</param>
public readonly record struct BatchDecoding(Batch? Batch, string? Malformed, (string Epoch, SequenceRange Range)? Run);
