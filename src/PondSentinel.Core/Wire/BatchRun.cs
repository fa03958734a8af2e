using System.Text;
using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>Finds what a malformed batch or event answers for, so that it can be settled as refused and does not come back
/// for ever.</summary>
internal static class BatchRun
{
    // Deeper than a good batch ever is: one that is nested too deep is malformed, and yet it has a run.
    private const int DepthMax = 64;

    /// <summary>Epoch and range, where both are well-formed and stand whole before the bytes end or cease to be JSON.
    /// Nothing where one of them stands there twice.</summary>
    /// <param name="json">The bytes, perhaps cut short.</param>
    public static (string Epoch, SequenceRange Range)? In(ReadOnlySpan<byte> json) => Find(json, "s"u8, Range);

    /// <summary>The same of an event: its epoch, and its number as a range of one.</summary>
    /// <param name="json">The bytes, perhaps cut short.</param>
    public static (string Epoch, SequenceRange Range)? OfEvent(ReadOnlySpan<byte> json) => Find(json, "n"u8, Number);

    private delegate SequenceRange? NumbersReader(ref Utf8JsonReader reader);

    private static (string Epoch, SequenceRange Range)? Find(
        ReadOnlySpan<byte> json, ReadOnlySpan<byte> member, NumbersReader read)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new() { MaxDepth = DepthMax }));
        List<string?> epochs = [];
        List<SequenceRange?> ranges = [];
        try
        {
            while (reader.Read())
            {
                // Below the outermost object nothing is looked at: a member there may well be called s. No writer escapes
                // these names, and comparing with a name that is badly escaped would throw.
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || reader.ValueIsEscaped)
                {
                    continue;
                }

                if (reader.ValueTextEquals("ep"u8))
                {
                    epochs.Add(Epoch(ref reader));
                }
                else if (reader.ValueTextEquals(member))
                {
                    ranges.Add(read(ref reader));
                }
            }
        }
        catch (JsonException)
        {
            // What was read before still holds.
        }

        return epochs is [{ } epoch] && ranges is [{ } range] ? (epoch, range) : null;
    }

    private static string? Epoch(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length != Names.EpochLength)
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(reader.ValueSpan);
        return Names.IsEpoch(text) ? text : null;
    }

    private static SequenceRange? Range(ref Utf8JsonReader reader)
    {
        if (reader.Read() && reader.TokenType == JsonTokenType.StartArray
            && TryTake(ref reader, out var first)
            && TryTake(ref reader, out var last)
            && reader.Read() && reader.TokenType == JsonTokenType.EndArray
            && last >= first && last - first < Batch.RangeMax)
        {
            return new SequenceRange(first, last);
        }

        return null;
    }

    private static SequenceRange? Number(ref Utf8JsonReader reader) =>
        TryTake(ref reader, out var number) ? new SequenceRange(number, number) : null;

    private static bool TryTake(ref Utf8JsonReader reader, out long number)
    {
        number = 0;
        return reader.Read() && reader.TokenType == JsonTokenType.Number
            && reader.TryGetInt64(out number)
            && number is >= 0 and <= SequenceRange.SequenceMax;
    }
}
