using System.Globalization;

namespace PondSentinel.Wire;

/// <summary>Batches as bytes: JSON in columns, gzip where asked for. README.md of this folder describes every member.</summary>
public static class BatchCodec
{
    /// <summary>Writes a batch.</summary>
    /// <param name="batch">The batch; every number of its range is a record or gone.</param>
    /// <param name="compress">Whether to pack it with gzip.</param>
    /// <returns>The payload; it may be larger than <see cref="Batch.SentBytesMax"/>: the caller then sends fewer records.
    /// One that would be larger than <see cref="Batch.UnpackedBytesMax"/> unpacked is never packed.</returns>
    /// <exception cref="ArgumentException">The batch breaks the contract, or holds numbers that could not be read.</exception>
    public static byte[] Encode(Batch batch, bool compress = true)
    {
        if (batch.Unreadable.Count > 0)
        {
            throw new ArgumentException("What could not be read cannot be written.", nameof(batch));
        }

        if (BatchContract.FaultIn(batch) is { } fault)
        {
            throw new ArgumentException(fault, nameof(batch));
        }

        var json = WireMessage.Write(batch, BatchWriter.Write);
        return compress && json.Length <= Batch.UnpackedBytesMax ? Packing.Pack(json) : json;
    }

    /// <summary>Packs a batch's JSON with gzip.</summary>
    /// <param name="json">The JSON.</param>
    public static byte[] Pack(ReadOnlySpan<byte> json) => Packing.Pack(json);

    /// <summary>Reads a batch, packed with gzip or not.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static BatchDecoding Decode(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > Batch.UnpackedBytesMax)
        {
            return new BatchDecoding(null, TooLarge("sent", payload.Length, Batch.SentBytesMax), null);
        }

        if (PackingDictionary.IdIn(payload) is { } dictionary)
        {
            return new BatchDecoding(null, $"packed with the dictionary {dictionary}, which is broken or not known here", null);
        }

        if (!Packing.TryUnpack(payload, Batch.UnpackedBytesMax, out var json, out var isCut))
        {
            return new BatchDecoding(null, "packed with gzip, but the packing is broken", null);
        }

        if (isCut || payload.Length > Batch.SentBytesMax)
        {
            var fault = isCut
                ? TooLarge("unpacked", null, Batch.UnpackedBytesMax)
                : TooLarge("sent", payload.Length, Batch.SentBytesMax);
            return new BatchDecoding(null, fault, BatchRun.In(json.Span));
        }

        var decoded = WireMessage.ReadBounded(json, static top => new BatchReader(top).Read());
        return decoded.IsGood
            ? new BatchDecoding(decoded.Value, null, null)
            : new BatchDecoding(null, decoded.Malformed, BatchRun.In(json.Span));
    }

    private static string TooLarge(string state, int? bytes, int bytesMax) => string.Create(
        CultureInfo.InvariantCulture, $"{(bytes is { } known ? $"{known} bytes" : "too many bytes")} as {state}, more than {bytesMax}");
}

/// <summary>What came of reading a batch.</summary>
/// <param name="Batch">The batch; null where it is malformed.</param>
/// <param name="Malformed">What is wrong and where, in one line for people; null where nothing is.</param>
/// <param name="Run">Epoch and range of a malformed batch where they could be read, so that it can be settled as refused.</param>
public readonly record struct BatchDecoding(Batch? Batch, string? Malformed, (string Epoch, SequenceRange Range)? Run);
