using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Ingest;

/// <summary>Gateways to which bytes are dear: receipts that wait, and messages packed with a dictionary.</summary>
public sealed class DictionaryTests
{
    private const int Patience = 600;

    private static readonly Topic Live = IngestBench.Live;
    private static readonly Topic Health = new(IngestBench.Site, IngestBench.Gateway, TopicKind.Health);

    [Fact]
    public async Task Receipt_names_the_dictionary_of_the_newest_description_to_a_gateway_that_spares_bytes()
    {
        await using var bench = new IngestBench();
        await SendMeta(bench, "probe");
        await SendState(bench, Patience);
        Assert.Equal(Dictionary("probe").Id, (await bench.ReceiptAsync()).Dictionary);

        await SendMeta(bench, "new-probe");
        await SendState(bench, Patience);
        Assert.Equal(Dictionary("new-probe").Id, (await bench.ReceiptAsync()).Dictionary);

        await SendState(bench, null);
        Assert.Null((await bench.ReceiptAsync()).Dictionary);
    }

    [Fact]
    public async Task Batch_packed_with_a_dictionary_is_stored_and_archived_for_readers_that_have_none()
    {
        await using var bench = new IngestBench();
        await SendMeta(bench, "probe");
        await bench.Broker.Send(Live, Packed("probe", 0, 9));

        Assert.Equal(10, bench.Store.Points.Count);
        var archived = Assert.Single(BatchArchive.Read(Assert.Single(Directory.GetFiles(Path.Combine(bench.Folder, "archive")))));
        Assert.Equal(new SequenceRange(0, 9), BatchCodec.Decode(archived!.Payload.Span).Batch!.Range);
    }

    [Fact]
    public async Task Dictionary_is_known_after_a_restart_and_while_the_next_few_come()
    {
        var bench = new IngestBench();
        await SendMeta(bench, "probe");
        await using var again = await bench.RestartAsync();
        foreach (var next in (string[])["b", "c", "d"])
        {
            again.Time.Advance(TimeSpan.FromSeconds(1));
            await SendMeta(again, next);
        }

        await again.Broker.Send(Live, Packed("probe", 0, 9));
        Assert.Equal(10, again.Store.Points.Count);

        await SendMeta(again, "e");
        await again.Broker.Send(Live, Packed("probe", 10, 19));
        Assert.Equal(10, again.Store.Points.Count);
        Assert.Equal(1, again.Tally.Refused["malformed"]);

        // As the gateway then sends it.
        await again.Send(IngestBench.BatchOf(10, 19));
        Assert.Equal(20, again.Store.Points.Count);
    }

    [Fact]
    public async Task Bomb_in_a_dictionarys_clothes_is_refused()
    {
        await using var bench = new IngestBench();
        await SendMeta(bench, "probe");
        await bench.Broker.Send(Live, Dictionary("probe").Pack(new byte[4 << 20]));
        await bench.Broker.Send(Health, Dictionary("probe").Pack(new byte[4 << 20]));
        Assert.Equal(2, bench.Tally.Refused["malformed"]);
    }

    [Fact]
    public async Task Health_packed_with_a_dictionary_is_shown_as_it_was()
    {
        await using var bench = new IngestBench();
        await SendMeta(bench, "probe");
        var health = Example.Bytes("health");
        await bench.Broker.Send(Health, Dictionary("probe").Pack(health));
        Assert.Contains($"health {health.Length}", bench.Observer.Messages);
    }

    [Fact]
    public async Task Description_as_large_as_the_contract_lets_it_be_is_taken()
    {
        await using var bench = new IngestBench();
        var meta = Meta("probe", channels: MetaCodec.ItemsMax);
        Assert.InRange(meta.Length, MetaCodec.BytesMax * 3 / 4, MetaCodec.BytesMax);
        await bench.Broker.Send(new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Meta), meta);
        Assert.Equal([$"meta {meta.Length}"], bench.Observer.Messages);
    }

    [Fact]
    public async Task Receipts_wait_as_long_as_the_gateway_lets_them()
    {
        await using var bench = new IngestBench();
        await SendState(bench, Patience);
        await bench.ReceiptAsync();
        await bench.Send(IngestBench.BatchOf(0, 0));
        bench.Time.Advance(TimeSpan.FromSeconds(Patience - 1));
        await bench.Send(IngestBench.BatchOf(1, 1));
        Assert.Single(bench.Broker.Receipts);
        Assert.Equal(1, (await bench.ReceiptSoonAsync()).UpTo);
    }

    private static Task SendState(IngestBench bench, int? patience) => bench.Broker.Send(
        new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.State),
        StateCodec.Encode(new StateMessage
        {
            On = true, Epoch = IngestBench.Epoch, Inventory = [new HeldEpoch(IngestBench.Epoch, 0, 99)], ReceiptSeconds = patience,
        }));

    private static Task SendMeta(IngestBench bench, string device) => bench.Broker.Send(
        new Topic(IngestBench.Site, IngestBench.Gateway, TopicKind.Meta), Meta(device));

    private static byte[] Meta(string device, int channels = 1) => MetaCodec.Encode(
        new MetaMessage
        {
            Gateway = IngestBench.Gateway,
            Schema = "",
            Devices =
            [
                new MetaDevice
                {
                    Id = device, Station = "stream", Model = "any", VerifiedOnHardware = false, Grade = "indicative", IntervalMs = 60_000,
                    Channels =
                    [
                        .. Enumerable.Range(0, channels).Select(index => new MetaChannel
                        {
                            Id = FormattableString.Invariant($"nh4n-{index}"),
                            Measurand = Measurand.AmmoniumNitrogen,
                            Label = new string('x', 200),
                            Method = new string('x', 190),
                        }),
                    ],
                },
            ],
        },
        out _);

    private static PackingDictionary Dictionary(string device) => DictionaryBook.Of(Meta(device))!;

    private static byte[] Packed(string device, long first, long last) =>
        Dictionary(device).Pack(BatchCodec.Encode(IngestBench.BatchOf(first, last), compress: false));
}
