using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>What the backend says on the topic <c>ack</c>: a receipt or the time, never both.</summary>
/// <param name="Receipt">The receipt, where it is one.</param>
/// <param name="Time">The answer to a question for the time, where it is one.</param>
public sealed record Ack(Receipt? Receipt, TimeAnswer? Time);

/// <summary>Receipts and time answers as bytes, topic <c>ack</c>.</summary>
public static class AckCodec
{
    /// <summary>Most bytes of a message.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Writes a receipt.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <exception cref="ArgumentException">It breaks the contract.</exception>
    public static byte[] Encode(Receipt receipt) =>
        WireMessage.WriteChecked(receipt, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Writes an answer to a question for the time.</summary>
    /// <param name="answer">The answer.</param>
    /// <exception cref="ArgumentException">It breaks the contract.</exception>
    public static byte[] Encode(TimeAnswer answer) =>
        WireMessage.WriteChecked(answer, Write, static bytes => Decode(bytes).Malformed);

    /// <summary>Reads either.</summary>
    /// <param name="payload">The bytes, hostile until shown otherwise.</param>
    public static Decoded<Ack> Decode(ReadOnlySpan<byte> payload) => WireMessage.Read(payload, BytesMax, Read);

    private static void Write(Utf8JsonWriter json, TimeAnswer answer)
    {
        json.WriteString("nonce", answer.Nonce);
        json.WriteNumber("now", answer.NowMs);
        if (answer.ErrorMs is { } errorMs)
        {
            json.WriteNumber("err_ms", errorMs);
        }
    }

    private static void Write(Utf8JsonWriter json, Receipt receipt)
    {
        json.WriteString("by", receipt.By);
        json.WriteNumber("gen", receipt.Generation);
        json.WriteNumber("n", receipt.Number);
        json.WriteString("ep", receipt.Epoch);
        json.WriteNumber("upto", receipt.UpTo);
        json.WriteRanges("gaps", receipt.Gaps);
        json.WriteStartArray("rej");
        WriteRejected(json, receipt.Rejected);
        json.WriteEndArray();
        if (receipt.Unused.Count > 0)
        {
            json.WriteRanges("unused", receipt.Unused);
        }

        json.WriteOptional("dict", receipt.Dictionary);
        if (receipt.Events is { } events)
        {
            json.WriteStartObject("evt");
            json.WriteNumber("upto", events.UpTo);
            json.WriteRanges("gaps", events.Gaps);
            if (events.Rejected.Count > 0)
            {
                json.WriteStartArray("rej");
                WriteRejected(json, events.Rejected);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }
    }

    private static void WriteRejected(Utf8JsonWriter json, IReadOnlyList<RejectedRange> rejected)
    {
        foreach (var (range, cause) in rejected)
        {
            json.WriteStartArray();
            json.WriteNumberValue(range.First);

            // One record is [number, cause], a run of them [first, last, cause].
            if (range.Last != range.First)
            {
                json.WriteNumberValue(range.Last);
            }

            json.WriteStringValue(cause);
            json.WriteEndArray();
        }
    }

    private static Ack Read(Node top)
    {
        if (!top.Has("nonce"))
        {
            return new Ack(ReadReceipt(top), null);
        }

        if (top.Has("upto"))
        {
            top.Refuse("a receipt and a time answer in one");
        }

        return new Ack(null, new TimeAnswer(
            TimeCodec.Nonce(top), top.Time("now"), top.OptionalInteger("err_ms", 0, SequenceRange.SequenceMax)));
    }

    private static Receipt ReadReceipt(Node top)
    {
        var (upTo, gaps) = ReadSettled(top);
        return new Receipt
        {
            By = top.NameIn("by"),
            Generation = top.Count("gen"),
            Number = top.Count("n"),
            Epoch = top.Epoch("ep"),
            UpTo = upTo,
            Gaps = gaps,
            Rejected = ReadRejected(top.Items("rej", Receipt.RejectedMax)),
            Unused = top.Has("unused") ? top.RisingRanges("unused", Receipt.UnusedMax) : [],
            Dictionary = top.OptionalToken("dict", Names.IsSchema, "the id of a dictionary"),
            Events = top.OptionalObject("evt") is { } events
                ? ReadSettled(events) with { Rejected = ReadRejected(events.OptionalItems("rej", EventReceipt.RejectedMax)) }
                : null,
        };
    }

    private static EventReceipt ReadSettled(Node node)
    {
        var upTo = node.Integer("upto", -1, SequenceRange.SequenceMax);
        var gaps = node.RisingRanges("gaps", Receipt.GapsMax);
        if (gaps.Count > 0 && gaps[^1].Last > upTo)
        {
            node.Refuse("a gap above upto");
        }

        return new EventReceipt(upTo, gaps);
    }

    private static List<RejectedRange> ReadRejected(IEnumerable<Node> items)
    {
        List<RejectedRange> rejected = [];
        foreach (var item in items)
        {
            var length = item.Length;
            if (length != 2 && !item.IsTuple(3))
            {
                break;
            }

            var first = item.IntegerAt(0, 0, SequenceRange.SequenceMax);
            var range = length == 2 ? new SequenceRange(first, first) : item.RangeHere();
            rejected.Add(new RejectedRange(range, item.TextAt(length - 1, Names.IsName, "a cause")));
        }

        return rejected;
    }
}
