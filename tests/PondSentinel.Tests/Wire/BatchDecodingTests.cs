using System.IO.Compression;
using System.Text;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What a reader of batches takes and what it refuses, by name.</summary>
public sealed class BatchDecodingTests
{
    private static readonly (string, SequenceRange)? Run = ("7q2mzk4a", new SequenceRange(481_233, 481_243));

    [Theory]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[0,2,2,2,2]", "number 481233 stands there twice")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[1,2,0,4,2]", "twice")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[1,2,2,2,4]", "is not within")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[1,2,2,2]", "g[1].dt: is not an array of 4")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[]", "g[1].n: is not an array of 1 to 65536")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[1,-2,2,2,2]", "g[1].n[1]: is not a whole number")]
    [InlineData("\"n\":[1,2,2,2,2]", "\"n\":[1.0,2,2,2,2]", "g[1].n[0]: is not a whole number")]
    [InlineData("[[481243,481243,\"bad\"]]", "[]", "1 numbers are missing")]
    [InlineData("[[481243,481243,\"bad\"]]", "[[481242,481243,\"bad\"]]", "number 481242 stands there twice")]
    [InlineData("[[481243,481243,\"bad\"]]", "[[481243,481243,\"bad\"],[481243,481243,\"bad\"]]", "number 481243 stands there twice")]
    [InlineData("[[481243,481243,\"bad\"]]", "[[481243,481244,\"bad\"]]", "is not within")]
    [InlineData("[[481243,481243,\"bad\"]]", "[[481243,481242,\"bad\"]]", "gone[0]: ends before it begins")]
    [InlineData("[[481243,481243,\"bad\"]]", "[[481243,481243]]", "gone[0]: is not an array of 3")]
    [InlineData("[[481243,481243,\"bad\"]]", "{}", "gone: is not an array")]
    [InlineData("\"gw\":\"gz-07\"", "\"gw\":\"GZ-07\"", "gw: is not a name")]
    [InlineData("\"gw\":\"gz-07\",", "", "gw: is missing")]
    [InlineData("\"sch\":\"9f3c01d2\"", "\"sch\":\"9F3C01D2\"", "sch: is not 8 hexadecimal digits")]
    [InlineData("\"sch\":\"9f3c01d2\",", "", "sch: is missing")]
    [InlineData("\"t0\":1767225600000,", "", "t0: is missing")]
    [InlineData("\"t0\":1767225600000", "\"t0\":1e12", "t0: is not a whole number")]
    [InlineData("\"t0\":1767225600000", "\"t0\":9007199254740992", "t0: is not a whole number")]
    [InlineData("\"dt\":[0,60004", "\"dt\":[0,9007199254740991", "g[0]: dt[1] leads out of bounds")]
    [InlineData("\"dt\":[0,60004", "\"dt\":[0,99999999999999999999", "g[0].dt[1]: is not a whole number")]
    [InlineData("\"src\":\"ntp\"", "\"src\":\"sundial\"", "ck: src is not one of gps ntp rtc srv est")]
    [InlineData("\"err_ms\":12", "\"err_ms\":-1", "ck.err_ms: is not a whole number")]
    [InlineData("\"ck\":{\"src\":\"ntp\",\"err_ms\":12},", "", "ck is missing")]
    [InlineData("\"x\":[41,", "\"x\":[1e999,", "x[0]: is neither a finite number nor null")]
    [InlineData("\"x\":[41,", "\"x\":[\"41\",", "x[0]: is neither a finite number nor null")]
    [InlineData("\"x\":[41,", "\"x\":[NaN,", "not JSON")]
    [InlineData("\"x\":[41,", "\"x\":[Infinity,", "not JSON")]
    [InlineData("\"x\":[41,", "\"x\":[", "x: is not an array of 5")]
    [InlineData("\"x\":[41,", "\"x\":[null,", "missing without flag 9")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":[1,1,3,1,1]", "missing without flag 9")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":[1,1,9,9,1]", "missing without flag 9, or there with it")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":[1,1,5,9,1]", "flag that is not defined")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":[1,1,257,9,1]", "q[2]: is not a whole number from 0 to 255")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":[1]", "q: is not an array of 5")]
    [InlineData("\"q\":[1,1,3,9,1]", "\"q\":\"1\"", "q: is not an array of 5")]
    [InlineData("\"r\":[412.1", "\"r\":[0,412.1", "r: is not an array of 5")]
    [InlineData("\"cal\":\"c17\"", "\"cal\":17", "cal: is not a name")]
    [InlineData("{\"2\":[\"spike\"]", "{\"5\":[\"spike\"]", "why.5: is not the index of a record")]
    [InlineData("{\"2\":[\"spike\"]", "{\"02\":[\"spike\"]", "why.02: is not the index of a record")]
    [InlineData("{\"2\":[\"spike\"]", "{\"-1\":[\"spike\"]", "why.-1: is not the index of a record")]
    [InlineData("{\"2\":[\"spike\"]", "{\"2\":\"spike\"", "why.2: is not an array")]
    [InlineData("{\"2\":[\"spike\"]", "{\"2\":[7]", "why.2[0]: is not a reason")]
    [InlineData("\"pm10\":{\"m\":\"pm10_ug_m3\"", "\"PM10\":{\"m\":\"pm10_ug_m3\"", "channel PM10 has no name")]
    [InlineData("\"m\":\"pm10_ug_m3\"", "\"m\":10", "m: is not a text")]
    [InlineData("\"m\":\"pm10_ug_m3\",", "", "m: is missing")]
    [InlineData("{\"pm10\":{\"m\":\"pm10_ug_m3\",\"x\":[41,40,44,39,43],\"q\":1}}", "{}", "g[1]: no channels")]
    [InlineData("{\"pm10\":{\"m\":\"pm10_ug_m3\",\"x\":[41,40,44,39,43],\"q\":1}}", "[]", "g[1].c: is not an object")]
    [InlineData("\"st\":\"yard\",", "", "g[1].st: is missing")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"the yard\"", "g[1].st: is not a name")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"yard\",\"w\":60000", "lo: is missing")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"yard\",\"w\":-1", "g[1].w: is not a whole number")]
    [InlineData("\"pm10_ug_m3\"", "\"pm10_ug_m3\",\"k\":1", "lo, hi or k in a group without w")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"yard\",\"of\":{\"ep\":\"7q2mzk4a\",\"n\":[1,-2,1,1,1]}", "record 481236: what it revises is no record")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"yard\",\"of\":{\"ep\":\"7q2mzk4a\",\"n\":[1]}", "g[1].of.n: is not an array of 5")]
    [InlineData("\"st\":\"yard\"", "\"st\":\"yard\",\"of\":{\"ep\":\"7Q2MZK4A\",\"n\":[1,1,1,1,1]}", "g[1].of.ep: is not an epoch")]
    public void Batch_that_breaks_the_contract_is_refused_with_the_place_and_its_run_is_told(
        string right, string wrong, string why)
    {
        var decoding = Decode(Changed("batch", right, wrong));

        Assert.Null(decoding.Batch);
        Assert.Contains(why, decoding.Malformed, StringComparison.Ordinal);
        Assert.Equal(Run, decoding.Run);
    }

    [Theory]
    [InlineData("\"s\":[481233,481243]", "\"s\":[481233,546769]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[0,9007199254740992]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[-1,481243]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[481243,481233]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[481233]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[481233,481243,1]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[4.0,5]")]
    [InlineData("\"s\":[481233,481243]", "\"s\":\"all\"")]
    [InlineData("\"s\":[481233,481243],", "")]
    [InlineData("\"ep\":\"7q2mzk4a\"", "\"ep\":\"7q2mzk4\"")]
    [InlineData("\"ep\":\"7q2mzk4a\"", "\"ep\":\"7q2mzk41\"")]
    [InlineData("\"ep\":\"7q2mzk4a\"", "\"ep\":[\"7q2mzk4a\"]")]
    [InlineData("\"ep\":\"7q2mzk4a\"", "\"ep\":\"7q2mzk4a\",\"ep\":\"7q2mzk4b\"")]
    [InlineData("\"s\":[481233,481243]", "\"s\":[481233,481243],\"s\":[1,2]")]
    public void Batch_without_one_good_epoch_and_range_is_refused_and_has_no_run(string right, string wrong)
    {
        var decoding = Decode(Changed("batch", right, wrong));

        Assert.Null(decoding.Batch);
        Assert.NotNull(decoding.Malformed);
        Assert.Null(decoding.Run);
    }

    [Fact]
    public void Run_of_a_batch_that_breaks_off_is_told_as_far_as_it_stands_whole()
    {
        var text = Example.Text("batch");

        Assert.Equal(Run, Decode(text[..^5]).Run);
        Assert.Equal(Run, Decode(text[..60]).Run);
        Assert.Null(Decode(text[..text.IndexOf("481243", StringComparison.Ordinal)]).Run);
        Assert.Null(Decode(text[..(text.IndexOf("481243", StringComparison.Ordinal) + 3)]).Run);
    }

    [Fact]
    public void Member_further_in_is_not_taken_for_the_run() =>
        Assert.Null(Decode("""{"v":2,"later":{"ep":"7q2mzk4a","s":[1,2]}}""").Run);

    [Theory]
    [InlineData("batch", "\"g\":[", "\"was\":[")]
    [InlineData("batch-gone-only", "\"gone\":", "\"t0\":0,\"gone\":")]
    [InlineData("batch-gone-only", "\"gone\":", "\"sch\":\"9f3c01d2\",\"gone\":")]
    [InlineData("batch-gone-only", "\"gone\":", "\"ck\":{\"src\":\"ntp\",\"err_ms\":1},\"gone\":")]
    [InlineData("batch-thinned", "\"w\":600000,", "")]
    [InlineData("batch-thinned", "\"k\":[60,0]", "\"k\":[60,1]")]
    [InlineData("batch-thinned", "\"k\":[60,0]", "\"k\":[0,0]")]
    [InlineData("batch-thinned", "\"k\":[60,0]", "\"k\":2147483648")]
    [InlineData("batch-thinned", "\"lo\":[7.1,null]", "\"lo\":[7.1,7.1]")]
    [InlineData("batch-thinned", "\"lo\":[7.1,null]", "\"lo\":[8.1,null]")]
    [InlineData("batch-thinned", "\"hi\":[7.15,null],", "")]
    public void Members_that_belong_together_are_there_together(string example, string right, string wrong) =>
        Assert.NotNull(Decode(Changed(example, right, wrong)).Malformed);

    [Theory]
    [InlineData("\"why\":{\"2\":[\"spike\"],\"3\":[\"no-answer\"]}", "\"why\":null")]
    [InlineData("\"cal\":\"c17\"", "\"cal\":null")]
    [InlineData("\"x\":[41,", "\"x\":[-0,")]
    [InlineData("\"x\":[41,", "\"x\":[4.1E1,")]
    [InlineData("\"x\":[41,", "\"x\":[1e-999,")]
    [InlineData("\"x\":[41,", "\"x\":[41.0000000000000000000000000000000000000000000000000000000001,")]
    [InlineData("\"q\":1}}}]", "\"q\":[1,1,1,1,1]}}}]")]
    [InlineData("\"t0\":1767225600000", "\"t0\":9007199254000000")]
    [InlineData("\"t0\":1767225600000", "\"t0\":-9007199254740991")]
    public void What_other_writers_may_write_is_taken(string right, string other) =>
        Assert.Null(Decode(Changed("batch", right, other)).Malformed);

    [Fact]
    public void Losses_may_come_in_any_order_and_with_causes_of_tomorrow()
    {
        var batch = Decode(
            """{"v":1,"gw":"a","ep":"7q2mzk4a","s":[1,3],"gone":[[3,3,"eaten-by-a-mouse"],[1,2,"full"]]}""").Batch!;

        Assert.Equal([1L, 3L], batch.Gone.Select(gone => gone.Range.First));
        Assert.Equal([LossCause.Full, LossCause.Other], batch.Gone.Select(gone => gone.Cause));
    }

    [Fact]
    public void Reason_of_tomorrow_is_kept_as_other()
    {
        var batch = Decode(Changed("batch", "[\"spike\"]", "[\"spike\",\"of-tomorrow\"]")).Batch!;

        Assert.Equal(Why.Spike | Why.Other, batch.Records[4].Channels[0].Why);
    }

    [Fact]
    public void Records_of_a_measurand_of_tomorrow_are_told_one_by_one_and_the_rest_is_taken()
    {
        var decoding = Decode(Changed("batch", "\"m\":\"ammonium_n_mg_l\"", "\"m\":\"nitrate_n_mg_l\""));

        Assert.Null(decoding.Malformed);
        var batch = decoding.Batch!;
        Assert.Equal([481_234L, 481_236, 481_238, 481_240, 481_242], batch.Records.Select(record => record.Sequence));
        Assert.Equal(
            [481_233L, 481_235, 481_237, 481_239, 481_241], batch.Unreadable.Select(unreadable => unreadable.Range.First));
        Assert.All(batch.Unreadable, unreadable => Assert.Equal((1, RejectCauses.Type), (unreadable.Range.Count, unreadable.Cause)));
        Assert.Throws<ArgumentException>(() => BatchCodec.Encode(batch));
    }

    [Fact]
    public void Unreadable_neighbours_are_one_range_and_count_for_the_whole()
    {
        const string Message =
            """{"v":1,"gw":"a","ep":"7q2mzk4a","s":[5,8],"sch":"9f3c01d2","ck":{"src":"ntp","err_ms":1},"t0":0,"g":[{"d":"a","st":"b","n":[0,1,1],"dt":[0,1,1],"c":{"x":{"m":"of_tomorrow","x":[1,2,3],"q":1}}}],"gone":[[8,8,"bad"]]}""";

        Assert.Equal([new RejectedRange(new SequenceRange(5, 7), RejectCauses.Type)], Decode(Message).Batch!.Unreadable);
        Assert.NotNull(Decode(Message.Replace("[0,1,1]", "[0,1,2]", StringComparison.Ordinal)).Malformed);
    }

    [Fact]
    public void Bomb_is_stopped_and_its_run_is_told()
    {
        var bomb = Pack([.. Example.Bytes("batch"), .. new byte[20 * 1024 * 1024]]);
        Assert.InRange(bomb.Length, 0, Batch.SentBytesMax);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var decoding = BatchCodec.Decode(bomb);

        Assert.Contains("too many bytes as unpacked, more than 4194304", decoding.Malformed, StringComparison.Ordinal);
        Assert.Equal(Run, decoding.Run);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 * 1024 * 1024);
    }

    [Fact]
    public void Batch_of_more_than_may_be_sent_is_refused_and_its_run_is_told()
    {
        byte[] large = [.. Example.Bytes("batch"), .. Enumerable.Repeat((byte)' ', Batch.SentBytesMax)];

        var decoding = BatchCodec.Decode(large);

        Assert.Contains("as sent, more than 32768", decoding.Malformed, StringComparison.Ordinal);
        Assert.Equal(Run, decoding.Run);
        Assert.Null(BatchCodec.Decode(large.AsSpan(0, Batch.SentBytesMax)).Malformed);
    }

    [Fact]
    public void Broken_packing_has_no_run_since_its_numbers_cannot_be_believed()
    {
        var packed = Pack(Example.Bytes("batch"));
        packed[^6] ^= 1;

        var decoding = BatchCodec.Decode(packed);

        Assert.Equal("packed with gzip, but the packing is broken", decoding.Malformed);
        Assert.Null(decoding.Run);
    }

    [Fact]
    public void Packing_in_packing_is_not_unpacked_twice() =>
        Assert.NotNull(BatchCodec.Decode(Pack(Pack(Example.Bytes("batch")))).Malformed);

    private static string Changed(string example, string right, string wrong)
    {
        var text = Example.Text(example);
        var at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{example} does not hold {right}");
        return text[..at] + wrong + text[(at + right.Length)..];
    }

    private static BatchDecoding Decode(string text) => BatchCodec.Decode(Encoding.UTF8.GetBytes(text));

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
