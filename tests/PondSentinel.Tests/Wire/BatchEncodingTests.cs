using System.Text;
using System.Text.Json;
using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>How batches are written, and what is never written.</summary>
public sealed class BatchEncodingTests
{
    private static readonly Batch Good = BatchCodec.Decode(Example.Bytes("batch")).Batch!;

    private static readonly ChannelValue Value =
        new() { Channel = "ph", Measurand = Measurand.Ph, Value = 7, Flag = QualityFlag.Good };

    [Fact]
    public void Same_batch_gives_the_same_bytes() => BatchGen.Any.Sample(
        batch =>
        {
            Assert.Equal(BatchCodec.Encode(batch), BatchCodec.Encode(batch));
            Assert.Equal(BatchCodec.Encode(batch, compress: false), BatchCodec.Encode(batch with { }, compress: false));
        },
        iter: TestDepth.Cases(100));

    [Fact]
    public void Records_of_one_shape_form_one_group_and_others_their_own()
    {
        Assert.Equal(1, Groups(Record(0), Record(1), Record(2)));
        Assert.Equal(2, Groups(Record(0), Record(1) with { Station = "yard" }, Record(2)));
        Assert.Equal(2, Groups(Record(0), Record(1) with { Device = "pond2" }));
        Assert.Equal(2, Groups(Record(0), Record(1, Value with { Calibration = "c17" })));
        Assert.Equal(2, Groups(Record(0), Record(1, Value with { Measurand = Measurand.Pm10 })));
        Assert.Equal(2, Groups(Record(0), Record(1, Value, Value with { Channel = "t" })));
        Assert.Equal(2, Groups(Record(0), Record(1) with { Revises = new RecordId("7q2mzk4a", 0) }));
        Assert.Equal(2, Groups(
            Record(0), Record(1, Value with { Low = 1, High = 9, Count = 2 }) with { CoveredMs = 60_000 }));
        Assert.Equal(1, Groups(
            Record(0, Value with { Low = 1, High = 9, Count = 2 }) with { CoveredMs = 60_000 },
            Record(1, Value with { Low = 1, High = 9, Count = 3 }) with { CoveredMs = 61_000 }));
        Assert.Equal(1, Groups(Record(0, Value with { Raw = 1 }), Record(1)));
    }

    [Fact]
    public void Batch_a_thousand_records_long_costs_few_bytes_each()
    {
        var records = Enumerable.Range(0, 1_000).Select(i => Record(i, Value with { Value = 7 + (i * 37 % 20 / 100.0) })).ToArray();
        var plain = BatchCodec.Encode(Of(records), compress: false);

        Assert.InRange(plain.Length, 0, 16 * 1_000);
        Assert.InRange(BatchCodec.Encode(Of(records)).Length, 0, plain.Length / 4);
    }

    [Fact]
    public void What_would_unpack_to_more_than_is_allowed_is_not_packed_so_that_it_is_seen_to_be_too_large()
    {
        var value = Value with { Value = 7.123456789012345, Raw = 412.1234567890123 };
        var records = Enumerable.Range(0, 60_000).Select(i => Record(i, value, value with { Channel = "t" })).ToArray();

        Assert.InRange(BatchCodec.Encode(Of(records)).Length, Batch.UnpackedBytesMax, int.MaxValue);
    }

    public static TheoryData<string> Breaches => [.. Breach.Keys];

