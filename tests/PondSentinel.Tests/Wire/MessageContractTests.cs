using System.Text;
using System.Text.Json;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Wire;

/// <summary>What the other messages refuse, and what their writers clean.</summary>
public sealed class MessageContractTests
{
    [Theory]
    [InlineData("receipt", "\"upto\":481237", "\"upto\":-2", "upto")]
    [InlineData("receipt", "\"upto\":481237", "\"upto\":9007199254740992", "upto")]
    [InlineData("receipt", "\"upto\":481237", "\"upto\":481101", "a gap above upto")]
    [InlineData("receipt", "\"upto\":96,\"gaps\":[]", "\"upto\":96,\"gaps\":[[97,97]]", "evt: a gap above upto")]
    [InlineData("receipt", "[[481100,481102]]", "[[481102,481100]]", "gaps[0]: ends before it begins")]
    [InlineData("receipt", "[[481100,481102]]", "[[5,6],[6,7]]", "gaps[1]: does not lie above")]
    [InlineData("receipt", "[[481100,481102]]", "[[5,6],[1,2]]", "gaps[1]: does not lie above")]
    [InlineData("receipt", "[[481100,481102]]", "[[5]]", "gaps[0]: is not an array of 2")]
    [InlineData("receipt", "[481150,\"type\"]", "[481150]", "rej[0]: is not an array of 3")]
    [InlineData("receipt", "[481150,\"type\"]", "[481150,7]", "rej[0][1]: is not a cause")]
    [InlineData("receipt", "\"gaps\":[[481100,481102]],", "", "gaps: is missing")]
    [InlineData("receipt", "\"gen\":1767139200000", "\"gen\":-1", "gen")]
    [InlineData("receipt", "\"by\":\"b1\"", "\"by\":\"\"", "by")]
    [InlineData("receipt", "\"by\":\"b1\"", "\"by\":\"b1\",\"nonce\":\"x\",\"now\":1", "a receipt and a time answer in one")]
    [InlineData("time-answer", "\"Zq3-k_9d\"", "\"\"", "nonce")]
    [InlineData("time-answer", "\"Zq3-k_9d\"", "\"a b\"", "nonce")]
    [InlineData("time-answer", "1767225600123", "1767225600123.5", "now")]
    [InlineData("time-question", "\"Zq3-k_9d\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "nonce")]
    [InlineData("replay", "\"to\":481102", "\"to\":481099", "to lies below from")]
    [InlineData("replay", "\"to\":481102", "\"to\":9007199254740992", "to")]
    [InlineData("event", "\"n\":96", "\"n\":-1", "n")]
    [InlineData("event", "\"type\":\"fault\"", "\"type\":\"\"", "type")]
    [InlineData("event", "\"e\":{", "\"f\":{", "e: is missing")]
    [InlineData("event", "\"e\":{", "\"e\":[],\"f\":{", "e: is not an object")]
    [InlineData("event", "\"src\":\"gps\",", "", "ck.src: is missing")]
    [InlineData("state-on", "\"on\":true", "\"on\":1", "on: is neither true nor false")]
    [InlineData("state-on", "\"ep\":\"7q2mzk4a\"", "\"ep\":\"7q2mzk4a7q2mzk4a\"", "ep: is not an epoch")]
    [InlineData("state-on", "[\"7q2mzk4a\",0,719]", "[\"7q2mzk4a\",721,719]", "inv[1]: ends before it begins")]
    [InlineData("state-on", "[\"7q2mzk4a\",0,719]", "[0,719]", "inv[1]: is not an array of 3")]
    [InlineData("health", "\"unsettled\":720", "\"unsettled\":7.2e2", "buffer.unsettled")]
    [InlineData("health", "\"buffer\":{", "\"buffer\":null,\"was\":{", "buffer: is missing")]
    [InlineData("health", "\"cpu_c\":48.3", "\"cpu_c\":1e400", "cpu_c")]
    [InlineData("health", "\"full\":12", "\"full\":-12", "buffer.lost.full")]
    [InlineData("health", "\"bus\":\"uart\",", "", "devices[1].bus: is missing")]
    [InlineData("meta", "\"lat\":24.8", "\"lat\":90.5", "stations[0].lat: is not a number from -90 to 90")]
    [InlineData("meta", "\"range\":[0,100]", "\"range\":[0]", "devices[0].channels[0].range: is not an array of 2")]
    [InlineData("meta", "\"range\":[0,100]", "\"range\":[0,\"100\"]", "range[1]")]
    [InlineData("meta", "\"upstream_of\":[\"stream\"]", "\"upstream_of\":[7]", "stations[0].upstream_of[0]")]
    [InlineData("meta", "\"model\":\"yosemitech-y560\",", "", "devices[0].model: is missing")]
    public void Message_that_breaks_the_contract_is_refused_with_the_place(string example, string right, string wrong, string why)
    {
        var text = Example.Text(example);
        Assert.Contains(right, text, StringComparison.Ordinal);

        var outcome = AnyCodec.For(example).Decode(Encoding.UTF8.GetBytes(text.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.Null(outcome.Value);
        Assert.Contains(why, outcome.Malformed, StringComparison.Ordinal);
    }

    [Fact]
    public void Receipt_holds_so_many_gaps_and_refusals_and_no_more()
    {
        Assert.Null(AckCodec.Decode(AckCodec.Encode(Receipt(PondSentinel.Wire.Receipt.GapsMax, PondSentinel.Wire.Receipt.RejectedMax))).Malformed);
        Assert.Throws<ArgumentException>(() => AckCodec.Encode(Receipt(PondSentinel.Wire.Receipt.GapsMax + 1, 0)));
        Assert.Throws<ArgumentException>(() => AckCodec.Encode(Receipt(0, PondSentinel.Wire.Receipt.RejectedMax + 1)));
    }

    [Fact]
    public void Writers_refuse_what_their_readers_would()
    {
        Assert.Throws<ArgumentException>(() => TimeCodec.Encode(new TimeRequest("ü")));
        Assert.Throws<ArgumentException>(() => AckCodec.Encode(new TimeAnswer("", 0)));
        Assert.Throws<ArgumentException>(() => AckCodec.Encode(new TimeAnswer("a", long.MaxValue)));
        Assert.Throws<ArgumentException>(() => ReplayCodec.Encode(new ReplayCommand("7q2mzk4a", new SequenceRange(2, 1))));
        Assert.Throws<ArgumentException>(() => StateCodec.Encode(new StateMessage { On = true, Epoch = "7Q2MZK4A" }));
        Assert.Throws<ArgumentException>(() => EventCodec.Encode(Event("[]")));
        Assert.Throws<ArgumentException>(() => EventCodec.Encode(Event("""{"a":1,"a":2}""")));
        Assert.Throws<ArgumentException>(() => EventCodec.Encode(Event("{\"a\":[[[[[[[0]]]]]]]}")));
        Assert.Throws<ArgumentException>(() => EventCodec.Encode(Event("{}") with { Body = default }));
        Assert.ThrowsAny<ArgumentException>(() => EventCodec.Encode(Event("{}") with { Clock = new ClockStamp((ClockSource)77, 0) }));
    }

    [Fact]
    public void Text_from_a_probe_is_cleaned_rather_than_the_event_lost()
    {
        var written = EventCodec.Encode(Event("""{"detail":"got \u0000\u001b[2J\n\u0085 from port"}"""));

        Assert.Equal(
            "got \uFFFD\uFFFD[2J\uFFFD\uFFFD from port",
            EventCodec.Decode(written).Value!.Body.GetProperty("detail").GetString());
    }

    [Fact]
    public void Free_text_is_cleaned_and_cut_at_a_whole_character()
    {
        var hardware = new string('x', 63) + "😀";
        var state = StateCodec.Decode(StateCodec.Encode(new StateMessage { On = true, Hardware = hardware, Software = "a\r\n\ud800b" })).Value!;

        Assert.Equal(new string('x', 63), state.Hardware);
        Assert.Equal("a\uFFFD\uFFFD\uFFFDb", state.Software);
    }

    [Fact]
    public void Newest_epochs_go_out_where_an_inventory_is_too_long()
    {
        var epochs = Enumerable.Range(0, 5_000).Select(i => new HeldEpoch("7q2mzk4a", i, i)).ToArray();

        var state = StateCodec.Decode(StateCodec.Encode(new StateMessage { On = true, Inventory = epochs })).Value!;

        Assert.Equal(epochs[^4096..], state.Inventory);
    }

    [Fact]
    public void Losses_of_causes_of_tomorrow_are_summed_as_other()
    {
        var health = HealthCodec.Decode(Encoding.UTF8.GetBytes(Example.Text("health").Replace(
            "\"bad\":1", "\"bad\":1,\"mouse\":2,\"flood\":3", StringComparison.Ordinal))).Value!;

        Assert.Equal((12, 1, 5), (health.Lost[LossCause.Full], health.Lost[LossCause.Bad], health.Lost[LossCause.Other]));
    }

    [Fact]
    public void Measurand_of_tomorrow_leaves_the_description_readable()
    {
        var meta = MetaCodec.Decode(Encoding.UTF8.GetBytes(Example.Text("meta").Replace(
            "ammonium_n_mg_l", "nitrate_n_mg_l", StringComparison.Ordinal))).Value!;

        Assert.Null(meta.Devices[0].Channels[0].Measurand);
        Assert.Equal("Ammonium (NH4-N)", meta.Devices[0].Channels[0].Label);
    }

    private static Receipt Receipt(int gaps, int rejected) => new()
    {
        By = "b1",
        Generation = 1,
        Number = 1,
        Epoch = "7q2mzk4a",
        UpTo = SequenceRange.SequenceMax,
        Gaps = [.. Enumerable.Range(0, gaps).Select(i => new SequenceRange((1L << 52) + (2 * i), (1L << 52) + (2 * i)))],
        Rejected =
        [
            .. Enumerable.Range(0, rejected).Select(i =>
                new RejectedRange(new SequenceRange((1L << 51) + i, (1L << 52) + i), RejectCauses.Malformed)),
        ],
    };

    private static EventMessage Event(string body) => new()
    {
        Gateway = "gz-07",
        Epoch = "7q2mzk4a",
        Number = 0,
        TimeMs = 0,
        Clock = new ClockStamp(ClockSource.Ntp, 1),
        Type = "fault",
        Body = JsonElement.Parse(body),
    };
}