    private static readonly Dictionary<string, Func<Batch>> Breach = new()
    {
        ["gateway"] = () => Good with { Gateway = "GZ" },
        ["epoch"] = () => Good with { Epoch = "short" },
        ["no schema"] = () => Good with { Schema = null },
        ["bad schema"] = () => Good with { Schema = "xyz" },
        ["no clock"] = () => Good with { Clock = null },
        ["clock source"] = () => Good with { Clock = new ClockStamp((ClockSource)9, 1) },
        ["clock error"] = () => Good with { Clock = new ClockStamp(ClockSource.Ntp, -1) },
        ["schema without records"] = () => Good with { Records = [], Gone = [new GoneRange(Good.Range, LossCause.Full)] },
        ["number missing"] = () => Good with { Gone = [] },
        ["number twice"] = () => Good with { Gone = [new GoneRange(new SequenceRange(481_242, 481_243), LossCause.Bad)] },
        ["number outside"] = () => Good with { Gone = [new GoneRange(new SequenceRange(481_243, 481_244), LossCause.Bad)] },
        ["range backwards"] = () => Good with { Range = new SequenceRange(481_243, 481_233) },
        ["range below zero"] = () => Good with { Range = new SequenceRange(-1, 481_243) },
        ["range too large"] = () => new Batch
        {
            Gateway = "a",
            Epoch = "7q2mzk4a",
            Range = new SequenceRange(0, Batch.RangeMax),
            Gone = [new GoneRange(new SequenceRange(0, Batch.RangeMax), LossCause.Full)],
        },
        ["range beyond 2^53"] = () => new Batch
        {
            Gateway = "a",
            Epoch = "7q2mzk4a",
            Range = new SequenceRange(1L << 53, 1L << 53),
            Gone = [new GoneRange(new SequenceRange(1L << 53, 1L << 53), LossCause.Full)],
        },
        ["cause"] = () => Good with { Gone = [new GoneRange(new SequenceRange(481_243, 481_243), (LossCause)99)] },
        ["order"] = () => Good with { Records = [.. Good.Records.Reverse()] },
        ["device"] = () => Of(Record(0) with { Device = "pond 1" }),
        ["station"] = () => Of(Record(0) with { Station = "" }),
        ["time"] = () => Of(Record(0) with { TimeMs = 1L << 53 }),
        ["covered"] = () => Of(Record(0, Value with { Low = 1, High = 9, Count = 2 }) with { CoveredMs = -1 }),
        ["revised epoch"] = () => Of(Record(0) with { Revises = new RecordId("", 0) }),
        ["revised number"] = () => Of(Record(0) with { Revises = new RecordId("7q2mzk4a", -1) }),
        ["no channels"] = () => Of(Record(0) with { Channels = [] }),
        ["channel twice"] = () => Of(Record(0, Value, Value)),
        ["channel name"] = () => Of(Record(0, Value with { Channel = "pH" })),
        ["measurand"] = () => Of(Record(0, Value with { Measurand = 0 })),
        ["flag"] = () => Of(Record(0, Value with { Flag = 0 })),
        ["value with flag 9"] = () => Of(Record(0, Value with { Flag = QualityFlag.Missing })),
        ["no value without flag 9"] = () => Of(Record(0, Value with { Value = null })),
        ["not a number"] = () => Of(Record(0, Value with { Value = double.NaN })),
        ["infinite"] = () => Of(Record(0, Value with { Value = double.PositiveInfinity })),
        ["raw not a number"] = () => Of(Record(0, Value with { Raw = double.NaN })),
        ["calibration"] = () => Of(Record(0, Value with { Calibration = "C 17" })),
        ["reason"] = () => Of(Record(0, Value with { Why = (Why)(1L << 40) })),
        ["lowest of a whole record"] = () => Of(Record(0, Value with { Low = 1 })),
        ["count of a whole record"] = () => Of(Record(0, Value with { Count = 1 })),
        ["thinned without lowest"] = () => Of(Record(0, Value with { High = 9, Count = 2 }) with { CoveredMs = 1 }),
        ["thinned without count"] = () => Of(Record(0, Value with { Low = 1, High = 9 }) with { CoveredMs = 1 }),
        ["lowest not a number"] = () => Of(Record(0, Value with { Low = double.NaN, High = 9, Count = 2 }) with { CoveredMs = 1 }),
        ["lowest above highest"] = () => Of(Record(0, Value with { Low = 9, High = 1, Count = 2 }) with { CoveredMs = 1 }),
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public void Batch_that_its_readers_would_refuse_is_not_written(string breach) =>
        Assert.ThrowsAny<ArgumentException>(() => BatchCodec.Encode(Breach[breach]()));

    private static int Groups(params DeviceRecord[] records) =>
        JsonElement.Parse(Encoding.UTF8.GetString(BatchCodec.Encode(Of(records), compress: false))).GetProperty("g").GetArrayLength();

    private static Batch Of(params DeviceRecord[] records) =>
        Good with { Range = new SequenceRange(0, records.Length - 1), Records = records, Gone = [] };

    private static DeviceRecord Record(long sequence, params ChannelValue[] channels) => new()
    {
        Sequence = sequence,
        TimeMs = 1_767_225_600_000 + (60_000 * sequence),
        Station = "pond-a",
        Device = "pond1",
        Channels = channels.Length == 0 ? [Value] : channels,
    };
}
